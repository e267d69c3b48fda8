"""Which library makes the WebSockets on asyncio: the fastest there is, or the one of choice."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

import pytest

import fishjam._websocket
from fishjam._websocket import _asyncio
from fishjam._websocket.connection import connect_websocket
from fishjam._websocket.options import ENGINE_VARIABLE, Engine, SocketOptions
from fishjam.errors import ConfigurationError, MissingExtraError
from tests.support.websocket_server import echo
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]
only_asyncio = pytest.mark.parametrize("anyio_backend", ["asyncio"])


@pytest.fixture
def no_picows(monkeypatch: pytest.MonkeyPatch) -> Any:
    """An environment without the extra `speedups`."""
    name = "fishjam._websocket._asyncio_picows"
    monkeypatch.setitem(sys.modules, "picows", None)
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.delattr(fishjam._websocket, "_asyncio_picows", raising=False)
    _asyncio._picows.cache_clear()
    yield
    _asyncio._picows.cache_clear()


async def library_of(serve: Serve, engine: Engine | None) -> str:
    """Connect, see that it works, and return the name of what makes the frames."""
    async with connect_websocket(serve(echo).url, SocketOptions(engine=engine)) as socket:
        await socket.send(b"hello")
        assert await socket.receive() == b"hello"
        connection: Any = socket._connection
        return type(connection._connection).__name__.removesuffix("Framing").lower()


CHOICES = [(None, "websockets", "websockets"), ("websockets", "picows", "websockets")]
if find_spec("picows") is not None:
    CHOICES += [
        (None, "", "picows"),
        (None, "picows", "picows"),
        ("picows", "websockets", "picows"),
    ]


@only_asyncio
@pytest.mark.parametrize(("option", "variable", "library"), CHOICES)
async def test_the_choice(
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
    option: Engine | None,
    variable: str,
    library: str,
) -> None:
    monkeypatch.setenv(ENGINE_VARIABLE, variable)
    assert await library_of(serve, option) == library


@only_asyncio
@pytest.mark.usefixtures("no_picows")
async def test_without_the_extra(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENGINE_VARIABLE, raising=False)
    assert await library_of(serve, None) == "websockets"
    with pytest.raises(MissingExtraError, match=r'pip install "fishjam-server-sdk\[speedups\]"'):
        await library_of(serve, "picows")


@pytest.mark.parametrize("anyio_backend", ["trio"])
async def test_on_trio_there_is_no_choice(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENGINE_VARIABLE, "nonsense")
    async with connect_websocket(serve(echo).url, SocketOptions(engine="picows")) as socket:
        assert socket.close_code is None


@only_asyncio
async def test_a_library_that_is_not_known(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="engine='wsproto': use one of"):
        SocketOptions(engine="wsproto")  # type: ignore[arg-type]
    monkeypatch.setenv(ENGINE_VARIABLE, "wsproto")
    with pytest.raises(ConfigurationError, match=f"{ENGINE_VARIABLE}=wsproto: use one of"):
        await library_of(serve, None)
