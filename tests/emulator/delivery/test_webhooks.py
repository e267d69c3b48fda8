"""Webhooks: who gets what, signed, in order, in batches, repeated."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from fishjam._protocol.messages import message_class
from fishjam.cli import main
from fishjam.emulator import Emulator, WebhookDelivery
from fishjam.emulator._clock import EmulatorClock
from fishjam.emulator._delivery.webhooks import RetrySchedule, Webhooks, _Queue
from fishjam.emulator._model.state_changes import StateChange, Topic
from fishjam.errors import WebhookSignatureError
from fishjam.events import (
    PeerAdded,
    RecordingStatusChanged,
    RoomCreated,
    RoomDeleted,
    StreamerConnected,
    StreamerDisconnected,
)
from tests.support.http_server import Hang, Raw, Reply, ScriptedServer
from tests.support.plain_http import PLAIN
from tests.support.webhook_receiver import Receiver, receiving

Make = Callable[..., dict[str, Any]]
Message = message_class("fishjam.ServerMessage")
SOURCE = {"compositionURL": "http://x/y", "outputId": "o"}
HEADERS = {"authorization": "Bearer development"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def impatient(emulator: Emulator) -> Iterator[Emulator]:
    """An emulator that repeats webhooks at once."""
    emulator._engine.webhooks.schedule = RetrySchedule(initial_delay=0)
    yield emulator
    emulator.wait_for_webhooks()
    emulator._engine.webhooks.schedule = RetrySchedule()


def test_a_room_tells_its_own_address(
    emulator: Emulator, api: httpx.Client, make_room: Make, receiver: Receiver
) -> None:
    other = make_room()["id"]
    room = make_room(webhookUrl=receiver.url)["id"]
    api.delete(f"/room/{other}")
    api.delete(f"/room/{room}")
    first, second = receiver.take(), receiver.take()
    assert first.events() == [RoomCreated(room_id=room)]
    assert second.events() == [RoomDeleted(room_id=room)]
    assert first.path == "/hook?x=1"
    assert first.headers["content-type"] == "application/x-protobuf"
    assert first.body == Message(room_created={"room_id": room}).SerializeToString()
    with pytest.raises(WebhookSignatureError):
        first.events("another secret")
    emulator.wait_for_webhooks()
    assert [
        (delivery.url, delivery.events, delivery.statuses, delivery.attempts, delivery.delivered)
        for delivery in emulator.webhook_deliveries
    ] == [
        (receiver.url, (RoomCreated(room_id=room),), (204,), 1, True),
        (receiver.url, (RoomDeleted(room_id=room),), (204,), 1, True),
    ]


def test_a_stream_tells_its_own_address(
    emulator: Emulator, api: httpx.Client, receiver: Receiver
) -> None:
    body = {"webhookUrl": receiver.url}
    stream = api.post("/livestream", json=body).json()["data"]["id"]
    streamer = api.post(f"/livestream/{stream}/streamer").json()["data"]["id"]
    emulator.connect_streamer(stream, streamer)
    api.delete(f"/livestream/{stream}")
    assert receiver.events(2) == [
        StreamerConnected(stream_id=stream, streamer_id=streamer),
        StreamerDisconnected(stream_id=stream, streamer_id=streamer),
    ]


def test_one_address_gets_everything(receiver: Receiver) -> None:
    with (
        Emulator(webhook_url=receiver.url, webhook_secret="s") as emulator,
        httpx.Client(base_url=emulator.fishjam_id, headers=HEADERS, **PLAIN) as client,
        receiving() as own,
    ):
        room = client.post("/room", json={}).json()["data"]["room"]["id"]
        assert receiver.take().events("s") == [RoomCreated(room_id=room)]
        recording = client.post("/recordings", json={"source": SOURCE}).json()["data"]["id"]
        changed = RecordingStatusChanged(recording_id=recording, status=1)
        assert receiver.take().events("s") == [changed]
        body = {"webhookUrl": own.url}
        room = client.post("/room", json=body).json()["data"]["room"]["id"]
        assert receiver.take().events("s") == [RoomCreated(room_id=room)]
        assert own.take().events("s") == [RoomCreated(room_id=room)]
        body = {"webhookUrl": receiver.url}
        room = client.post("/room", json=body).json()["data"]["room"]["id"]
        assert receiver.take().events("s") == [RoomCreated(room_id=room)]
        emulator.wait_for_webhooks()
        assert len(emulator.webhook_deliveries) == 5


@pytest.mark.parametrize("url", ["", "example.com/hook", "ftp://x/y"])
def test_the_one_address_is_a_url(url: str) -> None:
    with pytest.raises(ValueError, match="webhook_url must be an http or https URL"):
        Emulator(webhook_url=url)


def test_the_command_passes_the_address_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["emulator", "--port", "0", "--webhook-url", "x"]) == 2
    error = "fishjam emulator: webhook_url must be an http or https URL, not 'x'\n"
    assert capsys.readouterr().err == error


def add_peers(client: httpx.Client, room: str, count: int) -> list[PeerAdded]:
    events = []
    for _ in range(count):
        body = {"type": "agent", "options": {}}
        peer = client.post(f"/room/{room}/peer", json=body).json()["data"]["peer"]["id"]
        events.append(PeerAdded(room_id=room, peer_id=peer, peer_type=2))
    return events


@pytest.fixture
def patient(emulator: Emulator) -> Iterator[None]:
    """A busy machine takes long to queue many events, and no webhook is to be repeated by then."""
    emulator._engine.webhooks.schedule = RetrySchedule(total=300, patience=300)
    yield
    emulator._engine.webhooks.schedule = RetrySchedule()


@pytest.mark.usefixtures("patient")
def test_what_queues_up_goes_as_one_batch(
    emulator: Emulator, plain: httpx.Client, make_room: Make, receiver: Receiver
) -> None:
    receiver.open.clear()
    room = make_room(webhookUrl=receiver.url, batchWebhookNotifications=True)["id"]
    first = receiver.take()
    expected = add_peers(plain, room, 130)
    receiver.open.set()
    assert Message.FromString(first.body).WhichOneof("content") == "room_created"
    batches = [receiver.take() for _ in range(2)]
    for batch in batches:
        message = Message.FromString(batch.body)
        assert message.WhichOneof("content") == "notification_batch"
        for member in message.notification_batch.notifications:
            assert Message.FromString(member).WhichOneof("content") == "peer_added"
    assert [len(batch.events()) for batch in batches] == [100, 30]
    assert [event for batch in batches for event in batch.events()] == expected
    (last,) = add_peers(plain, room, 1)
    assert Message.FromString(receiver.take().body).WhichOneof("content") == "peer_added"
    emulator.wait_for_webhooks()
    assert emulator.webhook_deliveries[-1].events == (last,)


def test_without_batches_every_event_goes_alone(
    plain: httpx.Client, make_room: Make, receiver: Receiver
) -> None:
    receiver.open.clear()
    room = make_room(webhookUrl=receiver.url)["id"]
    expected = add_peers(plain, room, 5)
    receiver.open.set()
    hooks = [receiver.take() for _ in range(6)]
    assert [hook.events() for hook in hooks[1:]] == [[event] for event in expected]


def test_one_room_does_not_wait_for_another(
    emulator: Emulator, api: httpx.Client, make_room: Make, receiver: Receiver
) -> None:
    with receiving() as slow:
        slow.open.clear()
        stuck = make_room(webhookUrl=slow.url)["id"]
        api.delete(f"/room/{stuck}")
        assert slow.take().events() == [RoomCreated(room_id=stuck)]
        room = make_room(webhookUrl=receiver.url)["id"]
        api.delete(f"/room/{room}")
        assert receiver.events(2) == [RoomCreated(room_id=room), RoomDeleted(room_id=room)]
        # The second one of the slow room waits for the first.
        assert slow.hooks.empty()
        with pytest.raises(TimeoutError, match=r"still under way after 0\.01 s"):
            emulator.wait_for_webhooks(timeout=0.01)
        slow.open.set()
        assert slow.events(1) == [RoomDeleted(room_id=stuck)]


def test_failures_of_the_server_are_repeated_in_order(
    impatient: Emulator, api: httpx.Client, make_room: Make, receiver: Receiver
) -> None:
    receiver.answer(500, 0, 599)
    room = make_room(webhookUrl=receiver.url)["id"]
    api.delete(f"/room/{room}")
    hooks = [receiver.take() for _ in range(5)]
    assert len({hook.body for hook in hooks[:4]}) == 1
    assert hooks[3].events() == [RoomCreated(room_id=room)]
    assert hooks[4].events() == [RoomDeleted(room_id=room)]
    impatient.wait_for_webhooks()
    first, second = impatient.webhook_deliveries
    assert (first.statuses, first.delivered) == ((500, None, 599, 204), True)
    assert (second.statuses, second.delivered) == ((204,), True)


def test_after_eight_attempts_a_webhook_is_given_up(
    impatient: Emulator, api: httpx.Client, make_room: Make, receiver: Receiver
) -> None:
    receiver.answer(*[503] * 8)
    room = make_room(webhookUrl=receiver.url)["id"]
    api.delete(f"/room/{room}")
    for _ in range(8):
        receiver.take()
    assert receiver.events(1) == [RoomDeleted(room_id=room)]
    impatient.wait_for_webhooks()
    given_up, delivered = impatient.webhook_deliveries
    assert (given_up.attempts, given_up.delivered) == (8, False)
    assert delivered.delivered is True


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 408, 429, 499])
def test_every_other_answer_is_final(
    impatient: Emulator, make_room: Make, receiver: Receiver, status: int
) -> None:
    receiver.headers["location"] = receiver.url
    receiver.answer(status)
    make_room(webhookUrl=receiver.url)
    impatient.wait_for_webhooks()
    receiver.take()
    assert receiver.hooks.empty()
    (delivery,) = impatient.webhook_deliveries
    assert (delivery.statuses, delivery.delivered) == ((status,), False)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://x:y/z", f"http://{'a' * 300}/"])
def test_an_address_where_nobody_answers(impatient: Emulator, make_room: Make, url: str) -> None:
    make_room(webhookUrl=url)
    impatient.wait_for_webhooks()
    (delivery,) = impatient.webhook_deliveries
    assert (delivery.statuses, delivery.delivered) == ((None,) * 8, False)


def test_a_receiver_that_does_not_answer_is_asked_again(
    emulator: Emulator, make_room: Make, receiver: Receiver
) -> None:
    emulator._engine.webhooks.schedule = RetrySchedule(initial_delay=0, patience=0.05)
    try:
        receiver.open.clear()
        room = make_room(webhookUrl=receiver.url)["id"]
        receiver.take()
        assert receiver.events(1) == [RoomCreated(room_id=room)]
        receiver.open.set()
        emulator.wait_for_webhooks()
        (delivery,) = emulator.webhook_deliveries
        assert (delivery.statuses[0], delivery.statuses[-1]) == (None, 204)
        assert delivery.delivered is True
    finally:
        emulator._engine.webhooks.schedule = RetrySchedule()


HEAD = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n"
ZEROS = gzip.compress(bytes(50_000_000))


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Raw(HEAD + b"content-length: 100000000\r\n\r\n" + bytes(20_000_000)), 200),
        (Raw(HEAD + b"content-length: %d\r\n\r\n" % len(ZEROS) + ZEROS), 200),
        (Raw(HEAD + b"content-length: 10\r\n\r\n"), 200),
        (Hang(HEAD + b"content-length: 10\r\n\r\n12345"), 200),
        (Hang(b"HTTP/1.1 102 Processing\r\n\r\n" * 10_000), None),
        (Raw(b"HTTP/1.1 200 OK\r\ncontent-length: " + b"9" * 5000 + b"\r\n\r\n"), None),
        (Raw(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 1_000_000), None),
    ],
    ids=["endless", "bomb", "short", "dripping", "interim", "digits", "headers"],
)
def test_an_answer_is_bounded(
    emulator: Emulator, make_room: Make, answer: Raw | Hang, status: int | None
) -> None:
    emulator._engine.webhooks.schedule = RetrySchedule(initial_delay=0, patience=0.5)
    try:
        with ScriptedServer(answer, otherwise=Reply(204)) as server:
            make_room(webhookUrl=f"{server.url}/hook")
            emulator.wait_for_webhooks()
        (delivery,) = emulator.webhook_deliveries
        assert delivery.statuses == ((status,) if status else (None, 204))
        assert delivery.delivered is True
    finally:
        emulator._engine.webhooks.schedule = RetrySchedule()


def test_all_attempts_together_are_bounded() -> None:
    with ScriptedServer(otherwise=Hang()) as server, Emulator() as emulator:
        emulator._engine.webhooks.schedule = RetrySchedule(initial_delay=0, total=0.3)
        url = f"{emulator.fishjam_id}/room"
        httpx.post(url, json={"webhookUrl": f"{server.url}/x"}, headers=HEADERS, **PLAIN)
        # One attempt alone may take ten seconds.
        emulator.wait_for_webhooks(timeout=9)
        (delivery,) = emulator.webhook_deliveries
    assert (delivery.statuses, delivery.delivered) == ((None,), False)


def test_certificates_that_cannot_be_read_are_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, receiver: Receiver
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    with Emulator() as emulator:
        emulator._engine.webhooks.schedule = RetrySchedule(initial_delay=0, max_attempts=1)
        url = f"{emulator.fishjam_id}/room"
        httpx.post(url, json={"webhookUrl": receiver.url}, headers=HEADERS, **PLAIN)
        emulator.wait_for_webhooks()
        assert emulator.webhook_deliveries[0].statuses == (None,)
    (record,) = [record for record in caplog.records if record.name == "fishjam.emulator"]
    assert "SSL_CERT_FILE" in record.getMessage()


def test_the_waits_grow_and_end_in_time() -> None:
    slowest = RetrySchedule(jitter=lambda: 1.0)
    assert [slowest.delay(attempt, 0.0) for attempt in range(1, 9)] == [
        0.25,
        0.5,
        1.0,
        2.0,
        4.0,
        8.0,
        16.0,
        None,
    ]
    fastest = RetrySchedule(jitter=lambda: 0.0)
    assert fastest.delay(3, 0.0) == 0.5
    assert fastest.delay(3, 29.5) == 0.5
    assert fastest.delay(3, 29.6) is None
    assert 0.125 <= (RetrySchedule().delay(1, 0.0) or 0) <= 0.25


class Instant(EmulatorClock):
    """A clock that jumps to where somebody wants to sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 1000.0
        self.naps: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep_until(self, moment: float) -> None:
        self.naps.append(moment - self.time)
        self.time = moment


def test_the_waits_go_by_the_clock(receiver: Receiver) -> None:
    clock, lock = Instant(), threading.RLock()
    schedule = RetrySchedule(jitter=lambda: 1.0)
    hooks = Webhooks(lock, clock, "development", receiver.url, schedule)
    receiver.answer(*[500] * 20)

    async def run() -> None:
        await hooks.open()
        hooks.put(StateChange(RoomCreated(room_id="r"), Topic("r")))
        await asyncio.to_thread(lambda: _wait(hooks, lock))
        await hooks.aclose()

    asyncio.run(run())
    assert clock.naps == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0]
    assert hooks.deliveries[0].attempts == 7


def _wait(hooks: Webhooks, lock: threading.RLock) -> None:
    with lock:
        assert hooks.wait_until_idle(30)


def test_advancing_the_clock_brings_the_repetition_on(
    emulator: Emulator, make_room: Make, receiver: Receiver
) -> None:
    emulator._engine.webhooks.schedule = RetrySchedule(initial_delay=1800, total=3600)
    receiver.answer(500)
    try:
        make_room(webhookUrl=receiver.url)
        receiver.take()
        while not emulator._engine.clock._sleepers:
            threading.Event().wait(0.002)
        emulator.advance(1801)
        receiver.take()
        emulator.wait_for_webhooks()
    finally:
        emulator._engine.webhooks.schedule = RetrySchedule()


def test_a_reset_forgets_webhooks(
    emulator: Emulator, plain: httpx.Client, make_room: Make, receiver: Receiver
) -> None:
    receiver.open.clear()
    for _ in range(2):
        room = make_room(webhookUrl=receiver.url)["id"]
        add_peers(plain, room, 3)
        receiver.take()
    with emulator._engine.lock:
        # A queue whose work has not even begun is forgotten, too.
        notice = StateChange(RoomCreated(room_id="x"), Topic("x", receiver.url))
        emulator._engine.webhooks.put(notice)
        emulator.reset()
    emulator.wait_for_webhooks()
    assert emulator.webhook_deliveries == []
    receiver.open.set()
    room = make_room(webhookUrl=receiver.url)["id"]
    assert receiver.events(1) == [RoomCreated(room_id=room)]


def test_a_stop_ends_webhooks_without_delay(receiver: Receiver) -> None:
    receiver.open.clear()
    with Emulator(webhook_url=receiver.url) as emulator:
        httpx.post(f"{emulator.fishjam_id}/room", headers=HEADERS, **PLAIN)
        receiver.take()
    (delivery,) = emulator.webhook_deliveries
    assert (delivery.statuses, delivery.delivered) == ((), None)
    emulator.wait_for_webhooks(0)
    # What happens while it does not run is not delivered.
    emulator.crash_room(emulator.rooms[0]["id"])
    receiver.open.set()
    with emulator:
        response = httpx.post(f"{emulator.fishjam_id}/room", headers=HEADERS, **PLAIN)
        room = response.json()["data"]["room"]["id"]
        assert receiver.events(1) == [RoomCreated(room_id=room)]


def test_webhooks_are_delayed_with_the_notifications(
    emulator: Emulator, make_room: Make, receiver: Receiver
) -> None:
    emulator.delay_notifications(3600)
    room = make_room(webhookUrl=receiver.url)["id"]
    emulator.wait_for_webhooks()
    assert receiver.hooks.empty()
    emulator.advance(3601)
    assert receiver.events(1) == [RoomCreated(room_id=room)]


def test_what_is_sent_on_order_is_no_webhook(receiver: Receiver) -> None:
    with Emulator(webhook_url=receiver.url) as emulator:
        emulator.send(RoomCreated(room_id="r"))
        emulator.wait_for_webhooks()
        assert emulator.webhook_deliveries == []


def test_of_an_answer_that_comes_after_a_reset_nothing_is_told() -> None:
    told: list[WebhookDelivery] = []
    hooks = Webhooks(threading.RLock(), EmulatorClock(), "secret", on_attempt=told.append)
    queue, delivery = _Queue("http://x", batch=False), WebhookDelivery("http://x", (), 1)
    hooks._report(queue, delivery)
    assert told == [delivery]
    queue.is_dropped = True
    hooks._report(queue, delivery)
    assert told == [delivery]
