"""`connect()`: one connection, its handlers, and each way in which it can end."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain, repeat
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from fishjam import FishjamNotifier, events
from fishjam.errors import (
    CallbackCancelledError,
    ConfigurationError,
    FishjamConnectionError,
    FishjamTimeoutError,
    MissingFishjamIdError,
    NotifierAuthError,
)
from fishjam.notifier import SocketOptions
from tests.notifier.fishjam_script import (
    AUTHENTICATED,
    SUBSCRIBED,
    TOKEN,
    closing,
    end_in_order,
    notifier_for,
    one_after_another,
    send_rooms,
    stay,
    then,
    welcome,
)
from tests.protocol.messages import batch
from tests.support.cancelled import NEEDS_COUNTING, wait_for_something_cancelled
from tests.support.limits import LIMITS
from tests.support.websocket_server import TEXT, Peer, Script
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]


async def test_events_reach_the_handler_in_order_and_an_orderly_end_returns(serve: Serve) -> None:
    rooms = [str(number) for number in range(50)]
    server = serve(then(lambda peer: send_rooms(peer, *rooms), end_in_order))
    notifier = notifier_for(server)
    seen: list[str] = []

    @notifier.on_server_notification
    async def handle(event: events.Notification) -> None:
        assert isinstance(event, events.RoomCreated)
        await anyio.lowlevel.checkpoint()
        seen.append(event.room_id)

    assert not notifier.connected
    await notifier.connect()
    assert seen == rooms
    assert not notifier.connected


async def test_plain_functions_are_handlers_too_and_the_last_one_counts(serve: Serve) -> None:
    server = serve(then(lambda peer: send_rooms(peer, "a"), end_in_order))
    notifier = notifier_for(server)
    seen: list[str] = []

    @notifier.on_server_notification
    def first(event: events.Notification) -> None:
        seen.append("first")

    @notifier.on_server_notification
    def second(event: events.Notification) -> None:
        seen.append("second")

    assert second.__name__ == "second"
    await notifier.connect()
    assert seen == ["second"]


async def test_handlers_by_type_are_called_in_the_order_they_were_added(serve: Serve) -> None:
    server = serve(then(lambda peer: send_rooms(peer, "a"), end_in_order))
    notifier = notifier_for(server)
    seen: list[str] = []
    notifier.on(events.RoomDeleted)(lambda event: seen.append("deleted"))

    @notifier.on(events.RoomCreated)
    async def created(event: events.RoomCreated) -> None:
        seen.append("created")

    @notifier.on(events.RoomDeleted, events.RoomCreated)
    def either(event: events.RoomCreated | events.RoomDeleted) -> None:
        seen.append("either")

    @notifier.on_server_notification
    def every(event: events.Notification) -> None:
        seen.append("every")

    await notifier.connect()
    assert seen == ["every", "created", "either"]


def unavailable(peer: Peer) -> None:
    peer.read_request()
    peer.answer("503 Service Unavailable")


def silent(peer: Peer) -> None:
    peer.accept()
    peer.read_until_end()


@pytest.mark.parametrize("first", [unavailable, silent, then(Peer.reset), then(end_in_order)])
async def test_waiting_lasts_until_a_loop_of_ones_own_is_connected(
    serve: Serve, first: Script
) -> None:
    notifier = notifier_for(serve(one_after_another(first, unavailable, then(stay))))
    notifier.on_server_notification(lambda event: None)

    async def supervise() -> None:
        # Only the first one has to be given up: the others take as long as the machine needs.
        limits = chain([0.2 if first is silent else 30.0], repeat(30.0))
        for limit in limits:
            with suppress(FishjamConnectionError), anyio.move_on_after(limit):
                await notifier.connect()
            await checkpoint()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(supervise)
        while not notifier.connected:
            await notifier.wait_ready()
        tasks.cancel_scope.cancel()


async def test_waiting_ends_with_a_token_that_is_refused(serve: Serve) -> None:
    def refuse(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        closing(1000, "invalid token")(peer)

    notifier = notifier_for(serve(one_after_another(unavailable, refuse)))
    notifier.on_server_notification(lambda event: None)
    async with anyio.create_task_group() as tasks:

        async def wait() -> None:
            with pytest.raises(NotifierAuthError):
                await notifier.wait_ready()

        tasks.start_soon(wait)
        with pytest.raises(FishjamConnectionError):
            await notifier.connect()
        with pytest.raises(NotifierAuthError):
            await notifier.connect()


async def test_a_new_attempt_is_not_told_of_the_last_one(serve: Serve) -> None:
    def refuse_once(peer: Peer) -> None:
        if not attempts:
            attempts.append("refused")
            peer.read_request()
            peer.answer("401 Unauthorized")
        else:
            then(stay)(peer)

    attempts: list[str] = []
    notifier = notifier_for(serve(refuse_once))
    notifier.on_server_notification(lambda event: None)
    with pytest.raises(NotifierAuthError):
        await notifier.connect()
    with pytest.raises(NotifierAuthError):
        await notifier.wait_ready()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(notifier.connect)
        await notifier.wait_ready()
        assert notifier.connected
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("handler", [None, "name"])
async def test_what_cannot_be_called_is_no_handler(handler: Any) -> None:
    notifier = FishjamNotifier("id", "token")
    with pytest.raises(TypeError, match="not a handler"):
        notifier.on_server_notification(handler)
    with pytest.raises(TypeError, match="not a handler"):
        notifier.on(events.RoomCreated)(handler)


@pytest.mark.parametrize("what", [(), (str,), ("RoomCreated",), (events.Track,)])
async def test_only_event_classes_can_be_handled(what: tuple[type, ...]) -> None:
    with pytest.raises(TypeError, match="event"):
        FishjamNotifier("id", "token").on(*what)


async def test_without_a_handler_nothing_is_sent() -> None:
    notifier = FishjamNotifier("http://127.0.0.1:1", "token")
    for start in (notifier.connect, notifier.run):
        with pytest.raises(RuntimeError, match="no handler"):
            await start()


async def test_a_second_connect_at_the_same_time_is_refused(serve: Serve) -> None:
    notifier = notifier_for(serve(then(stay)))
    notifier.on_server_notification(lambda event: None)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(notifier.connect)
        await notifier.wait_ready()
        with pytest.raises(RuntimeError, match="connected already"):
            await notifier.connect()
        assert notifier.connected
        tasks.cancel_scope.cancel()
    assert not notifier.connected


async def test_a_notifier_can_connect_again(serve: Serve) -> None:
    notifier = notifier_for(serve(then(lambda peer: send_rooms(peer, "a"), end_in_order)))
    seen: list[events.Notification] = []
    notifier.on_server_notification(seen.append)
    await notifier.connect()
    await notifier.connect()
    assert len(seen) == 2


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
async def test_a_token_refused_by_http(serve: Serve, status: str) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer(status)

    await _is_refused(notifier_for(serve(script)))


@pytest.mark.parametrize("reason", ["invalid token", "missing token", ""])
async def test_a_token_refused_by_closing(serve: Serve, reason: str) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        closing(1000, reason)(peer)

    error = await _is_refused(notifier_for(serve(script)))
    assert reason in str(error)


async def test_a_refusal_by_a_server_that_does_not_hang_up(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.close(1000, "expired token")
        peer.read_until_end()

    # It is not waited for: that would end as a timeout.
    options = SocketOptions(close_timeout=60)
    error = await _is_refused(notifier_for(serve(script), socket_options=options))
    assert "expired token" in str(error)


@pytest.mark.parametrize("code", [1000, 1001])
async def test_closing_before_the_subscription_is_no_refusal(serve: Serve, code: int) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        if code == 1000:
            peer.send(AUTHENTICATED)
            peer.receive()
        closing(code, "maintenance")(peer)

    notifier = notifier_for(serve(script))
    notifier.on_server_notification(lambda event: None)
    with pytest.raises(FishjamConnectionError, match=r"closed before.*maintenance"):
        await notifier.connect()


async def _is_refused(notifier: FishjamNotifier) -> NotifierAuthError:
    notifier.on_server_notification(lambda event: None)
    for start in (notifier.connect, notifier.run):
        with pytest.raises(NotifierAuthError, match="Invalid management token") as caught:
            await start()
        assert isinstance(caught.value, RuntimeError)
        assert "management-token" not in str(caught.value)
        with pytest.raises(NotifierAuthError):
            await notifier.wait_ready()
    return caught.value


@pytest.mark.parametrize(
    "frame", [b"", b"\xff\xff", SUBSCRIBED, batch()], ids=["empty", "garbage", "other", "batch"]
)
async def test_another_first_frame_is_no_welcome(serve: Serve, frame: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.send(frame)
        peer.read_until_end()

    await _is_no_fishjam(notifier_for(serve(script)), "'authenticated' was due")


async def test_a_text_frame_is_no_welcome(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.send_frame(TEXT, b"welcome")
        peer.read_until_end()

    await _is_no_fishjam(notifier_for(serve(script)), "answered 'text'")


async def test_another_answer_to_the_subscription_is_no_confirmation(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.send(AUTHENTICATED)
        peer.receive()
        peer.send(AUTHENTICATED)
        peer.read_until_end()

    await _is_no_fishjam(notifier_for(serve(script)), "'subscribe_response' was due")


async def test_a_server_that_never_answers(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.read_until_end()

    for limit in LIMITS:
        options = SocketOptions(open_timeout=limit, close_timeout=0.2)
        notifier = notifier_for(serve(script), socket_options=options)
        notifier.on_server_notification(lambda event: None)
        with pytest.raises(FishjamTimeoutError) as caught:
            await notifier.connect()
        if f"did not answer within {limit} s" in str(caught.value):
            break
    else:
        pytest.fail(str(caught.value))


async def _is_no_fishjam(notifier: FishjamNotifier, text: str) -> None:
    notifier.on_server_notification(lambda event: None)
    with pytest.raises(FishjamConnectionError, match=text):
        await notifier.connect()


async def test_a_broken_connection_raises(serve: Serve) -> None:
    notifier = notifier_for(serve(then(Peer.reset)))
    notifier.on_server_notification(lambda event: None)
    with pytest.raises(FishjamConnectionError):
        await notifier.connect()
    assert not notifier.connected


async def test_nobody_listens() -> None:
    notifier = FishjamNotifier("http://127.0.0.1:9", "token")
    notifier.on_server_notification(lambda event: None)
    with pytest.raises(FishjamConnectionError):
        await notifier.connect()


async def test_what_a_handler_raises_comes_out_as_it_is(serve: Serve) -> None:
    notifier = notifier_for(serve(then(lambda peer: send_rooms(peer, "a"), stay)))

    @notifier.on_server_notification
    async def fail(event: events.Notification) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await notifier.connect()
    assert not notifier.connected


async def test_failures_of_handlers_can_be_logged_instead(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(then(lambda peer: send_rooms(peer, "a", "b"), end_in_order))
    notifier = notifier_for(server, on_handler_error="log")
    seen: list[events.Notification] = []

    @notifier.on(events.RoomCreated)
    def fail(event: events.RoomCreated) -> None:
        raise LookupError("mine")

    notifier.on(events.RoomCreated)(seen.append)
    await notifier.connect()
    assert seen == [events.RoomCreated("a"), events.RoomCreated("b")]
    assert "a handler of RoomCreated failed" in caplog.text


@NEEDS_COUNTING
async def test_a_handler_that_is_cancelled_from_inside_has_failed(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    script = then(lambda peer: send_rooms(peer, "a", "b"), end_in_order)
    notifier = notifier_for(serve(script))
    notifier.on_server_notification(wait_for_something_cancelled)
    with pytest.raises(CallbackCancelledError, match="wait_for_something_cancelled"):
        await notifier.connect()

    seen: list[events.Notification] = []
    notifier = notifier_for(serve(script), on_handler_error="log")
    notifier.on_server_notification(wait_for_something_cancelled)
    notifier.on(events.RoomCreated)(seen.append)
    await notifier.connect()
    assert seen == [events.RoomCreated("a"), events.RoomCreated("b")]
    assert caplog.text.count("a handler of RoomCreated failed") == 2


async def test_what_cannot_be_read_is_reported_and_skipped(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    def nonsense(peer: Peer) -> None:
        peer.send(b"\xff\xff\xff")
        peer.send_frame(TEXT, b"text")
        peer.send(b"")

    script = then(
        lambda peer: send_rooms(peer, "before"),
        nonsense,
        lambda peer: send_rooms(peer, "after"),
        end_in_order,
    )
    notifier = notifier_for(serve(script))
    seen: list[events.Notification] = []
    notifier.on_server_notification(seen.append)
    await notifier.connect()
    assert seen == [events.RoomCreated("before"), events.RoomCreated("after")]
    assert caplog.text.count("was left out") == 2


async def test_cancelling_ends_it_at_once_and_closes_in_order(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        welcome(peer)
        peer.tell(peer.end_in_order())

    server = serve(script)
    notifier = notifier_for(server)
    notifier.on_server_notification(lambda event: None)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(notifier.connect)
        await notifier.wait_ready()
        tasks.cancel_scope.cancel()
    assert await server.wait() == (1000, "")


async def test_credentials_from_the_environment(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MissingFishjamIdError, match="FISHJAM_ID"):
        FishjamNotifier.from_env()
    server = serve(then(lambda peer: send_rooms(peer, "a"), stay))
    monkeypatch.setenv("FISHJAM_ID", f"http://127.0.0.1:{server.port}")
    with pytest.raises(ConfigurationError, match="FISHJAM_MANAGEMENT_TOKEN"):
        FishjamNotifier.from_env()
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", TOKEN)
    async with FishjamNotifier.from_env(queue_size=5).subscribe() as subscription:
        assert await anext(subscription) == events.RoomCreated("a")


async def test_bad_arguments_are_refused_before_anything_is_sent() -> None:
    with pytest.raises(MissingFishjamIdError):
        FishjamNotifier("", "token")
    with pytest.raises(ValueError, match="token"):
        FishjamNotifier("id", "")
    for options in ({"queue_size": 0}, {"overflow": "drop"}, {"on_handler_error": "ignore"}):
        with pytest.raises(ValueError, match=next(iter(options))):
            FishjamNotifier("id", "token", **options)
    notifier = FishjamNotifier("id", "token")
    notifier.on_server_notification(lambda event: None)
    with pytest.raises(ValueError, match="max_attempts"):
        await notifier.run(max_attempts=0)


async def test_socket_is_the_older_name_of_socket_options(serve: Serve) -> None:
    server = serve(then(end_in_order))
    url, headers = f"http://127.0.0.1:{server.port}", {"x-mine": "1"}
    options = SocketOptions(headers=headers)
    with pytest.warns(DeprecationWarning, match="socket_options") as caught:
        notifier = FishjamNotifier(url, TOKEN, socket=options)
    assert caught[0].filename == __file__
    notifier.on_server_notification(lambda event: None)
    await notifier.connect()
    with pytest.raises(TypeError, match="socket_options"):
        FishjamNotifier(url, TOKEN, socket=options, socket_options=options)
