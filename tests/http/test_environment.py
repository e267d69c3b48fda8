"""What the environment says of proxies and certificates, and what REST calls make of it."""

from __future__ import annotations

import ssl
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anyio
import pytest
import trustme

from fishjam import (
    AsyncCompositionClient,
    AsyncFishjamClient,
    CompositionClient,
    FishjamClient,
    errors,
)
from fishjam._core.notes import explained
from tests.support.clients import TOKEN, World
from tests.support.http_server import Close, Reply, ScriptedServer, refusing_port

ELSEWHERE = "http://fishjam.example"
EMPTY = Reply(200, {"data": []})
INSECURE = pytest.mark.filterwarnings("ignore::fishjam.errors.InsecureUrlWarning")


@INSECURE
@pytest.mark.anyio
async def test_a_proxy_serves(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(otherwise=EMPTY) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://user:hunter2@127.0.0.1:{proxy.port}")
        async with world.client(ELSEWHERE) as client:
            for _ in range(2):
                assert await client.get_all_rooms() == []
    assert proxy.targets == [f"{ELSEWHERE}/room"] * 2
    assert proxy.requests[0].header("proxy-authorization") == "Basic dXNlcjpodW50ZXIy"
    assert proxy.connections == 1


@INSECURE
@pytest.mark.anyio
async def test_errors_name_the_proxy(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Reply(503, "<html>blocked by policy</html>")
    with ScriptedServer(page, Close()) as proxy:
        monkeypatch.setenv("http_proxy", f"user:hunter2@127.0.0.1:{proxy.port}")
        async with world.client(ELSEWHERE, retry=None) as client:
            for kind in (errors.ServiceUnavailableError, errors.FishjamConnectionError):
                with pytest.raises(kind) as caught:
                    await client.get_all_rooms()
                explanation = explained(caught.value)
                assert (
                    f"through the proxy http://127.0.0.1:{proxy.port} (http_proxy)." in explanation
                )
                assert str(proxy.port) not in str(caught.value)
                assert "hunter2" not in explanation


@pytest.mark.anyio
async def test_this_machine_is_reached_directly(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedServer(otherwise=EMPTY) as server, ScriptedServer() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        for host in ("127.0.0.1", "localhost"):
            async with world.client(f"http://{host}:{server.port}", retry=None) as client:
                assert await client.get_all_rooms() == []
        with refusing_port() as port:
            async with world.client(f"http://127.0.0.1:{port}", retry=None) as client:
                with pytest.raises(errors.FishjamConnectionError) as caught:
                    await client.get_all_rooms()
    assert "proxy" not in explained(caught.value)
    assert proxy.connections == 0


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("socks5://127.0.0.1:1080", "httpx[socks]"),
        ("socks5h://127.0.0.1:1080", "httpx[socks]"),
        ("socks://127.0.0.1:1080", "socks proxy, which is not supported"),
        ("ftp://127.0.0.1:1080", "ftp proxy, which is not supported"),
        ("proxy:http", "cannot be read"),
        ("http://user:hunter2/x@proxy.example:3128", "cannot be read"),
    ],
)
@pytest.mark.parametrize("variable", ["ALL_PROXY", "https_proxy"])
def test_a_proxy_that_cannot_be_used(
    url: str, problem: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv(variable, url)
    makers: list[Callable[[], object]] = [
        lambda: FishjamClient("abc", TOKEN),
        lambda: AsyncFishjamClient("abc", TOKEN),
        lambda: CompositionClient(TOKEN),
        lambda: AsyncCompositionClient(TOKEN),
    ]
    for make in makers:
        with pytest.raises(errors.ConfigurationError) as caught:
            make()
        assert str(caught.value).startswith(variable)
        assert problem in str(caught.value)
        assert "hunter2" not in str(caught.value)


def test_a_proxy_that_is_not_needed_may_be_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "proxy:http")
    FishjamClient("abc", TOKEN).close()
    FishjamClient("http://localhost:5002", TOKEN).close()


@pytest.mark.anyio
async def test_a_proxy_over_tls(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv("HTTPS_PROXY", "https://localhost:1")
    async with world.client("https://fishjam.example", retry=None) as client:
        with pytest.raises(errors.FishjamConnectionError) as caught:
            await client.get_all_rooms()
    assert "proxy https://localhost:1 (HTTPS_PROXY)" in explained(caught.value)


@pytest.mark.anyio
async def test_certificates_that_are_not_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    with refusing_port() as port:
        async with world.client(f"https://127.0.0.1:{port}", retry=None) as client:
            with pytest.raises(errors.ConfigurationError, match=r"SSL_CERT_FILE=/nowhere/ca\.pem"):
                await client.get_all_rooms()
        # No TLS is spoken there, so nothing is read.
        async with world.client(f"http://127.0.0.1:{port}", retry=None) as client:
            with pytest.raises(errors.FishjamConnectionError):
                await client.get_all_rooms()


@pytest.mark.anyio
@pytest.mark.parametrize("world", ["asyncio", "trio"], indirect=True)
async def test_certificates_are_read_once_and_not_on_the_loop(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    threads: list[int] = []
    load = ssl.SSLContext.load_verify_locations

    def loading(self: ssl.SSLContext, *args: Any, **options: Any) -> None:
        threads.append(threading.get_ident())
        load(self, *args, **options)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", loading)

    async def call(port: int) -> None:
        async with AsyncFishjamClient(f"https://localhost:{port}", TOKEN, retry=None) as client:
            with pytest.raises(errors.FishjamConnectionError):
                await client.get_all_rooms()

    with refusing_port() as port:
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(call, port)
    assert len(threads) == 1
    assert threading.get_ident() not in threads


class OneRoom(BaseHTTPRequestHandler):
    """Answers every request with an empty list."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "11")
        self.end_headers()
        self.wfile.write(b'{"data":[]}')

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@pytest.mark.anyio
async def test_over_tls(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(context)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with ThreadingHTTPServer(("127.0.0.1", 0), OneRoom) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            async with world.client(
                f"https://localhost:{server.server_port}", timeout=30
            ) as client:
                for _ in range(2):
                    assert await client.get_all_rooms() == []
        finally:
            server.shutdown()
            thread.join()
