"""A connection that breaks while this side writes: errors for the caller, none for the loop."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import anyio
import pytest

from fishjam._websocket._asyncio import AsyncioConnection
from fishjam._websocket._signals import SocketClosedError
from fishjam._websocket.connection import connect_websocket
from fishjam._websocket.options import SocketOptions
from fishjam.errors import SocketBrokenError
from tests.support.websocket_server import Peer
from tests.websocket.conftest import Serve
from tests.websocket.flooding import send_for_ever

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]


@pytest.fixture
async def reported(anyio_backend_name: str) -> list[Any]:
    """What the callbacks of the loop let out, which otherwise goes to the log."""
    contexts: list[Any] = []
    if anyio_backend_name == "asyncio":
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: contexts.append(context)
        )
    return contexts


async def test_reset_while_sending(serve: Serve, reported: list[Any]) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.reset()

    server = serve(script)
    for _ in range(20):
        async with connect_websocket(server.url) as socket:
            with pytest.raises(SocketBrokenError):
                await send_for_ever(socket, 640)
    assert reported == []


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_gone_when_there_is_something_to_write(serve: Serve, reported: list[Any]) -> None:
    """A message and a ping, in the very turn of the loop in which the connection breaks."""

    def script(peer: Peer) -> None:
        peer.accept()
        peer.read_until_end()

    async with connect_websocket(serve(script).url) as socket:
        connection = socket._connection
        assert isinstance(connection, AsyncioConnection)
        sending = asyncio.create_task(socket.send(b"never arrives"))
        await asyncio.sleep(0)
        connection._connection.transport.abort()
        with pytest.raises(Exception, match="LOST"):
            await connection.ping()
        await asyncio.wait([sending])
        with pytest.raises(SocketBrokenError):
            await socket.receive()
    assert reported == []


class Unending:
    """A transport whose loop never says that it is over."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def abort(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_connection_whose_end_is_never_told(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.server.go.wait(30)

    server = serve(script)
    with anyio.fail_after(10):
        async with connect_websocket(server.url, SocketOptions(close_timeout=0.1)) as socket:
            framing: Any = cast("Any", socket)._connection._connection
            transport = framing.transport
            framing.transport = Unending(transport)
        with pytest.raises(SocketClosedError):
            await socket.send(b"x")
    transport.abort()
    server.go.set()
    await anyio.sleep(0.01)
