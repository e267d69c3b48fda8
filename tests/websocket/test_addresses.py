"""A name with several addresses: one that is dead does not keep the others from being used."""

from __future__ import annotations

import socket
import time

import anyio
import pytest

from fishjam._core.notes import explained
from fishjam._websocket.connection import connect_websocket
from fishjam._websocket.options import SocketOptions
from fishjam.errors import SocketOpenError
from tests.support.addresses import NAME, resolve
from tests.support.websocket_server import echo
from tests.websocket.conftest import Serve
from tests.websocket.test_proxy import proxy

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]


async def test_the_first_address_is_silent(
    serve: Serve, full_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(echo)
    resolve(monkeypatch, ("127.0.0.1", full_port), ("127.0.0.1", server.port))
    before = time.monotonic()
    async with connect_websocket(f"ws://{NAME}/", SocketOptions(open_timeout=None)) as ws:
        assert time.monotonic() - before < 15
        await ws.send(b"hello")
        assert await ws.receive() == b"hello"


async def test_the_first_address_of_the_proxy_is_silent(
    serve: Serve, full_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, between = serve(echo), serve(proxy)
    resolve(monkeypatch, ("127.0.0.1", full_port), ("127.0.0.1", between.port))
    options = SocketOptions(proxy=f"http://{NAME}", open_timeout=None)
    before = time.monotonic()
    async with connect_websocket(server.url, options) as ws:
        assert time.monotonic() - before < 15
        await ws.send(b"hello")
        assert await ws.receive() == b"hello"


async def test_the_first_addresses_refuse(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(echo)
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        # So many that the head starts of all would be a long time also for a busy machine.
        refusing = [sock.getsockname()] * 100
        resolve(monkeypatch, *refusing, ("127.0.0.1", server.port))
        before = time.monotonic()
        async with connect_websocket(f"ws://{NAME}/", SocketOptions(open_timeout=None)):
            # The next one is tried at once, and not only after the head start.
            assert time.monotonic() - before < 15


async def test_an_address_of_the_other_family_comes_second(
    full_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind many silent addresses of one family it would wait for long."""
    silent = [("127.0.0.1", full_port)] * 200
    with socket.socket(socket.AF_INET6) as sock:
        sock.bind(("::1", 0))
        sock.listen()
        sock.settimeout(15)
        resolve(monkeypatch, *silent, ("::1", sock.getsockname()[1]))

        async def connect() -> None:
            async with connect_websocket(f"ws://{NAME}/", SocketOptions(open_timeout=None)):
                pytest.fail("connected")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(connect)
            connection, _ = await anyio.to_thread.run_sync(sock.accept)
            connection.close()
            tasks.cancel_scope.cancel()


async def test_all_addresses_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        resolve(monkeypatch, one.getsockname(), two.getsockname())
        with pytest.raises(SocketOpenError) as caught:
            async with connect_websocket(f"ws://{NAME}/"):
                pytest.fail("connected")
    assert "ConnectionRefusedError" in explained(caught.value)
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)


async def test_cancelled_while_several_are_tried(
    full_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve(monkeypatch, *[("127.0.0.1", full_port)] * 5)
    with anyio.move_on_after(0.6) as scope:
        async with connect_websocket(f"ws://{NAME}/"):
            pytest.fail("connected")
    assert scope.cancelled_caught
