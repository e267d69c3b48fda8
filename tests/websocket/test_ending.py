"""Every way in which a connection can end has a name, a code and a reason, alike on both loops."""

from __future__ import annotations

import struct
import time

import anyio
import anyio.lowlevel
import pytest

from fishjam._core.notes import explained
from fishjam._websocket._signals import SocketClosedError, SocketEndedError
from fishjam._websocket.connection import connect_websocket
from fishjam._websocket.options import SocketOptions
from fishjam.errors import FishjamConnectionError, SocketBrokenError
from tests.support.websocket_server import BINARY, CLOSE, PING, TEXT, Peer, echo, frame
from tests.websocket.conftest import Serve
from tests.websocket.flooding import send_for_ever

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]


# Closed by us


async def test_leaving_the_context_closes_in_order(serve: Serve) -> None:
    server = serve(echo)
    async with connect_websocket(server.url) as socket:
        before = (socket.close_code, socket.close_reason)
    assert before == (None, None)
    assert await server.wait() == (1000, "")
    assert (socket.close_code, socket.close_reason) == (1000, "")


async def test_closing_says_why(serve: Serve) -> None:
    server = serve(echo)
    async with connect_websocket(server.url) as socket:
        await socket.aclose(4001, "enough, merci ☃")
        assert (socket.close_code, socket.close_reason) == (4001, "enough, merci ☃")
    assert await server.wait() == (4001, "enough, merci ☃")


async def test_a_server_that_resets_in_place_of_an_answer(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell(peer.read_close())
        # By now the client waits for the server to hang up.
        peer.server.go.wait(0.1)
        peer.reset()

    server = serve(script)
    async with connect_websocket(server.url) as socket:
        await socket.aclose()
        assert (socket.close_code, socket.close_reason) == (1000, "")
    assert await server.wait() == (1000, "")


async def test_use_after_close(serve: Serve) -> None:
    async with connect_websocket(serve(echo).url) as socket:
        await socket.send(b"never received")
        await socket.aclose()
        for _ in range(2):
            with pytest.raises(SocketClosedError, match="closed by this side"):
                await socket.send(b"x")
            with pytest.raises(SocketClosedError, match="closed by this side"):
                await socket.receive()
        await socket.aclose(3000, "a second time does nothing")
    with pytest.raises(SocketClosedError):
        await socket.receive()
    assert socket.close_code == 1000


async def test_closing_from_several_tasks(serve: Serve) -> None:
    server = serve(echo)
    async with connect_websocket(server.url) as socket, anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(socket.aclose)
    assert await server.wait() == (1000, "")


async def test_closing_wakes_who_receives(serve: Serve) -> None:
    async with connect_websocket(serve(echo).url) as socket, anyio.create_task_group() as group:

        async def receive() -> None:
            with pytest.raises(SocketClosedError):
                await socket.receive()

        group.start_soon(receive)
        await anyio.wait_all_tasks_blocked()
        await socket.aclose()


async def test_closing_wakes_who_sends(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.server.go.wait(30)

    server = serve(script, receive_buffer=4096)
    options = SocketOptions(close_timeout=0.2)
    connection = connect_websocket(server.url, options)
    async with connection as socket, anyio.create_task_group() as group:

        async def send() -> None:
            with pytest.raises(SocketClosedError):
                await send_for_ever(socket, 100_000)

        group.start_soon(send)
        await anyio.sleep(0.1)
        await socket.aclose()


async def test_a_server_that_does_not_answer_the_close_is_cut_off(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell(peer.read_close())
        peer.read_until_end()
        peer.tell("gone")

    server = serve(script)
    async with connect_websocket(server.url, SocketOptions(close_timeout=0.2)):
        before = time.monotonic()
    assert 0.15 < time.monotonic() - before < 15
    assert await server.wait() == (1000, "")
    assert await server.wait() == "gone"


async def test_closing_while_the_server_floods_and_pings(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        try:
            while True:
                peer.send(bytes(10_000))
                peer.send_frame(PING, b"there?")
        except ConnectionError:
            peer.tell("gone")

    server = serve(script)
    async with connect_websocket(server.url, SocketOptions(close_timeout=0.2)) as socket:
        await socket.receive()
        before = time.monotonic()
    assert time.monotonic() - before < 15
    assert await server.wait() == "gone"


async def test_a_ping_after_our_close_frame_disturbs_nobody(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        code, _ = peer.read_close()
        peer.send_frame(PING, b"late")
        peer.send(b"late too")
        peer.close(code)

    async with connect_websocket(serve(script).url, SocketOptions(close_timeout=25)) as socket:
        before = time.monotonic()
        await socket.aclose()
    assert time.monotonic() - before < 15


async def test_what_was_sent_arrives_before_the_close(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell([peer.receive() for _ in range(20)])
        peer.tell(peer.end_in_order())

    server = serve(script, receive_buffer=4096)
    async with connect_websocket(server.url) as socket:
        for number in range(20):
            await socket.send(bytes([number]) * 20_000)
    assert await server.wait() == [bytes([number]) * 20_000 for number in range(20)]
    assert await server.wait() == (1000, "")


async def test_closing_while_the_buffer_is_full(serve: Serve) -> None:
    """The server is stuck because nobody receives; closing lets it go on to the end."""
    flood = frame(BINARY, bytes(100_000)) * 200

    def script(peer: Peer) -> None:
        peer.accept()
        peer.sock.settimeout(0.3)
        sent = 0
        try:
            while sent < len(flood):
                sent += peer.sock.send(flood[sent : sent + 65536])
        except TimeoutError:
            peer.tell("stuck")
        peer.sock.settimeout(10)
        peer.write(flood[sent:])
        peer.tell(peer.end_in_order())

    server = serve(script)
    async with connect_websocket(server.url):
        assert await server.wait() == "stuck"
    assert await server.wait() == (1000, "")


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000])
async def test_codes_that_cannot_be_sent(serve: Serve, code: int) -> None:
    async with connect_websocket(serve(echo).url) as socket:
        with pytest.raises(ValueError, match="close code"):
            await socket.aclose(code)
        await socket.send(b"still open")
        assert await socket.receive() == b"still open"


async def test_a_reason_that_is_too_long(serve: Serve) -> None:
    server = serve(echo)
    async with connect_websocket(server.url) as socket:
        with pytest.raises(ValueError, match="123 bytes"):
            await socket.aclose(1000, "ü" * 62)
        await socket.aclose(1000, "ü" * 61 + "!")
    assert await server.wait() == (1000, "ü" * 61 + "!")


# Closed in order by the server


@pytest.mark.parametrize(
    ("code", "reason"), [(1000, ""), (1000, "Peer removed"), (1001, "going down for a while")]
)
async def test_orderly_close(serve: Serve, code: int, reason: str) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.send(b"last words")
        peer.close(code, reason)
        peer.tell(peer.read_close())

    server = serve(script)
    async with connect_websocket(server.url) as socket:
        assert await server.wait() == (code, reason)
        assert await socket.receive() == b"last words"
        for _ in range(2):
            with pytest.raises(SocketEndedError, match=f"in order: code {code}") as caught:
                await socket.receive()
            assert (caught.value.code, caught.value.reason) == (code, reason)
            assert reason in explained(caught.value)
            assert not isinstance(caught.value, FishjamConnectionError)
        with pytest.raises(SocketEndedError):
            await socket.send(b"too late")
        assert (socket.close_code, socket.close_reason) == (code, reason)
    assert (socket.close_code, socket.close_reason) == (code, reason)


async def test_close_without_a_code_is_orderly(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.send_frame(CLOSE)
        peer.read_until_end()

    async with connect_websocket(serve(script).url, SocketOptions(close_timeout=0.1)) as socket:
        with pytest.raises(SocketEndedError) as caught:
            await socket.receive()
        assert (caught.value.code, caught.value.reason) == (1005, "")


@pytest.mark.parametrize(
    ("end", "error"),
    [
        (frame(CLOSE, struct.pack("!H", 1000)), SocketEndedError),
        (frame(0, b"a continuation of nothing"), SocketBrokenError),
    ],
)
async def test_what_comes_after_the_end_is_not_heard(
    serve: Serve, end: bytes, error: type[Exception]
) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        late = frame(BINARY, b"late") + frame(TEXT, b"late") + frame(PING, b"late")
        peer.write(frame(BINARY, b"one") + end + late)
        peer.read_close()
        # One more would be a pong.
        peer.tell(peer.read_frame())

    server = serve(script)
    async with connect_websocket(server.url, SocketOptions(close_timeout=0.2)) as socket:
        assert await socket.receive() == b"one"
        with pytest.raises(error):
            await socket.receive()
        assert await server.wait() is None


async def test_close_while_receiving(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.server.go.wait(30)
        peer.close(1000, "Room stopped")
        peer.read_close()

    server = serve(script)
    async with connect_websocket(server.url) as socket, anyio.create_task_group() as group:

        async def receive() -> None:
            with pytest.raises(SocketEndedError, match="Room stopped"):
                await socket.receive()

        group.start_soon(receive)
        await anyio.wait_all_tasks_blocked()
        server.go.set()


@pytest.mark.parametrize("code", [1000, 1011])
async def test_close_while_sending(serve: Serve, code: int) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.close(code, "that is enough")
        peer.read_until_end()

    server = serve(script)
    options = SocketOptions(close_timeout=0.1)
    error = SocketEndedError if code == 1000 else SocketBrokenError
    async with connect_websocket(server.url, options) as socket:
        with pytest.raises(error, match="that is enough") as caught:
            await send_for_ever(socket, 1000)
        assert getattr(caught.value, "code", None) == code


async def test_a_server_that_closes_and_stays(serve: Serve) -> None:
    """A close frame is believed, though the server does not end the TCP connection."""

    def script(peer: Peer) -> None:
        peer.accept()
        peer.close(1000, "bye")
        peer.tell(peer.read_close())
        peer.read_until_end()
        peer.tell("cut")

    server = serve(script)
    async with connect_websocket(server.url, SocketOptions(close_timeout=0.2)) as socket:
        with anyio.fail_after(15), pytest.raises(SocketEndedError, match="bye"):
            await socket.receive()
        assert await server.wait() == (1000, "bye")
        assert await server.wait() == "cut"


@pytest.mark.parametrize(
    ("end", "error"),
    [
        (frame(CLOSE, struct.pack("!H", 1000)), SocketEndedError),
        (frame(CLOSE, struct.pack("!H", 1011)), SocketBrokenError),
        (frame(0, b"a continuation of nothing"), SocketBrokenError),
    ],
)
async def test_the_end_is_told_before_the_server_hangs_up(
    serve: Serve, end: bytes, error: type[Exception]
) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.write(frame(BINARY, b"last words") + end)
        peer.server.go.wait(30)

    server = serve(script)
    async with connect_websocket(server.url, SocketOptions(close_timeout=25)) as socket:
        with anyio.fail_after(15):
            assert await socket.receive() == b"last words"
            with pytest.raises(error):
                await socket.receive()
            with pytest.raises(error):
                await socket.send(b"too late")
        server.go.set()


# Broken


@pytest.mark.parametrize("code", [1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 3000, 4999])
async def test_the_server_gives_a_bad_code(serve: Serve, code: int) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.close(code, "so it goes")
        peer.tell(peer.read_close())

    server = serve(script)
    async with connect_websocket(server.url) as socket:
        with pytest.raises(SocketBrokenError, match="the server closed it with code") as caught:
            await socket.receive()
        assert (caught.value.code, caught.value.reason) == (code, "so it goes")
        assert caught.value.url == server.url
        with pytest.raises(SocketBrokenError):
            await socket.send(b"x")
        assert (socket.close_code, socket.close_reason) == (code, "so it goes")
        assert await server.wait() == (code, "so it goes")


async def test_tcp_reset(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.send(b"last words")
        peer.server.go.wait(30)
        peer.reset()

    server = serve(script)
    async with connect_websocket(server.url) as socket:
        assert await socket.receive() == b"last words"
        server.go.set()
        with pytest.raises(SocketBrokenError, match="ConnectionResetError") as caught:
            await socket.receive()
        assert (caught.value.code, caught.value.reason) == (1006, "")
        assert isinstance(caught.value.__cause__, ConnectionResetError)
        with pytest.raises(SocketBrokenError):
            await socket.send(b"x")
    assert (socket.close_code, socket.close_reason) == (1006, "")


async def test_tcp_reset_while_sending(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.reset()

    async with connect_websocket(serve(script).url) as socket:
        with pytest.raises(SocketBrokenError, match="broke") as caught:
            await send_for_ever(socket, 1000)
        assert caught.value.code == 1006


async def test_tcp_reset_while_a_send_waits(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.server.go.wait(30)
        peer.reset()

    server = serve(script, receive_buffer=4096)
    async with connect_websocket(server.url) as socket, anyio.create_task_group() as group:

        async def send() -> None:
            with pytest.raises(SocketBrokenError):
                await send_for_ever(socket, 100_000)

        group.start_soon(send)
        await anyio.sleep(0.1)
        server.go.set()


async def test_the_end_of_tcp_without_a_close_frame(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.send(b"last words")
        peer.hang_up()

    async with connect_websocket(serve(script).url) as socket:
        assert await socket.receive() == b"last words"
        with pytest.raises(SocketBrokenError, match="without a close frame") as caught:
            await socket.receive()
        assert (caught.value.code, caught.value.reason) == (1006, "")


async def test_the_end_of_tcp_within_a_message(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.write(bytes([130, 100]) + b"half of it")
        peer.hang_up()

    async with connect_websocket(serve(script).url) as socket:
        with pytest.raises(SocketBrokenError) as caught:
            await socket.receive()
        assert caught.value.code == 1006


@pytest.mark.parametrize(
    ("nonsense", "code"),
    [
        (bytes([0x83, 0]), 1002),  # an opcode that means nothing
        (bytes([0xC2, 0]), 1002),  # compressed, though nobody asked
        (bytes([0x80, 0]), 1002),  # a continuation of nothing
        (bytes([0x09, 0]), 1002),  # a ping in fragments
        (bytes([0x99, 0]), 1002),  # a ping with a reserved bit
        (bytes([0x82, 0x81, 0, 0, 0, 0, 0]), 1002),  # masked by the server
        (bytes([0x88, 1, 0]), 1002),  # half a close code
        (bytes([0x88, 2, 0x03, 0xEE]), 1002),  # a code that is never sent, 1006
        (bytes([0x81, 2, 0xC3, 0x28]), 1007),  # text that is not UTF-8
    ],
)
async def test_frames_that_cannot_be_read(serve: Serve, nonsense: bytes, code: int) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.send(b"before")
        peer.write(nonsense)
        peer.tell(peer.read_close()[0])

    server = serve(script)
    async with connect_websocket(server.url) as socket:
        assert await socket.receive() == b"before"
        with pytest.raises(SocketBrokenError, match="this side had to end it") as caught:
            await socket.receive()
        assert caught.value.code == socket.close_code == code
        with pytest.raises(SocketBrokenError):
            await socket.send(b"x")
        assert await server.wait() == code


async def test_a_message_too_long_from_a_server_that_goes_on(serve: Serve) -> None:
    """The server writes on and never looks at our close frame: it is cut off in time."""

    def script(peer: Peer) -> None:
        peer.accept()
        try:
            while True:
                peer.send(bytes(10_000))
        except ConnectionError:
            peer.tell("cut")

    server = serve(script)
    options = SocketOptions(max_message_size=9999, close_timeout=0.1)
    async with connect_websocket(server.url, options) as socket:
        with anyio.fail_after(15), pytest.raises(SocketBrokenError) as caught:
            await socket.receive()
        assert caught.value.code == 1009
        assert await server.wait() == "cut"


async def test_text_that_comes_last_is_still_told(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.send_frame(TEXT, b"bye")
        peer.close(1000)
        peer.read_close()

    async with connect_websocket(serve(script).url) as socket:
        with pytest.raises(Exception, match="'bye'"):
            await socket.receive()
        with pytest.raises(SocketEndedError):
            await socket.receive()
