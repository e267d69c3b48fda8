"""HTTP proxies: the tunnel, its refusal, and whether the environment asks for one."""

from __future__ import annotations

import base64
import socket as sockets
import ssl
import threading
from collections.abc import Callable

import anyio
import pytest

from fishjam._core.notes import explained
from fishjam._websocket.connection import connect_websocket
from fishjam._websocket.options import FROM_ENVIRONMENT, SocketOptions
from fishjam._websocket.url import WebSocketUrl, proxy_from_environment
from fishjam.errors import (
    ConfigurationError,
    HandshakeRefusedError,
    ProxyRefusedError,
    SocketOpenError,
    SocketOpenTimeoutError,
    TlsError,
)
from tests.support.limits import LIMITS
from tests.support.websocket_server import Peer, echo
from tests.websocket.conftest import Serve

SECRET = "p@ss/word?"
ELSEWHERE = "fishjam.example"

asynchronous = pytest.mark.anyio
clean = pytest.mark.usefixtures("nothing_left")


def proxy(peer: Peer) -> None:
    """A proxy that opens every tunnel."""
    line = peer.read_request().split(b"\r\n")[0].decode()
    peer.tell((line, peer.headers))
    tunnel(peer)


def tunnel(peer: Peer) -> None:
    """Do what the request that was read asks for."""
    line = peer.request.split(b"\r\n")[0].decode()
    host, _, port = line.split(" ")[1].rpartition(":")
    # A proxy knows names that this machine does not.
    host = "127.0.0.1" if host == ELSEWHERE else host
    with sockets.create_connection((host.strip("[]"), int(port)), timeout=10) as upstream:
        peer.write(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
        back = threading.Thread(target=relay, args=[upstream, peer.sock])
        back.start()
        relay(peer.sock, upstream)
        back.join()


def relay(source: sockets.socket, sink: sockets.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(sockets.SHUT_WR)
    except OSError:
        pass


async def refused(url: str, options: SocketOptions) -> SocketOpenError:
    with pytest.raises(SocketOpenError) as caught:
        async with connect_websocket(url, options):
            pytest.fail("connected")
    assert SECRET not in explained(caught.value)
    assert SECRET not in repr(caught.value.__dict__)
    return caught.value


# Tunnels


@asynchronous
@clean
async def test_a_tunnel(serve: Serve) -> None:
    server, between = serve(echo), serve(proxy)
    options = SocketOptions(proxy=f"http://127.0.0.1:{between.port}")
    async with connect_websocket(server.url, options) as socket:
        await socket.send(bytes(200_000))
        assert await socket.receive() == bytes(200_000)
    line, headers = await between.wait()
    assert line == f"CONNECT 127.0.0.1:{server.port} HTTP/1.1"
    assert headers["host"] == f"127.0.0.1:{server.port}"
    assert headers["user-agent"].startswith("fishjam-server-sdk/")
    assert "proxy-authorization" not in headers
    assert await server.wait() == (1000, "")


@asynchronous
@clean
async def test_a_secure_tunnel_with_credentials(
    serve: Serve, certificate: Callable[[str], ssl.SSLContext], trusting: ssl.SSLContext
) -> None:
    server = serve(echo, tls=certificate("localhost"), host="localhost")
    between = serve(proxy)
    options = SocketOptions(
        proxy=f"http://us%40er:p%40ss%2Fword%3F@localhost:{between.port}",
        ssl_context=trusting,
        headers={"Authorization": "Bearer for-the-server-alone"},
    )
    async with connect_websocket(server.url, options) as socket:
        await socket.send(b"hello")
        assert await socket.receive() == b"hello"
    line, headers = await between.wait()
    assert line == f"CONNECT localhost:{server.port} HTTP/1.1"
    pair = base64.b64encode(f"us@er:{SECRET}".encode()).decode()
    assert headers["proxy-authorization"] == f"Basic {pair}"
    assert "authorization" not in headers


@asynchronous
@clean
async def test_credentials_without_a_password(serve: Serve) -> None:
    server, between = serve(echo), serve(proxy)
    options = SocketOptions(proxy=f"http://user@127.0.0.1:{between.port}/")
    async with connect_websocket(server.url, options):
        _, headers = await between.wait()
    assert headers["proxy-authorization"] == f"Basic {base64.b64encode(b'user:').decode()}"


@asynchronous
@clean
async def test_the_server_refuses_behind_the_proxy(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer("403 Forbidden", body=b"not you")
        peer.read_until_end()

    options = SocketOptions(proxy=f"http://127.0.0.1:{serve(proxy).port}")
    error = await refused(serve(script).url, options)
    assert isinstance(error, HandshakeRefusedError)
    assert str(error) == "The server refused the connection: 403 Forbidden: not you"
    assert "the server answered 403 Forbidden" in explained(error)


@asynchronous
@clean
async def test_a_certificate_is_checked_behind_the_proxy(
    serve: Serve, certificate: Callable[[str], ssl.SSLContext], trusting: ssl.SSLContext
) -> None:
    server = serve(echo, tls=certificate("elsewhere.example"), host="localhost")
    options = SocketOptions(proxy=f"http://127.0.0.1:{serve(proxy).port}", ssl_context=trusting)
    error = await refused(server.url, options)
    assert isinstance(error, TlsError)


# Refusals


@asynchronous
@clean
@pytest.mark.parametrize("body", [b"", b"<html>who are you?</html>"])
async def test_the_proxy_wants_credentials(serve: Serve, body: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer("407 Proxy Authentication Required", body=body)
        peer.read_until_end()

    between = serve(script)
    error = await refused(
        "ws://server.example/x", SocketOptions(proxy=f"http://127.0.0.1:{between.port}")
    )
    assert isinstance(error, ProxyRefusedError)
    assert error.status_code == 407
    assert f"the proxy http://127.0.0.1:{between.port} answered 407" in explained(error)
    assert body.decode() in explained(error)
    assert "user name and password" in explained(error)


@asynchronous
@clean
async def test_a_proxy_that_repeats_the_credentials(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.answer("403 Forbidden", body=peer.read_request() + SECRET.encode())
        peer.read_until_end()

    url = f"http://user:p%40ss%2Fword%3F@127.0.0.1:{serve(script).port}"
    options = SocketOptions(proxy=url)
    assert SECRET not in repr(options)
    assert "p%40ss" not in repr(options)
    error = await refused("ws://server.example/x", options)
    assert "Proxy-Authorization: Basic ***" in explained(error)


@asynchronous
@clean
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "hung up without an answer"),
        (b"SSH-2.0-OpenSSH\r\n", "SSH-2.0"),
        (b"HTTP/1.1 200 OK\r\n\r\nand more", "more than its answer"),
    ],
)
async def test_a_proxy_that_is_none(serve: Serve, answer: bytes, said: str) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.write(answer)

    options = SocketOptions(proxy=f"http://127.0.0.1:{serve(script).port}")
    error = await refused("ws://server.example/x", options)
    assert type(error) is SocketOpenError
    assert "while asking the proxy" in explained(error)
    assert said in explained(error)


@asynchronous
@clean
async def test_a_proxy_that_resets(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.reset()

    options = SocketOptions(proxy=f"http://127.0.0.1:{serve(script).port}")
    error = await refused("ws://server.example/x", options)
    assert isinstance(error.__cause__, ConnectionResetError)


@asynchronous
@clean
async def test_a_proxy_that_says_nothing(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.read_until_end()
        peer.tell("gone")

    for limit in LIMITS:
        between = serve(script)
        options = SocketOptions(proxy=f"http://127.0.0.1:{between.port}", open_timeout=limit)
        with anyio.fail_after(limit + 15):
            error = await refused("ws://server.example/x", options)
        assert isinstance(error, SocketOpenTimeoutError)
        if "while asking the proxy" in explained(error):
            break
    assert "while asking the proxy" in explained(error)
    assert await between.wait() == "gone"


@asynchronous
@clean
async def test_a_proxy_where_nobody_listens() -> None:
    with sockets.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        options = SocketOptions(proxy=f"http://127.0.0.1:{port}")
        error = await refused("ws://server.example/x", options)
    assert f"while connecting to 127.0.0.1:{port}" in explained(error)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("socks5://127.0.0.1:1080", "A socks5 proxy is not supported"),
        ("socks5h://user:secret@127.0.0.1:1080", "A socks5h proxy is not supported"),
        ("https://127.0.0.1:3128", "A https proxy is not supported"),
        ("127.0.0.1:3128", "not supported"),
        ("", "not supported"),
        ("http://", "has no host"),
        ("http://host:99999", "cannot be read"),
        ("http://user:secret/x@host:3128", "cannot be read"),
        ("http://user:secret\u2100@host:1", "cannot be read"),
    ],
)
def test_proxies_that_cannot_be_used(url: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem) as caught:
        SocketOptions(proxy=url)
    assert "secret" not in explained(caught.value)


# The environment


@asynchronous
@clean
async def test_the_environment_names_a_proxy(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server, between = serve(echo), serve(proxy)
    url = f"ws://{ELSEWHERE}:{server.port}/"
    monkeypatch.setenv("HTTP_PROXY", f"127.0.0.1:{between.port}")
    assert SocketOptions().proxy is FROM_ENVIRONMENT
    async with connect_websocket(url) as socket:
        await socket.send(b"hello")
        assert await socket.receive() == b"hello"
    assert (await between.wait())[0] == f"CONNECT {ELSEWHERE}:{server.port} HTTP/1.1"


@asynchronous
@clean
async def test_this_machine_is_not_reached_through_a_proxy_of_the_environment(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, between = serve(echo), serve(proxy)
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{between.port}")
    async with connect_websocket(server.url):
        pass
    async with connect_websocket(server.url, SocketOptions(proxy=None)):
        pass
    assert between.news.empty()


@asynchronous
@clean
async def test_the_environment_names_a_socks_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    with pytest.raises(ConfigurationError, match="proxy=None"):
        async with connect_websocket(f"ws://{ELSEWHERE}/"):
            pytest.fail("connected")


def test_the_scheme_of_the_variable_is_that_of_the_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    assert str(proxy_from_environment(WebSocketUrl.of("wss://example.com/"))) == "http://proxy:1"
    assert proxy_from_environment(WebSocketUrl.of("ws://example.com/")) is None
