"""Pings of ours, on both loops: answered, not answered, and cut short by the end."""

from __future__ import annotations

import struct
import time

import anyio
import anyio.lowlevel
import pytest

from fishjam._websocket._signals import SocketEndedError
from fishjam._websocket.connection import connect_websocket
from fishjam._websocket.options import SocketOptions
from fishjam.errors import SocketBrokenError
from tests.support.websocket_server import BINARY, CLOSE, CONTINUATION, PING, PONG, Peer, frame
from tests.websocket.conftest import Serve
from tests.websocket.flooding import send_for_ever

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]


async def test_pings_are_sent_and_answers_taken(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        for _ in range(3):
            received = peer.read_frame()
            assert received is not None
            assert received[0] == PING
            peer.send_frame(PONG, received[1])
        peer.send(b"three pings came")
        while (received := peer.read_frame()) is not None:
            if received[0] == CLOSE:
                peer.send_frame(CLOSE, received[1])
                return
            peer.send_frame(PONG, received[1])

    options = SocketOptions(ping_interval=0.05, ping_timeout=30)
    async with connect_websocket(serve(script).url, options) as socket:
        assert await socket.receive() == b"three pings came"


async def test_a_server_that_does_not_answer_pings(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        # Both at once, because the time for the first ping runs from the handshake on.
        peer.write(peer.upgrade_answer() + frame(BINARY, b"the last that was heard"))
        peer.tell(peer.read_close())
        peer.read_until_end()

    server = serve(script)
    options = SocketOptions(ping_interval=0.05, ping_timeout=0.1, close_timeout=0.1)
    async with connect_websocket(server.url, options) as socket:
        assert await server.wait() == (1011, "keepalive ping timeout")
        assert await socket.receive() == b"the last that was heard"
        with pytest.raises(SocketBrokenError, match="did not answer a ping") as caught:
            await socket.receive()
        assert (caught.value.code, caught.value.reason) == (1011, "keepalive ping timeout")
        assert isinstance(caught.value.__cause__, TimeoutError)
        with pytest.raises(SocketBrokenError, match="did not answer a ping"):
            await socket.send(b"x")


async def test_a_server_that_is_frozen_is_noticed_while_a_send_waits(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.server.go.wait(30)

    server = serve(script, receive_buffer=4096)
    options = SocketOptions(ping_interval=0.1, ping_timeout=0.1, close_timeout=0.1)
    async with connect_websocket(server.url, options) as socket:
        with anyio.fail_after(15), pytest.raises(SocketBrokenError) as caught:
            await send_for_ever(socket, 100_000)
        assert caught.value.code == 1011


async def test_without_pings_silence_is_no_failure(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        assert peer.end_in_order() == (1000, "")

    options = SocketOptions(ping_interval=None, ping_timeout=0.001)
    async with connect_websocket(serve(script).url, options) as socket:
        with anyio.move_on_after(0.1):
            await socket.receive()
        assert socket.close_code is None


@pytest.mark.once
async def test_the_end_of_the_connection_ends_the_pings(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        received = peer.read_frame()
        assert received is not None
        assert received[0] == PING
        peer.hang_up()

    # Long enough for the server to hang up before, also on a busy machine.
    options = SocketOptions(ping_interval=0.05, ping_timeout=2)
    async with connect_websocket(serve(script).url, options) as socket:
        with pytest.raises(SocketBrokenError) as caught:
            await socket.receive()
        await anyio.sleep(2.2)
        assert caught.value.code == socket.close_code == 1006


async def test_the_end_is_noticed_before_the_next_ping(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        received = peer.read_frame()
        assert received is not None
        peer.send_frame(PONG, received[1])
        peer.hang_up()

    options = SocketOptions(ping_interval=0.05, ping_timeout=30)
    async with connect_websocket(serve(script).url, options) as socket:
        await anyio.sleep(0.2)
        with pytest.raises(SocketBrokenError) as caught:
            await socket.receive()
        assert caught.value.code == 1006


async def test_an_answer_that_comes_after_the_time_is_up(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        received = peer.read_frame()
        assert received is not None
        code, _ = peer.read_close()
        peer.send_frame(PONG, received[1])
        peer.close(code)

    options = SocketOptions(ping_interval=0.05, ping_timeout=0.05)
    async with connect_websocket(serve(script).url, options) as socket:
        with pytest.raises(SocketBrokenError) as caught:
            await socket.receive()
        assert caught.value.code == 1011


@pytest.mark.once
async def test_a_slow_receiver_loses_nothing(serve: Serve) -> None:
    """Reading pauses, so the answers to pings are not seen in time: that is not the server's."""
    total = 1000

    def script(peer: Peer) -> None:
        peer.read_request()
        flood = b"".join(frame(BINARY, struct.pack("!I", n) + bytes(20_000)) for n in range(total))
        # Together, so that the buffer is full before it is time for the first ping.
        peer.write(peer.upgrade_answer() + flood)
        peer.close(1000)
        peer.read_close()

    options = SocketOptions(ping_interval=0.1, ping_timeout=1)
    async with connect_websocket(serve(script).url, options) as socket:
        # Longer than the server has to answer.
        await anyio.sleep(2.5)
        for number in range(total):
            assert (await socket.receive())[:4] == struct.pack("!I", number)
        with pytest.raises(SocketEndedError):
            await socket.receive()


@pytest.mark.once
async def test_an_answer_behind_other_messages_may_come_late(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        received = peer.read_frame()
        assert received is not None
        assert received[0] == PING
        for _ in range(50):
            peer.send(b"before the answer")
            peer.server.go.wait(0.05)
        peer.send_frame(PONG, received[1])
        peer.send(b"that was all")
        peer.end_in_order()

    options = SocketOptions(ping_interval=0.1, ping_timeout=1)
    async with connect_websocket(serve(script).url, options) as socket:
        with anyio.fail_after(30):
            while await socket.receive() != b"that was all":
                pass


async def test_a_server_that_freezes_behind_a_full_buffer(serve: Serve) -> None:
    """It is noticed once what it has sent before was received."""

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.write(peer.upgrade_answer() + 20 * frame(BINARY, b"before"))
        peer.server.go.wait(30)

    options = SocketOptions(ping_interval=0.05, ping_timeout=0.05, close_timeout=0.1)
    async with connect_websocket(serve(script).url, options) as socket:
        await anyio.sleep(0.5)
        with anyio.fail_after(15):
            for _ in range(20):
                assert await socket.receive() == b"before"
            with pytest.raises(SocketBrokenError, match="did not answer a ping"):
                await socket.receive()


@pytest.mark.once
async def test_a_message_in_many_fragments_may_take_longer(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.write(frame(BINARY, b"first", fin=False))
        for _ in range(50):
            peer.write(frame(CONTINUATION, b"more", fin=False))
            peer.server.go.wait(0.05)
        peer.write(frame(CONTINUATION, b"last"))
        peer.close(1000)
        peer.read_close()

    options = SocketOptions(ping_interval=0.1, ping_timeout=1)
    async with connect_websocket(serve(script).url, options) as socket:
        assert await socket.receive() == b"first" + b"more" * 50 + b"last"


@pytest.mark.once
async def test_a_server_that_is_heard_after_the_second_ping(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        for ping in range(6):
            assert (peer.read_frame() or (CLOSE, b""))[0] == PING
            if ping % 2:
                peer.send(b"still here")
        peer.close(1000)
        peer.read_close()

    options = SocketOptions(ping_interval=0.05, ping_timeout=1)
    async with connect_websocket(serve(script).url, options) as socket:
        for _ in range(3):
            assert await socket.receive() == b"still here"
        with pytest.raises(SocketEndedError):
            await socket.receive()


@pytest.mark.once
async def test_a_loop_that_is_held_up_reads_the_answer_later(serve: Serve) -> None:
    """The server is not to blame for what the program itself kept from being read."""

    def script(peer: Peer) -> None:
        peer.accept()
        while (received := peer.read_frame()) is not None and received[0] == PING:
            peer.tell("a ping has come")
            peer.server.go.wait(0.1)
            peer.send_frame(PONG, received[1])
        peer.close(1000)

    server = serve(script)
    options = SocketOptions(ping_interval=0.01, ping_timeout=1)
    async with connect_websocket(server.url, options) as socket:
        for _ in range(3):
            assert await server.wait() == "a ping has come"
            time.sleep(1.5)  # noqa: ASYNC251 - holding up the loop is what is tested
        await anyio.sleep(0.5)
        assert socket.close_code is None
