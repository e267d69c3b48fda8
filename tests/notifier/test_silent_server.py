"""A server that falls silent holds nobody up, and one that repeats the token does not spread it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import pytest

from fishjam import ConnectionLost, FishjamNotifier
from fishjam.errors import FishjamConnectionError, FishjamError, NotifierAuthError
from fishjam.notifier import SocketOptions
from tests.notifier.fishjam_script import TOKEN, notifier_for, send_rooms, then
from tests.support.websocket_server import TEXT, Peer
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]

PATIENT = SocketOptions(close_timeout=25)


def silent(peer: Peer) -> None:
    peer.tell("here")
    peer.read_until_end()
    peer.tell("gone")


def mute(peer: Peer) -> None:
    """Open the connection, and do not answer to the token."""
    peer.accept()
    silent(peer)


async def connect(notifier: FishjamNotifier) -> None:
    await notifier.connect()


async def run(notifier: FishjamNotifier) -> None:
    await notifier.run()


async def subscribe(notifier: FishjamNotifier) -> None:
    async with notifier.subscribe() as subscription:
        async for _ in subscription:
            """Nothing comes."""


WAYS = pytest.mark.parametrize("way", [connect, run, subscribe])
Way = Callable[[FishjamNotifier], Coroutine[Any, Any, None]]


@contextmanager
def soon() -> Iterator[None]:
    before = time.monotonic()
    yield
    assert time.monotonic() - before < 15


@WAYS
@pytest.mark.parametrize("script", [then(silent), mute])
async def test_cancelled(serve: Serve, way: Way, script: Any) -> None:
    server = serve(script)
    notifier = notifier_for(server, socket_options=PATIENT)
    notifier.on_server_notification(lambda _: None)
    async with anyio.create_task_group() as group:
        group.start_soon(way, notifier)
        assert await server.wait() == "here"
        with soon():
            group.cancel_scope.cancel()
            # The end of the scope waits for the tasks in it.
    with soon():
        assert await server.wait() == "gone"


async def test_a_handler_fails(serve: Serve) -> None:
    server = serve(then(lambda peer: send_rooms(peer, "a"), silent))
    notifier = notifier_for(server, socket_options=PATIENT)

    @notifier.on_server_notification
    def handle(_: object) -> None:
        raise ZeroDivisionError

    with soon(), pytest.raises(ZeroDivisionError):
        await notifier.connect()


# Tokens


@pytest.mark.parametrize("code", [1000, 1001, 1011])
async def test_the_token_in_the_reason_of_a_refusal(serve: Serve, code: int) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.close(code, f"not valid: {TOKEN}")
        peer.read_close()

    with pytest.raises((NotifierAuthError, FishjamConnectionError)) as caught:
        await connect(with_handler(notifier_for(serve(script))))
    assert_clean(caught.value)


async def test_the_token_in_an_answer_to_the_handshake(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer("403 Forbidden", body=TOKEN.encode())
        peer.read_until_end()

    with pytest.raises(NotifierAuthError) as caught:
        await connect(with_handler(notifier_for(serve(script))))
    assert_clean(caught.value)


async def test_the_token_in_a_marker_and_in_the_log(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    def repeat(peer: Peer) -> None:
        peer.send_frame(TEXT, f"hello {TOKEN}".encode())
        peer.close(1011, f"crash of {TOKEN}")
        peer.read_close()

    server = serve(then(repeat))
    with caplog.at_level(logging.DEBUG, "fishjam"):
        async with notifier_for(server).subscribe() as subscription:
            event = await anext(subscription)
    assert isinstance(event, ConnectionLost)
    assert event.reason.count("***") == 1
    assert TOKEN not in repr(event)
    assert event.error is not None
    assert_clean(event.error)
    assert "***" in caplog.text
    assert TOKEN not in caplog.text


def with_handler(notifier: FishjamNotifier) -> FishjamNotifier:
    notifier.on_server_notification(lambda _: None)
    return notifier


def assert_clean(error: BaseException) -> None:
    """Check an error and all that is linked with it."""
    link: BaseException | None = error
    while link is not None:
        assert TOKEN not in f"{link!r} {link} {vars(link)!r}"
        link = link.__cause__ or link.__context__
    assert "***" in str(error) or not isinstance(error, FishjamError)
