"""Secure connections: what is trusted, and what is said when trust fails."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from fishjam._core.notes import explained
from fishjam._websocket._signals import SocketEndedError
from fishjam._websocket.connection import connect_websocket
from fishjam._websocket.options import SocketOptions
from fishjam.errors import SocketBrokenError, SocketOpenError, SocketOpenTimeoutError, TlsError
from tests.support.websocket_server import Peer, Server, echo
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]

Certificate = Callable[[str], ssl.SSLContext]


@pytest.fixture
def secure(serve: Serve, certificate: Certificate) -> Server:
    return serve(echo, tls=certificate("localhost"), host="localhost")


async def refused(url: str, options: SocketOptions | None = None) -> SocketOpenError:
    with pytest.raises(SocketOpenError) as caught:
        async with connect_websocket(url, options):
            pytest.fail("connected")
    assert f"while speaking TLS with {url.split('/')[2]}" in explained(caught.value)
    return caught.value


async def test_a_context_of_ones_own(secure: Server, trusting: ssl.SSLContext) -> None:
    async with connect_websocket(secure.url, SocketOptions(ssl_context=trusting)) as socket:
        for size in (0, 10, 100_000):
            await socket.send(bytes(size))
            assert await socket.receive() == bytes(size)
    assert await secure.wait() == (1000, "")


async def test_a_context_of_a_class_of_ones_own(secure: Server, authority_file: str) -> None:
    """It is asked by its methods, in which truststore, for example, does its part."""
    asked = []

    class Context(ssl.SSLContext):
        def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
            asked.append(options)
            return super().wrap_bio(*args, **options)

    context = Context(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority_file)
    async with connect_websocket(secure.url, SocketOptions(ssl_context=context)) as socket:
        await socket.send(b"hello")
        assert await socket.receive() == b"hello"
    assert len(asked) == 1


async def test_an_address_as_the_name(
    serve: Serve, certificate: Certificate, trusting: ssl.SSLContext
) -> None:
    server = serve(echo, tls=certificate("127.0.0.1"))
    async with connect_websocket(server.url, SocketOptions(ssl_context=trusting)) as socket:
        await socket.send(b"hello")
        assert await socket.receive() == b"hello"


async def test_by_default_what_httpx_trusts_is_trusted(
    secure: Server, authority_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", authority_file)
    async with connect_websocket(secure.url) as socket:
        await socket.send(b"hello")
        assert await socket.receive() == b"hello"


async def test_an_authority_that_is_not_trusted(secure: Server) -> None:
    error = await refused(secure.url)
    assert isinstance(error, TlsError)
    assert "CERTIFICATE_VERIFY_FAILED" in explained(error)
    assert "`ssl_context`" in explained(error)
    assert isinstance(error.__cause__, ssl.SSLCertVerificationError)


async def test_a_certificate_for_another_name(
    serve: Serve, certificate: Certificate, trusting: ssl.SSLContext
) -> None:
    server = serve(echo, tls=certificate("elsewhere.example"), host="localhost")
    error = await refused(server.url, SocketOptions(ssl_context=trusting))
    assert isinstance(error, TlsError)
    assert "CERTIFICATE_VERIFY_FAILED" in explained(error)


async def test_a_server_that_speaks_no_tls(serve: Serve, trusting: ssl.SSLContext) -> None:
    def script(peer: Peer) -> None:
        peer.read(1)
        peer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        peer.read_until_end()

    url = f"wss://127.0.0.1:{serve(script).port}/"
    error = await refused(url, SocketOptions(ssl_context=trusting))
    assert isinstance(error, TlsError)


@pytest.mark.parametrize("reset", [False, True])
async def test_a_server_that_hangs_up(serve: Serve, trusting: ssl.SSLContext, reset: bool) -> None:
    def script(peer: Peer) -> None:
        peer.read(1)
        peer.reset() if reset else peer.hang_up()

    url = f"wss://127.0.0.1:{serve(script).port}/"
    error = await refused(url, SocketOptions(ssl_context=trusting))
    assert isinstance(error.__cause__, OSError)


async def test_a_server_that_says_nothing(serve: Serve, trusting: ssl.SSLContext) -> None:
    def script(peer: Peer) -> None:
        peer.read_until_end()
        peer.tell("gone")

    server = serve(script)
    options = SocketOptions(ssl_context=trusting, open_timeout=0.2)
    with anyio.fail_after(15):
        error = await refused(f"wss://127.0.0.1:{server.port}/", options)
    assert isinstance(error, SocketOpenTimeoutError)
    assert await server.wait() == "gone"


async def test_plain_connections_need_no_context(serve: Serve, trusting: ssl.SSLContext) -> None:
    options = SocketOptions(ssl_context=trusting)
    async with connect_websocket(serve(echo).url, options) as socket:
        await socket.send(b"hello")
        assert await socket.receive() == b"hello"


@pytest.mark.parametrize("how", ["in order", "hang up", "reset"])
async def test_the_ends_of_secure_connections(
    serve: Serve, certificate: Certificate, trusting: ssl.SSLContext, how: str
) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.send(b"last words")
        if how == "in order":
            peer.close(1000, "bye")
            peer.read_close()
        elif how == "reset":
            peer.read(1)
            peer.reset()

    server = serve(script, tls=certificate("localhost"), host="localhost")
    options = SocketOptions(ssl_context=trusting, close_timeout=1)
    async with connect_websocket(server.url, options) as socket:
        assert await socket.receive() == b"last words"
        if how == "reset":
            await socket.send(b"x")
        error = SocketEndedError if how == "in order" else SocketBrokenError
        with pytest.raises(error) as caught:
            await socket.receive()
        assert getattr(caught.value, "code", None) == (1000 if how == "in order" else 1006)


async def test_leaving_is_not_held_up_by_a_silent_server(
    serve: Serve, certificate: Certificate, trusting: ssl.SSLContext
) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell(peer.read_close())
        peer.read_until_end()
        peer.tell("gone")

    server = serve(script, tls=certificate("localhost"), host="localhost")
    options = SocketOptions(ssl_context=trusting, close_timeout=0.2)
    with anyio.fail_after(15):
        async with connect_websocket(server.url, options):
            pass
    assert await server.wait() == (1000, "")
    assert await server.wait() == "gone"
