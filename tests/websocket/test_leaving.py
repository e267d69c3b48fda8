"""Leaving takes as long as it must, and no time after a cancellation or an error."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import pytest

from fishjam._websocket.connection import connect_websocket
from fishjam._websocket.options import SocketOptions
from tests.support.websocket_server import Peer
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]
only_asyncio = pytest.mark.parametrize("anyio_backend", ["asyncio"])

PATIENT = SocketOptions(close_timeout=25)


def silent(peer: Peer) -> None:
    """Open the connection, and never say anything again."""
    peer.accept()
    peer.tell(peer.read_close())
    peer.read_until_end()
    peer.tell("gone")


@contextmanager
def soon() -> Iterator[None]:
    """Check that a block does not wait for the server, with patience for a busy machine."""
    before = time.monotonic()
    yield
    assert time.monotonic() - before < 15


async def test_cancelled_in_the_block(serve: Serve) -> None:
    server = serve(silent)
    with soon():
        with anyio.CancelScope() as scope:
            async with connect_websocket(server.url, PATIENT) as socket:
                scope.cancel()
                await socket.receive()
        assert await server.wait() == (1000, "")
        assert await server.wait() == "gone"
    assert scope.cancelled_caught


@only_asyncio
async def test_cancelled_by_asyncio(serve: Serve) -> None:
    server = serve(silent)
    inside = asyncio.Event()

    async def stay() -> None:
        async with connect_websocket(server.url, PATIENT) as socket:
            inside.set()
            await socket.receive()

    task = asyncio.create_task(stay())
    await inside.wait()
    with soon():
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await server.wait() == (1000, "")


async def test_cancelled_while_closing(serve: Serve) -> None:
    server = serve(silent)
    with soon():
        with anyio.CancelScope() as scope:
            async with connect_websocket(server.url, PATIENT):
                scope.deadline = anyio.current_time() + 0.2
        assert await server.wait() == (1000, "")
        assert await server.wait() == "gone"
    assert scope.cancelled_caught


@only_asyncio
async def test_cancelled_while_closing_by_asyncio(serve: Serve) -> None:
    server = serve(silent)

    async def stay() -> None:
        async with connect_websocket(server.url, PATIENT):
            pass

    task = asyncio.create_task(stay())
    assert await server.wait() == (1000, "")
    with soon():
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await server.wait() == "gone"


async def test_closing_under_a_cancelled_scope(serve: Serve) -> None:
    server = serve(silent)
    async with connect_websocket(server.url, PATIENT) as socket:
        with soon(), anyio.CancelScope() as scope:
            scope.cancel()
            await socket.aclose(4000, "had to go")
        assert await server.wait() == (4000, "had to go")


async def test_left_with_an_error(serve: Serve) -> None:
    server = serve(silent)
    with soon():
        with pytest.raises(ZeroDivisionError):
            async with connect_websocket(server.url, PATIENT):
                raise ZeroDivisionError
        assert await server.wait() == (1000, "")
        assert await server.wait() == "gone"


async def test_left_while_another_task_closes(serve: Serve) -> None:
    server = serve(silent)
    with soon():
        async with anyio.create_task_group() as group:
            with pytest.raises(ZeroDivisionError):  # noqa: PT012
                async with connect_websocket(server.url, PATIENT) as socket:
                    group.start_soon(socket.aclose)
                    assert await server.wait() == (1000, "")
                    group.cancel_scope.cancel()
                    raise ZeroDivisionError
        assert await server.wait() == "gone"


async def test_cancelled_when_there_is_much_to_send(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.server.go.wait(30)

    server = serve(script, receive_buffer=4096)
    with soon(), anyio.move_on_after(0.2):
        async with connect_websocket(server.url, PATIENT) as socket:
            while True:
                await socket.send(bytes(100_000))


@pytest.mark.once
async def test_left_in_order_the_server_has_its_time(serve: Serve) -> None:
    def slow(peer: Peer) -> None:
        peer.accept()
        code, _ = peer.read_close()
        peer.server.go.wait(0.6)
        peer.close(code)
        peer.tell(peer.read_until_end())

    server = serve(slow)
    before = time.monotonic()
    async with connect_websocket(server.url, SocketOptions(close_timeout=2)):
        pass
    assert time.monotonic() - before > 0.5
    assert await server.wait() == b""
