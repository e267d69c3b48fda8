"""Opening a connection: what is asked for, and the error for every way in which it can fail."""

from __future__ import annotations

import socket as sockets

import anyio
import pytest

from fishjam import errors
from fishjam._core.notes import explained
from fishjam._version import __version__
from fishjam._websocket.connection import connect_websocket
from fishjam._websocket.options import SocketOptions
from fishjam.errors import (
    HandshakeRefusedError,
    RedirectRefusedError,
    SocketOpenError,
    SocketOpenTimeoutError,
)
from tests.support.limits import LIMITS
from tests.support.websocket_server import Peer, echo
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]

SECRET = "a-token-that-must-not-show"


async def refused(url: str, options: SocketOptions | None = None) -> SocketOpenError:
    """Try to connect, and return the error; it never shows a secret."""
    with pytest.raises(SocketOpenError) as caught:
        async with connect_websocket(url, options):
            pytest.fail("connected")
    assert isinstance(caught.value, errors.FishjamConnectionError)
    assert SECRET not in explained(caught.value)
    assert SECRET not in repr(caught.value.__dict__)
    assert caught.value.url == url.partition("?")[0]
    # Programs pass the text on to people who need not know the address.
    assert "\n" not in str(caught.value)
    assert "://" not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value).partition(": ")[0]
    assert caught.value.url in explained(caught.value)
    assert not hasattr(caught.value.__cause__, "exceptions")
    return caught.value


# What is asked for


async def test_the_request(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell((peer.request.split(b"\r\n")[0], peer.headers))
        peer.end_in_order()

    server = serve(script)
    url = f"ws://127.0.0.1:{server.port}/a%2Fb/ü?x=1&y=a%20b"
    options = SocketOptions(headers={"Authorization": f"Bearer {SECRET}", "X-Empty": ""})
    async with connect_websocket(url, options):
        line, headers = await server.wait()
    assert line == b"GET /a%2Fb/%C3%BC?x=1&y=a%20b HTTP/1.1"
    assert headers["host"] == f"127.0.0.1:{server.port}"
    assert headers["authorization"] == f"Bearer {SECRET}"
    assert headers["x-empty"] == ""
    assert headers["user-agent"].startswith(f"fishjam-server-sdk/{__version__} (Python 3.")
    assert "sec-websocket-extensions" not in headers
    assert "sec-websocket-protocol" not in headers
    assert "origin" not in headers


async def test_a_user_agent_of_ones_own(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell(peer.request.lower().count(b"user-agent"))
        peer.tell(peer.headers["user-agent"])
        peer.end_in_order()

    server = serve(script)
    async with connect_websocket(server.url, SocketOptions(headers={"user-agent": "mine"})):
        assert await server.wait() == 1
        assert await server.wait() == "mine"


async def test_the_path_may_be_missing(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell(peer.request.split(b"\r\n")[0])
        peer.end_in_order()

    server = serve(script)
    async with connect_websocket(f"WS://LOCALHOST:{server.port}") as socket:
        assert await server.wait() == b"GET / HTTP/1.1"
        assert socket.close_code is None


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://host/", "must begin with wss://"),
        ("host/path", "must begin with wss://"),
        ("", "must begin with wss://"),
        ("ws://", "has no host"),
        ("ws://host:0/", "has no host"),
        ("ws://host:99999/", "cannot be read"),
        ("ws://[::1/", "cannot be read"),
        ("ws://host/a b", "contains spaces"),
        ("ws://host/a\r\nX: y", "contains spaces"),
        (f"ws://user:{SECRET}@host/", "credentials"),
        ("ws://host/#here", "#fragment"),
        (f"ws://{'a' * 64}.example/", "not a valid host name"),
    ],
)
async def test_addresses_that_cannot_be_used(url: str, problem: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=problem) as caught:
        connect_websocket(url)
    assert SECRET not in explained(caught.value)


# Refusals


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("400 Bad Request", ""),
        ("401 Unauthorized", "Check the token"),
        ("403 Forbidden", "Check the token"),
        ("404 Not Found", "no WebSocket under it"),
        ("429 Too Many Requests", "try again later"),
        ("500 Internal Server Error", "try again later"),
        ("503 Service Unavailable", "try again later"),
        ("599 Odd", "try again later"),
        ("200 OK", ""),
        ("300 Multiple Choices", ""),
    ],
)
async def test_refused(serve: Serve, status: str, advice: str) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer(status, "X-Why: because", body=b'{"errors": "not you"}')
        peer.read_until_end()

    error = await refused(serve(script).url + "?q=1")
    assert isinstance(error, HandshakeRefusedError)
    assert not isinstance(error, RedirectRefusedError)
    assert error.status_code == int(status[:3])
    assert error.detail == '{"errors": "not you"}'
    assert error.headers["x-why"] == "because"
    assert str(error).startswith(f"The server refused the connection: {status[:3]}")
    assert str(error).endswith(': {"errors": "not you"}')
    assert f"the server answered {status[:3]}" in explained(error)
    assert advice in explained(error)


async def test_refused_with_a_long_page(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer("502 Bad Gateway", "Content-Type: text/html", body=b"<html>" + b"x" * 50_000)
        peer.read_until_end()

    error = await refused(serve(script).url)
    assert isinstance(error, HandshakeRefusedError)
    assert error.status_code == 502
    assert error.detail == "<html>" + "x" * 1018
    assert str(error) == "The server refused the connection: 502 Bad Gateway"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nnot\r\n4;x=y\r\n you\r\n"
        b"0\r\n\r\n",
        b"HTTP/1.1 403 Forbidden\r\n\r\nnot you",
        b"HTTP/1.0 403 Forbidden\r\nServer: old\r\n\r\nnot you",
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nnot you",
        b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nnot you\r\n",
        b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nnot you\r\nzz\r\n",
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: -1\r\n\r\nnot you",
        b"HTTP/1.1 403 Forbidden\r\nbroken header\r\n\r\nnot you",
    ],
)
async def test_refused_in_any_form(serve: Serve, answer: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.write(answer)

    error = await refused(serve(script).url)
    assert isinstance(error, HandshakeRefusedError)
    assert (error.status_code, error.detail) == (403, "not you")


async def test_refused_without_words(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    error = await refused(serve(script).url)
    assert str(error) == "The server refused the connection: 204 No Content"


async def test_refused_by_a_server_that_then_hangs(serve: Serve) -> None:
    """The status is known, though the promised body never comes."""

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nnot")
        peer.read_until_end()

    for limit in LIMITS:
        error = await refused(serve(script).url, SocketOptions(open_timeout=limit))
        if isinstance(error, HandshakeRefusedError):
            break
    assert isinstance(error, HandshakeRefusedError)
    assert (error.status_code, error.detail) == (403, "not")


async def test_a_refusal_that_repeats_our_secrets(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        request = peer.read_request()
        peer.answer("401 Unauthorized", f"X-Echo: {SECRET}", body=request)
        peer.read_until_end()

    options = SocketOptions(headers={"Authorization": f"Bearer {SECRET}", "X-Short": "1"})
    error = await refused(serve(script).url, options)
    assert "Authorization: Bearer ***" in explained(error)
    assert "X-Short: 1" in explained(error)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(serve: Serve, status: int) -> None:
    def elsewhere(peer: Peer) -> None:
        peer.tell("somebody came")

    other = serve(elsewhere)

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer(f"{status} Elsewhere", f"Location: {other.url}?token={SECRET}")
        peer.read_until_end()

    error = await refused(serve(script).url)
    assert isinstance(error, RedirectRefusedError)
    assert error.status_code == status
    assert f"pointing to {other.url}" in explained(error)
    assert "Redirects are not followed" in explained(error)
    assert other.news.empty()


async def test_a_redirect_to_nowhere(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer("302 Found")
        peer.read_until_end()

    error = await refused(serve(script).url)
    assert isinstance(error, RedirectRefusedError)
    assert "pointing to nowhere" in explained(error)


# Answers that are none


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff garbage",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 403 Forbid",
        b"HTTP/3 200 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: webso",
        b"HTTP/1.1 101 Switching Protocols\r\nX: " + b"x" * 200_000,
    ],
)
async def test_garbage(serve: Serve, garbage: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.write(garbage)

    error = await refused(serve(script).url)
    assert type(error) is SocketOpenError
    assert "waiting for the server's answer to the handshake" in explained(error)
    assert repr(garbage[:10])[1:-1] in explained(error)
    assert error.__cause__ is not None


@pytest.mark.parametrize("reset", [False, True])
async def test_no_answer_at_all(serve: Serve, reset: bool) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.reset() if reset else peer.hang_up()

    error = await refused(serve(script).url)
    assert type(error) is SocketOpenError
    assert ("ConnectionResetError" if reset else "hung up without an answer") in explained(error)
    assert error.__cause__ is not None


@pytest.mark.parametrize(
    "answer",
    [
        "Sec-WebSocket-Accept: wrong",
        "Sec-WebSocket-Extensions: permessage-deflate",
        "Sec-WebSocket-Protocol: chat",
        "Upgrade: h2c",
        "Connection: close",
        "no colon in here",
    ],
)
async def test_a_handshake_that_does_not_fit(serve: Serve, answer: str) -> None:
    name = answer.partition(":")[0]

    def script(peer: Peer) -> None:
        peer.read_request()
        lines = peer.upgrade_answer().decode().split("\r\n")[:-2]
        kept = [line for line in lines if not line.startswith(f"{name}:")]
        peer.write("\r\n".join([*kept, answer, "", ""]).encode())
        peer.read_until_end()

    error = await refused(serve(script).url)
    assert type(error) is SocketOpenError
    assert "waiting for the server's answer to the handshake" in explained(error)
    assert error.__cause__ is not None


# Networks


async def test_nobody_listens() -> None:
    with sockets.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        error = await refused(f"ws://127.0.0.1:{port}/path?token={SECRET}")
    assert type(error) is SocketOpenError
    assert f"while connecting to 127.0.0.1:{port}: ConnectionRefusedError" in explained(error)
    assert "Check the address" in explained(error)
    assert isinstance(error.__cause__, ConnectionRefusedError)


async def test_a_name_that_does_not_exist() -> None:
    error = await refused("ws://no-such-host.invalid/path")
    assert type(error) is SocketOpenError
    assert "while connecting to no-such-host.invalid:80: gaierror" in explained(error)
    assert isinstance(error.__cause__, sockets.gaierror)


async def test_every_address_of_a_name_is_tried(serve: Serve) -> None:
    """`localhost` may be ::1 as well, where nobody listens."""
    server = serve(echo, host="localhost")
    async with connect_websocket(server.url) as socket:
        await socket.send(b"hello")
        assert await socket.receive() == b"hello"


async def test_an_address_of_version_6(serve: Serve) -> None:
    port = serve(echo).port
    error = await refused(f"ws://[::1]:{port}/")
    assert f"while connecting to [::1]:{port}: " in explained(error)


async def test_connecting_takes_too_long(full_port: int) -> None:
    error = await too_late(f"ws://127.0.0.1:{full_port}/", 0.2)
    assert "while connecting to" in explained(error)


async def test_the_handshake_takes_too_long(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.tell(peer.read_until_end())

    for limit in LIMITS:
        server = serve(script)
        error = await too_late(server.url, limit)
        if "waiting for the server's answer" in explained(error):
            break
    assert "waiting for the server's answer" in explained(error)
    assert await server.wait() == b""


async def too_late(url: str, limit: float) -> SocketOpenError:
    with anyio.fail_after(limit + 15):
        error = await refused(url, SocketOptions(open_timeout=limit))
    assert isinstance(error, SocketOpenTimeoutError)
    assert isinstance(error, errors.FishjamTimeoutError)
    assert f"longer than {limit:g} s" in explained(error)
    return error


async def test_no_time_limit(serve: Serve) -> None:
    options = SocketOptions(open_timeout=None)
    async with connect_websocket(serve(echo).url, options) as socket:
        assert socket.close_code is None
