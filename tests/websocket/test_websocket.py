"""The part that both engines share, over a connection that is made for the test."""

from __future__ import annotations

import errno
from typing import Any, cast

import anyio
import pytest
import trio.testing

from fishjam._core.notes import explained
from fishjam._websocket._signals import SocketClosedError
from fishjam._websocket._trio_stream import BufferedStream
from fishjam._websocket.http_response import HttpResponseReader
from fishjam._websocket.opening import ConnectPlan, OpeningFailed, Progress, open_in_time
from fishjam._websocket.options import SocketOptions
from fishjam._websocket.url import WebSocketUrl
from fishjam._websocket.websocket import WebSocket
from fishjam.errors import SocketBrokenError, SocketOpenTimeoutError

pytestmark = pytest.mark.anyio


PLAN = ConnectPlan.of(WebSocketUrl.of("ws://host/"), SocketOptions(proxy=None))


class FaultyConnection:
    """An engine with a fault in it."""

    def __init__(self) -> None:
        self.aborts = 0

    async def send(self, data: bytes) -> None:
        raise NotImplementedError

    def send_at_once(self, data: bytes) -> bool:
        raise NotImplementedError

    def pause(self) -> None:
        raise NotImplementedError

    def resume(self) -> None:
        raise NotImplementedError

    async def read(self) -> bytes:
        raise ZeroDivisionError("a fault")

    async def ping(self) -> None:
        await anyio.sleep_forever()

    async def close(self, code: int, reason: str) -> None:
        raise ZeroDivisionError("another fault")

    async def abort(self) -> None:
        self.aborts += 1


async def test_a_fault_of_the_engine_is_told() -> None:
    connection = FaultyConnection()
    session = WebSocket(connection, PLAN)
    await session.pump(connection.read)
    with pytest.raises(SocketBrokenError) as caught:
        await session.receive()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


async def test_whatever_happens_the_connection_is_aborted() -> None:
    connection = FaultyConnection()
    session = WebSocket(connection, PLAN)
    with pytest.raises(ZeroDivisionError, match="another fault"):
        await session.aclose()
    assert connection.aborts == 1
    await session.aclose()
    with pytest.raises(SocketClosedError):
        await session.receive()


async def test_a_time_limit_of_the_system() -> None:
    async def opening() -> None:
        raise OpeningFailed(TimeoutError(errno.ETIMEDOUT, "Connection timed out"))

    progress = Progress()
    progress.note("connecting to host:80")
    with pytest.raises(SocketOpenTimeoutError) as caught:
        await open_in_time(PLAN, progress, opening)
    assert "while connecting to host:80" in explained(caught.value)
    assert isinstance(caught.value.__cause__, TimeoutError)


@pytest.mark.parametrize("anyio_backend", ["trio"])
async def test_a_library_that_gives_the_handshake_up() -> None:
    """It would wait for ever for what cannot come any more."""
    ours, theirs = trio.testing.memory_stream_pair()
    stream = BufferedStream(cast("Any", ours), HttpResponseReader())
    await theirs.send_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
    await stream.aclose()
    with pytest.raises(ConnectionError, match="opens no WebSocket"):
        await stream.receive_some()
    with pytest.raises(trio.ClosedResourceError):
        await stream.send_all(b"GET /")
