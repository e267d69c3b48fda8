"""Webhooks in the streams: written once and in order, whatever repeats them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import anyio
import pytest
from anyio import to_thread

from fishjam import AsyncFishjamClient
from fishjam.emulator import Emulator
from fishjam.errors import NotificationDecodeError, WebhookSignatureError
from fishjam.events import (
    Notification,
    PeerAdded,
    PeerConnected,
    PeerDeleted,
    RoomCreated,
    RoomDeleted,
)
from fishjam.fleet import EngineUnavailableError, Fleet
from fishjam.fleet import _webhooks as module
from fishjam.fleet._engine import Engine
from fishjam.fleet._events import StreamMessage
from fishjam.fleet._webhooks import submit_webhook
from fishjam.webhooks import (
    SIGNATURE_HEADER,
    encode_notification,
    encode_notifications,
    sign_webhook,
)
from tests.fleet.conftest import MakeFleet
from tests.fleet.meddling import Meddler, never, unavailable
from tests.fleet.test_fleet import client_of
from tests.support.local_http import Quiet, serving

pytestmark = pytest.mark.anyio

SECRET = "a secret"
PARTITIONS = 4


def signed(*events: Notification) -> tuple[dict[str, str], bytes, str]:
    body = encode_notifications(events) if events[1:] else encode_notification(events[0])
    return {SIGNATURE_HEADER: sign_webhook(body, SECRET)}, body, SECRET


async def written(engine: Engine, partitions: int = PARTITIONS) -> list[Any]:
    found = await engine.read_events(dict.fromkeys(range(partitions), "0-0"), 10_000, 0)
    messages = [StreamMessage.parse(stored.payload) for _, stored in found]
    return [message.event for message in messages if message is not None]


@pytest.fixture
def fleet(make_fleet: MakeFleet) -> Fleet:
    return make_fleet(partitions=PARTITIONS)


ROOM: list[Notification] = [RoomCreated("a"), PeerConnected("a", "ada"), RoomDeleted("a")]


async def submit_by_link(fleet: Fleet, *events: Notification) -> bool:
    async with fleet.connect() as link:
        return await link.events.submit(*signed(*events))


async def submit_beside_a_link(fleet: Fleet, *events: Notification) -> bool:
    async with fleet.connect():
        return await fleet.submit_webhook(*signed(*events))


async def submit_alone(fleet: Fleet, *events: Notification) -> bool:
    return await fleet.submit_webhook(*signed(*events))


async def submit_from_a_thread(fleet: Fleet, *events: Notification) -> bool:
    return await to_thread.run_sync(fleet.submit_webhook_blocking, *signed(*events))


async def submit_beside_a_link_from_a_thread(fleet: Fleet, *events: Notification) -> bool:
    async with fleet.connect():
        return await submit_from_a_thread(fleet, *events)


async def submit_from_another_loop(fleet: Fleet, *events: Notification) -> bool:
    async def submit() -> bool:
        return await fleet.submit_webhook(*signed(*events))

    async with fleet.connect():
        return await to_thread.run_sync(anyio.run, submit)


@pytest.mark.parametrize(
    "submit",
    [
        submit_by_link,
        submit_beside_a_link,
        submit_alone,
        submit_from_a_thread,
        submit_beside_a_link_from_a_thread,
        submit_from_another_loop,
    ],
)
async def test_a_webhook_is_written_once(fleet: Fleet, submit: Any) -> None:
    assert await submit(fleet, *ROOM[:2])
    assert not await submit(fleet, *ROOM[:2])
    assert await submit(fleet, ROOM[2])
    async with fleet.connect() as link:
        assert await written(link.events._engine) == ROOM


async def test_what_is_no_webhook_is_refused(fleet: Fleet) -> None:
    headers, body, _ = signed(*ROOM)
    with pytest.raises(WebhookSignatureError):
        await fleet.submit_webhook(headers, body, "another")
    body = b"\xff\xff"
    with pytest.raises(NotificationDecodeError):
        await fleet.submit_webhook({SIGNATURE_HEADER: sign_webhook(body, SECRET)}, body, SECRET)
    # Only a newer SDK knows what is in it.
    headers = {SIGNATURE_HEADER: sign_webhook(b"", SECRET)}
    assert not await fleet.submit_webhook(headers, b"", SECRET)


async def test_a_loop_is_not_held_up(fleet: Fleet) -> None:
    with pytest.raises(RuntimeError, match="await the async method"):
        fleet.submit_webhook_blocking(*signed(*ROOM))


async def test_a_request_that_is_too_old_is_not_written(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    meddler = Meddler(engine)
    with monkeypatch.context() as patch:
        patch.setattr(module, "TOO_OLD", 0.1)
        for name in ("now", "webhook"):
            for hook in (never, unavailable):
                meddler.hooks = {name: hook}
                with pytest.raises(EngineUnavailableError, match="too late"):
                    await submit_webhook(meddler.as_engine, PARTITIONS, *signed(*ROOM))
    meddler.hooks = {}
    assert await written(engine) == []
    assert await submit_webhook(meddler.as_engine, PARTITIONS, *signed(*ROOM))


def test_a_thread_without_a_loop(make_fleet: MakeFleet) -> None:
    fleet = make_fleet()
    assert fleet.submit_webhook_blocking(*signed(*ROOM))
    assert not fleet.submit_webhook_blocking(*signed(*ROOM))


@contextmanager
def balancer(fleets: list[Fleet], secret: str) -> Iterator[str]:
    """Serve as three receivers behind a balancer that refuses requests, and loses answers."""
    chance = random.Random(7)  # noqa: S311 - it plays faults

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if chance.random() < 0.07:
                return self.answer(503)
            chance.choice(fleets).submit_webhook_blocking(headers, body, secret)
            if chance.random() < 0.15:
                self.close_connection = True
                return None
            return self.answer(204)

        def answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

    with serving(Handler) as url:
        yield url


async def test_three_receivers_behind_a_balancer_that_loses_answers(
    make_fleet: MakeFleet,
) -> None:
    fleets = [make_fleet(partitions=PARTITIONS) for _ in range(3)]
    with balancer(fleets, SECRET) as url, Emulator(webhook_url=url, webhook_secret=SECRET) as local:
        async with fleets[0].connect() as link, client_of(local) as client:
            async with anyio.create_task_group() as tasks:
                for _ in range(8):
                    tasks.start_soon(live, client)
            await to_thread.run_sync(local.wait_for_webhooks, 60.0)
            events = await written(link.events._engine)
        attempts = sum(delivery.attempts for delivery in local.webhook_deliveries)
    assert attempts > len(events) == 8 * 4
    rooms = {event.room_id for event in events}
    for room in rooms:
        kinds = [type(event) for event in events if event.room_id == room]
        assert kinds == [RoomCreated, PeerAdded, PeerDeleted, RoomDeleted]


async def live(client: AsyncFishjamClient) -> None:
    """Let a room and a peer come and go."""
    room = await client.create_room()
    peer, _ = await client.create_peer(room.id)
    await client.delete_peer(room.id, peer.id)
    await client.delete_room(room.id)


async def test_events_of_webhooks_alone_are_handled_until_the_process_drains(
    make_fleet: MakeFleet,
) -> None:
    fleet = make_fleet(partitions=1, ingests=0)
    got: list[object] = []

    @fleet.on(RoomCreated)
    def handle(event: RoomCreated, _: object) -> None:
        got.append(event)
        fleet.drain()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(fleet.run)
        assert await fleet.submit_webhook(*signed(ROOM[0]))
    assert got == ROOM[:1]
