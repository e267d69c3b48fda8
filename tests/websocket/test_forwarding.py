"""Messages that are handed over where they arrive, without a task or a buffer in between."""

from __future__ import annotations

import struct
from typing import Any

import anyio
import pytest

from fishjam._websocket._signals import SocketEndedError, UnexpectedText
from fishjam._websocket.connection import connect_websocket
from fishjam.errors import SocketBrokenError
from tests.support.websocket_server import BINARY, CLOSE, PING, PONG, TEXT, Peer, frame
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]
only_asyncio = pytest.mark.parametrize("anyio_backend", ["asyncio"])


class Collector:
    """Keeps what it is given, and can stumble over it."""

    def __init__(self, fault: bytes = b"fault") -> None:
        self.items: list[Any] = []
        self._fault = fault

    def take(self, message: bytes) -> None:
        if message == self._fault:
            raise ZeroDivisionError("a fault of the receiver")
        self.items.append(message)

    def leave_out(self, error: UnexpectedText) -> None:
        self.items.append(error.text)


async def test_all_kinds_of_messages_come_in_order(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.send(b"before")
        peer.server.go.wait(30)
        for number in range(50):
            peer.write(
                frame(BINARY, struct.pack("!I", number))
                + frame(TEXT, b"text %d" % number)
                + frame(BINARY, b"in ", fin=False)
                + frame(PING, b"there?")
                + frame(0, b"two")
                + frame(BINARY, bytes(70_000))
            )
            assert peer.read_frame() == (PONG, b"there?")
        peer.write(frame(BINARY, b"at once") + frame(CLOSE, b"\x03\xe8"))
        peer.read_close()

    server = serve(script)
    collector = Collector()
    async with connect_websocket(server.url) as socket:
        await anyio.sleep(0.05)
        server.go.set()
        with pytest.raises(SocketEndedError):
            await socket.forward(collector)
    expected: list[Any] = [b"before"]
    for number in range(50):
        whole = struct.pack("!I", number)
        expected += [whole, f"text {number}", b"in two", bytes(70_000)]
    assert collector.items == [*expected, b"at once"]


@pytest.mark.parametrize("early", [False, True])
async def test_a_fault_of_the_receiver_comes_out(serve: Serve, early: bool) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        if not early:
            peer.server.go.wait(30)
        peer.write(frame(BINARY, b"good") + frame(BINARY, b"fault") + frame(BINARY, b"after"))
        peer.tell("sent")
        peer.end_in_order()

    server = serve(script)
    async with connect_websocket(server.url) as socket, anyio.create_task_group() as group:
        if early:
            assert await server.wait() == "sent"
            await anyio.sleep(0.05)

        async def let_go() -> None:
            server.go.set()

        group.start_soon(let_go)
        with pytest.raises(ZeroDivisionError, match="a fault of the receiver"):
            await socket.forward(Collector())


async def test_closing_ends_it(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.send(b"hello")
        peer.end_in_order()

    collector = Collector()
    async with connect_websocket(serve(script).url) as socket:
        async with anyio.create_task_group() as group:
            group.start_soon(socket.forward, collector)
            while not collector.items:  # noqa: ASYNC110 - nothing tells of it
                await anyio.sleep(0.001)
            group.cancel_scope.cancel()
        assert collector.items == [b"hello"]
        # What comes afterwards waits for `receive` again.
        assert not socket.is_forwarding


@only_asyncio
async def test_what_came_before_a_break_can_still_be_had(serve: Serve) -> None:
    """Also when there was so much of it that reading had paused."""

    def script(peer: Peer) -> None:
        peer.accept()
        for number in range(40):
            peer.send(bytes([number]))
        peer.tell("sent")
        peer.read_until_end()

    server = serve(script)
    async with connect_websocket(server.url) as socket:
        assert await server.wait() == "sent"
        await anyio.sleep(0.05)
        await socket._connection.abort()
        received = []

        async def receive_all() -> None:
            while True:
                received.append(await socket.receive())

        with pytest.raises(SocketBrokenError):
            await receive_all()
        assert len(received) >= 16
        assert received == [bytes([number]) for number in range(len(received))]


@only_asyncio
@pytest.mark.parametrize("code", [1006, 5000])
async def test_a_close_that_is_not_allowed(serve: Serve, code: int) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.close(code)
        peer.tell(peer.read_close()[0])

    server = serve(script)
    async with connect_websocket(server.url) as socket:
        with pytest.raises(SocketBrokenError) as caught:
            await socket.receive()
        assert await server.wait() == caught.value.code == 1002


@only_asyncio
async def test_a_close_within_a_message_counts(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.write(frame(BINARY, b"half", fin=False) + frame(CLOSE, struct.pack("!H", 1000)))
        peer.read_close()

    async with connect_websocket(serve(script).url) as socket:
        with pytest.raises(SocketEndedError) as caught:
            await socket.receive()
        assert caught.value.code == 1000
