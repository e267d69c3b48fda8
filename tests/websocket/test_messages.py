"""Messages both ways: whole, in order, of any size that is allowed, and however they come."""

from __future__ import annotations

import struct
from functools import partial

import anyio
import pytest

from fishjam._websocket._signals import SocketEndedError, UnexpectedText
from fishjam._websocket.connection import connect_websocket
from fishjam._websocket.options import SocketOptions
from fishjam._websocket.websocket import MESSAGE_BUFFER
from fishjam.errors import SocketBrokenError
from tests.support.websocket_server import BINARY, PING, PONG, TEXT, Peer, echo, frame
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 640, 65535, 65536, 300_000])
async def test_message_of_any_size_goes_there_and_back(serve: Serve, size: int) -> None:
    message = bytes(range(256)) * (size // 256) + bytes(size % 256)
    async with connect_websocket(serve(echo).url) as socket:
        await socket.send(message)
        assert await socket.receive() == message


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
async def test_anything_like_bytes_can_be_sent(serve: Serve, kind: type) -> None:
    async with connect_websocket(serve(echo).url) as socket:
        await socket.send(kind(b"hello"))
        received = await socket.receive()
    assert received == b"hello"
    assert type(received) is bytes


async def test_text_cannot_be_sent(serve: Serve) -> None:
    async with connect_websocket(serve(echo).url) as socket:
        with pytest.raises(TypeError, match="must be bytes, not str"):
            await socket.send("hello")  # type: ignore[arg-type]
        await socket.send(b"still open")
        assert await socket.receive() == b"still open"


async def test_fragments_make_one_message(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.send_frame(BINARY, b"one ", fin=False)
        peer.send_frame(PING, b"in between")
        peer.send_frame(0, b"", fin=False)
        peer.send_frame(0, b"message")
        assert peer.read_frame() == (PONG, b"in between")
        for _ in range(100):
            peer.send_frame(BINARY, b"a", fin=False)
            peer.send_frame(0, b"b")
        peer.end_in_order()

    async with connect_websocket(serve(script).url) as socket:
        assert await socket.receive() == b"one message"
        for _ in range(100):
            assert await socket.receive() == b"ab"


async def test_messages_sent_with_the_handshake_are_not_lost(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.write(peer.upgrade_answer() + frame(BINARY, b"early") + frame(BINARY, b"bird"))
        peer.end_in_order()

    async with connect_websocket(serve(script).url) as socket:
        assert [await socket.receive(), await socket.receive()] == [b"early", b"bird"]


async def test_an_answer_in_small_pieces_is_understood(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        for byte in peer.upgrade_answer() + frame(BINARY, b"slow"):
            peer.write(bytes([byte]))
        peer.end_in_order()

    async with connect_websocket(serve(script).url) as socket:
        assert await socket.receive() == b"slow"


async def test_text_is_told_and_does_not_end_the_connection(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.send_frame(TEXT, "grüezi".encode())
        peer.send(b"binary")
        peer.send_frame(TEXT, b"")
        peer.send(b"again")
        peer.end_in_order()

    async with connect_websocket(serve(script).url) as socket:
        with pytest.raises(UnexpectedText, match="'grüezi'") as caught:
            await socket.receive()
        assert caught.value.text == "grüezi"
        assert await socket.receive() == b"binary"
        with pytest.raises(UnexpectedText) as caught:
            await socket.receive()
        assert caught.value.text == ""
        assert await socket.receive() == b"again"


@pytest.mark.parametrize("fragments", [1, 3])
async def test_the_longest_message_allowed_and_one_byte_more(serve: Serve, fragments: int) -> None:
    def send(peer: Peer, size: int) -> None:
        share = size // fragments
        parts = [bytes(share)] * (fragments - 1) + [bytes(size - share * (fragments - 1))]
        for index, part in enumerate(parts):
            peer.send_frame(BINARY if index == 0 else 0, part, fin=index == fragments - 1)

    def script(peer: Peer) -> None:
        peer.accept()
        peer.send(b"before")
        send(peer, 1000)
        send(peer, 1001)
        peer.tell(peer.read_close())

    server = serve(script)
    options = SocketOptions(max_message_size=1000)
    async with connect_websocket(server.url, options) as socket:
        assert (await server.wait())[0] == 1009
        # What came before can still be had.
        assert await socket.receive() == b"before"
        assert await socket.receive() == bytes(1000)
        with pytest.raises(SocketBrokenError, match="max_message_size") as caught:
            await socket.receive()
        assert caught.value.code == socket.close_code == 1009
        with pytest.raises(SocketBrokenError, match="1009"):
            await socket.send(b"too late")


async def test_the_limit_can_be_raised_above_what_the_libraries_allow(serve: Serve) -> None:
    size = 3 * 1024 * 1024

    def script(peer: Peer) -> None:
        peer.accept()
        peer.send(bytes(size))
        peer.end_in_order()

    async with connect_websocket(serve(script).url) as socket:
        assert len(await socket.receive()) == size


async def test_pings_are_answered_while_nobody_receives(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        for number in range(50):
            peer.send_frame(PING, b"%d" % number)
            assert peer.read_frame() == (PONG, b"%d" % number)
        peer.tell("all answered")
        peer.end_in_order()

    server = serve(script)
    async with connect_websocket(server.url):
        assert await server.wait() == "all answered"


async def test_a_flood_that_nobody_reads_is_held_back(serve: Serve) -> None:
    """The server gets stuck, memory does not grow, and nothing is lost when reading begins."""
    message = bytes(64 * 1024)
    total = 400

    def script(peer: Peer) -> None:
        peer.accept()
        peer.sock.settimeout(0.5)
        sent = 0
        data = b"".join(frame(BINARY, struct.pack("!I", n) + message) for n in range(total))
        try:
            while sent < len(data):
                sent += peer.sock.send(data[sent:])
        except TimeoutError:
            peer.tell(sent)
        peer.sock.settimeout(10)
        peer.write(data[sent:])
        peer.close(1000)
        peer.read_close()

    server = serve(script)
    async with connect_websocket(server.url) as socket:
        stuck_at = await server.wait()
        # The buffer of 16 messages, one on either side of it, and what the system holds.
        assert stuck_at < (MESSAGE_BUFFER + 4) * len(message) + 12 * 1024 * 1024
        assert stuck_at < total * len(message)
        for number in range(total):
            assert (await socket.receive())[:4] == struct.pack("!I", number)
        with pytest.raises(SocketEndedError):
            await socket.receive()


async def test_a_flood_is_received_in_order(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.write(b"".join(frame(BINARY, struct.pack("!I", n)) for n in range(5000)))
        peer.end_in_order()

    async with connect_websocket(serve(script).url) as socket:
        for number in range(5000):
            assert await socket.receive() == struct.pack("!I", number)


async def test_many_tasks_send_at_once(serve: Serve) -> None:
    """1000 sends from 10 tasks: every frame is whole, and every task's order is kept."""

    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell([peer.receive() for _ in range(1000)])
        peer.end_in_order()

    server = serve(script, receive_buffer=4096)

    async with connect_websocket(server.url) as socket:

        async def send_some(task: int) -> None:
            for number in range(100):
                await socket.send(struct.pack("!II", task, number) + bytes([task]) * 700)

        async with anyio.create_task_group() as group:
            for task in range(10):
                group.start_soon(send_some, task)
        received = await server.wait()

    order: dict[int, list[int]] = {}
    for message in received:
        task, number = struct.unpack("!II", message[:8])
        assert message[8:] == bytes([task]) * 700
        order.setdefault(task, []).append(number)
    assert order == {task: list(range(100)) for task in range(10)}


async def test_who_sends_without_a_pause_leaves_others_their_turn(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.end_in_order()

    turns = 0
    async with (
        connect_websocket(serve(script).url) as socket,
        anyio.create_task_group() as group,
    ):

        async def count() -> None:
            nonlocal turns
            while True:
                await anyio.lowlevel.checkpoint()
                turns += 1

        group.start_soon(count)
        for _ in range(1000):
            await socket.send(bytes(1000))
        assert turns >= 10
        group.cancel_scope.cancel()


async def test_a_server_that_does_not_read_holds_the_sender_back(serve: Serve) -> None:
    """The sender waits, but receiving and the server's pings go on."""

    def script(peer: Peer) -> None:
        peer.accept()
        peer.server.go.wait(30)
        peer.server.go.clear()
        peer.send(b"news")
        peer.server.go.wait(30)
        peer.read_quickly()
        count = 0
        while (received := peer.read_frame()) is not None and received[0] == BINARY:
            count += 1
        peer.tell(count)

    server = serve(script, receive_buffer=4096)
    sent = 0
    async with connect_websocket(server.url, SocketOptions(close_timeout=30)) as socket:

        async def send() -> None:
            nonlocal sent
            while True:
                await socket.send(bytes(100_000))
                sent += 1

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(send)
            before = -1
            while before < sent:
                before = sent
                await anyio.sleep(0.3)
            tasks.cancel_scope.cancel()
        server.go.set()
        assert await socket.receive() == b"news"
        server.go.set()
    # The one that was cancelled had been accepted as a whole.
    assert await server.wait() == sent + 1


async def test_two_way_traffic_does_not_lock_up(serve: Serve) -> None:
    """Both sides send much before either reads: the client reads while its own sending waits."""
    chunk = bytes(200_000)

    def script(peer: Peer) -> None:
        peer.accept()
        for _ in range(40):
            peer.send(chunk)
            peer.send_frame(PING, b"alive?")
        peer.read_quickly()
        for _ in range(40):
            while (received := peer.read_frame()) != (BINARY, chunk):
                assert received == (PONG, b"alive?")
        peer.tell("done")
        peer.read_close()

    server = serve(script, receive_buffer=4096)
    async with connect_websocket(server.url) as socket:

        async def receive_all() -> None:
            for _ in range(40):
                assert await socket.receive() == chunk

        async with anyio.create_task_group() as group:
            group.start_soon(receive_all)
            for _ in range(40):
                group.start_soon(partial(socket.send, chunk))
        assert await server.wait() == "done"
