"""What a server or a proxy may answer before the connection is open, and how much of it."""

from __future__ import annotations

import time

import anyio
import pytest

from fishjam._core.notes import explained
from fishjam._websocket.connection import connect_websocket
from fishjam._websocket.options import SocketOptions
from fishjam.errors import HandshakeRefusedError, ProxyRefusedError, SocketOpenError
from tests.support.websocket_server import Peer, echo
from tests.websocket.conftest import Serve
from tests.websocket.test_opening import refused
from tests.websocket.test_proxy import tunnel

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]

EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
DIGITS = "9" * 5000


@pytest.mark.parametrize("pieces", [1, 50])
async def test_interim_answers_before_the_handshake(serve: Serve, pieces: int) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        # The first message comes together with the end of the handshake.
        answer = EARLY * 100 + peer.upgrade_answer() + b"\x82\x05hello"
        size = len(answer) // pieces + 1
        for start in range(0, len(answer), size):
            peer.write(answer[start : start + size])
            time.sleep(0.001)
        peer.end_in_order()

    async with connect_websocket(serve(script).url) as socket:
        assert await socket.receive() == b"hello"


async def test_interim_answers_before_a_refusal(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.write(EARLY + b"HTTP/1.1 100 Continue\r\n\r\n")
        peer.answer("403 Forbidden", body=b"not you")
        peer.read_until_end()

    error = await refused(serve(script).url)
    assert isinstance(error, HandshakeRefusedError)
    assert (error.status_code, error.detail) == (403, "not you")


async def test_interim_answers_of_a_proxy(serve: Serve) -> None:
    server = serve(echo)

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.write(EARLY * 3)
        tunnel(peer)

    options = SocketOptions(proxy=f"http://127.0.0.1:{serve(script).port}")
    async with connect_websocket(server.url, options) as socket:
        await socket.send(b"hello")
        assert await socket.receive() == b"hello"


@pytest.mark.parametrize("through_proxy", [False, True])
async def test_a_flood_of_interim_answers(serve: Serve, through_proxy: bool) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        try:
            while True:
                peer.write(EARLY * 100)
        except ConnectionError:
            peer.tell("gone")

    server = serve(script)
    options = SocketOptions(
        open_timeout=None, proxy=f"http://127.0.0.1:{server.port}" if through_proxy else None
    )
    with anyio.fail_after(20):
        error = await refused("ws://host.invalid/" if through_proxy else server.url, options)
    assert type(error) is SocketOpenError
    assert "more than 100 interim responses" in explained(error)
    assert await server.wait() == "gone"


@pytest.mark.parametrize("through_proxy", [False, True])
@pytest.mark.parametrize("status", ["101 Switching Protocols", "200 OK", "403 Forbidden"])
async def test_too_many_headers(serve: Serve, status: str, through_proxy: bool) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer(status, *[f"X-{number}: y" for number in range(1000)])
        peer.read_until_end()

    server = serve(script)
    options = SocketOptions(proxy=f"http://127.0.0.1:{server.port}" if through_proxy else None)
    error = await refused("ws://host.invalid/" if through_proxy else server.url, options)
    assert type(error) is SocketOpenError
    assert "more than 128 headers" in explained(error)


async def test_headers_without_end(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.write(b"HTTP/1.1 403 Forbidden\r\n")
        try:
            while True:
                peer.write(b"X-More: " + b"x" * 10_000 + b"\r\n")
        except ConnectionError:
            peer.tell("gone")

    server = serve(script)
    with anyio.fail_after(20):
        error = await refused(server.url, SocketOptions(open_timeout=None))
    assert type(error) is SocketOpenError
    assert await server.wait() == "gone"


@pytest.mark.parametrize("header", ["Content-Length", "Retry-After", "Sec-WebSocket-Version"])
async def test_a_number_of_thousands_of_digits(serve: Serve, header: str) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.write(f"HTTP/1.1 503 Busy\r\n{header}: {DIGITS}\r\n\r\nnot now".encode())
        peer.hang_up()

    error = await refused(serve(script).url)
    assert isinstance(error, HandshakeRefusedError)
    assert (error.status_code, error.detail) == (503, "not now")


async def test_a_good_answer_with_a_number_of_thousands_of_digits(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept(f"Content-Length: {DIGITS}")
        peer.read_until_end()

    error = await refused(serve(script).url)
    assert type(error) is SocketOpenError


async def test_a_proxy_that_answers_with_thousands_of_digits(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.write(f"HTTP/1.1 503 Busy\r\nContent-Length: {DIGITS}\r\n\r\nnot now".encode())
        peer.hang_up()

    options = SocketOptions(proxy=f"http://127.0.0.1:{serve(script).port}")
    error = await refused("ws://host.invalid/", options)
    assert isinstance(error, ProxyRefusedError)
    assert error.status_code == 503
    assert "not now" in explained(error)


async def test_a_chunk_of_thousands_of_digits(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.write(b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nnot\r\n")
        peer.write(DIGITS.encode() + b"\r\n you\r\n")
        peer.hang_up()

    error = await refused(serve(script).url)
    assert isinstance(error, HandshakeRefusedError)
    assert (error.status_code, error.detail) == (403, "not")


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7), ("soon", None), (None, None), (DIGITS, None)]
)
@pytest.mark.parametrize("status", [429, 503])
async def test_the_time_to_wait(
    serve: Serve, status: int, header: str | None, seconds: float | None
) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer(f"{status} Not Now", *([] if header is None else [f"Retry-After: {header}"]))
        peer.read_until_end()

    error = await refused(serve(script).url)
    assert isinstance(error, HandshakeRefusedError)
    assert (error.status_code, error.retry_after) == (status, seconds)
