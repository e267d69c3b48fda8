"""The kinds of clients: the sync one, and the async one on each event loop.

A test is a coroutine that awaits the client's methods. The sync client stands behind an adapter
that calls it in a thread, so that one test covers both twins.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import anyio.lowlevel
import certifi
import httpx
import pytest
from anyio import to_thread

from fishjam import AsyncFishjamClient, FishjamClient
from fishjam._http._async import AsyncTransport
from fishjam._http._sync import Transport
from fishjam._http.pool import AsyncPool, Pool
from fishjam._http.settings import Settings
from tests.support.loops import LOOPS

TOKEN = "management-token-0123456789"

# trio tells of asynchronous generators that httpx itself leaves behind when a body breaks off.
LEFT_BY_HTTPX = pytest.mark.filterwarnings(
    r"ignore:Async generator 'httpx\..* was garbage collected:ResourceWarning"
)


class ManualClock:
    """A clock that stands still, and jumps to the moment that somebody waits for."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.time

    def jump(self, moment: float) -> None:
        self.waits.append(round(moment - self.time, 9))
        self.time = moment


class ThreadClock(ManualClock):
    def sleep_until(self, moment: float) -> None:
        self.jump(moment)


class TaskClock(ManualClock):
    async def sleep_until(self, moment: float) -> None:
        await anyio.lowlevel.checkpoint()
        self.jump(moment)


class Blocking:
    """The synchronous twin of an object, to be awaited like the asynchronous one."""

    def __init__(self, value: Any, twin: type) -> None:
        self._value = value
        self._twin = twin

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._value, {"aclose": "close"}.get(name, name))
        if name in {"with_options", "derive"}:
            return lambda *args, **options: Blocking(value(*args, **options), self._twin)
        if inspect.iscoroutinefunction(getattr(self._twin, name, None)):
            return _awaitable(value)
        return value

    def __repr__(self) -> str:
        return repr(self._value)

    async def __aenter__(self) -> Blocking:
        self._value.__enter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        self._value.__exit__(*error)


def _awaitable(function: Callable[..., Any]) -> Callable[..., Any]:
    async def call(*args: Any, **options: Any) -> Any:
        return await to_thread.run_sync(partial(function, *args, **options))

    return call


class World:
    """Makes clients and transports of one world."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_sync = name == "sync"
        self.client_class: Any = FishjamClient if self.is_sync else AsyncFishjamClient

    def client(
        self, fishjam_id: str, management_token: str = TOKEN, **options: Any
    ) -> AsyncFishjamClient:
        return self.adapt(self.client_class(fishjam_id, management_token, **options))

    def adapt(self, client: Any) -> AsyncFishjamClient:
        """Give a client of this world the looks of the asynchronous one."""
        return cast(
            AsyncFishjamClient, Blocking(client, AsyncFishjamClient) if self.is_sync else client
        )

    async def create_and_verify(self, **options: Any) -> AsyncFishjamClient:
        if self.is_sync:
            verified = partial(FishjamClient.create_and_verify, **options)
            return self.adapt(await to_thread.run_sync(verified))
        return await AsyncFishjamClient.create_and_verify(**options)

    def new_http(self, **options: Any) -> Any:
        """Make an HTTP client of the user's own; to be closed by `http` or `close_http`."""
        return httpx.Client(**options) if self.is_sync else httpx.AsyncClient(**options)

    async def close_http(self, http: Any) -> None:
        if self.is_sync:
            http.close()
        else:
            await http.aclose()

    @asynccontextmanager
    async def http(self, **options: Any) -> AsyncIterator[Any]:
        http = self.new_http(**options)
        try:
            yield http
        finally:
            await self.close_http(http)

    @asynccontextmanager
    async def transport(
        self, settings: Settings, **options: Any
    ) -> AsyncIterator[tuple[AsyncTransport, ManualClock]]:
        """Open a transport whose clock is held by the test."""
        url = settings.address.base_url
        async with self.http(**options) as http:
            if self.is_sync:
                clock = ThreadClock()
                sync = Transport(settings, Pool(http, url), clock)
                yield cast(AsyncTransport, Blocking(sync, AsyncTransport)), clock
            else:
                tasks = TaskClock()
                yield AsyncTransport(settings, AsyncPool(http, url), tasks), tasks


@pytest.fixture(scope="session")
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Keep one certificate authority of many: reading all takes longer than most tests."""
    everything = Path(certifi.where()).read_text("utf-8")
    path = tmp_path_factory.mktemp("authority") / "one.pem"
    end = "-----END CERTIFICATE-----"
    path.write_text(everything.partition(end)[0] + end + "\n", "utf-8")
    return str(path)


@pytest.fixture(autouse=True)
def few_authorities(
    one_authority: str, clean_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", one_authority)


@pytest.fixture(params=["sync", *LOOPS])
def world(request: pytest.FixtureRequest) -> World:
    return World(str(request.param))


@pytest.fixture
def anyio_backend(world: World) -> Any:
    return LOOPS.get(world.name, "asyncio")
