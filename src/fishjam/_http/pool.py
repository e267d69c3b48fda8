"""The HTTP client behind one or more SDK clients: whether it may be used, and by how many at once.

There is a limit in front of the HTTP library's own queue: httpcore (1.0) keeps the connections of
cancelled requests that waited in its queue as active, and is out of connections some time later.
So its pools have no limit, and nothing ever waits in them.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from typing import Any

import anyio
import anyio.lowlevel

from fishjam._concurrency.loop import blocks_a_debugged_loop
from fishjam._http.bodies import ResponseBody
from fishjam._http.library import (
    AsyncHttpClient,
    HttpClient,
    Library,
    checked_client,
    new_async_client,
    new_client,
    proxy_for,
)
from fishjam._http.signals import PoolTimeoutError, TotalTimeoutError
from fishjam._http.streams import deadline, time_left
from fishjam._http.timeouts import Timeouts
from fishjam._network.hosts import NO_PROXIES, EnvironmentProxies, EnvironmentProxy
from fishjam.errors import ClientClosedError, EventLoopError, ForkedClientError

_log = logging.getLogger("fishjam")

MAX_REQUESTS = 100
"""Requests under way at once over one pool; httpx takes as many by default."""

_LOOK_AGAIN = 1.0
"""Seconds after which a waiting thread looks by itself: a signal can swallow the notice to it."""


class Slots:
    """Slots for threads; a request that a signal interrupts wherever it is gives its own back."""

    def __init__(self, count: int = MAX_REQUESTS) -> None:
        self._count = count
        self._holders: set[object] = set()
        self._freed = threading.Condition()

    @contextmanager
    def slot(self, timeouts: Timeouts | None) -> Iterator[None]:
        """Hold a slot for the block; raises `PoolTimeoutError`."""
        holder = object()
        try:
            self._take(holder, None if timeouts is None else timeouts.pool)
            yield
        finally:
            # One call of a C function, and no harm in doing it twice: it cannot be half done.
            self._holders.discard(holder)
            with self._freed:
                self._freed.notify()

    def _take(self, holder: object, seconds: float | None) -> None:
        end = math.inf if seconds is None else time.monotonic() + seconds
        with self._freed:
            while len(self._holders) >= self._count:
                left = end - time.monotonic()
                if left <= 0:
                    raise PoolTimeoutError
                self._freed.wait(time_left(min(left, _LOOK_AGAIN)))
            self._holders.add(holder)


class AsyncSlots:
    """Slots for the tasks of one event loop."""

    def __init__(self, count: int = MAX_REQUESTS) -> None:
        self._limiter = anyio.CapacityLimiter(count)

    @asynccontextmanager
    async def slot(self, timeouts: Timeouts | None) -> AsyncIterator[None]:
        """Hold a slot for the block; raises `PoolTimeoutError`."""
        # An object and not the task: a task may have several requests under way.
        holder = object()
        with anyio.move_on_after(None if timeouts is None else timeouts.pool) as waiting:
            await self._limiter.acquire_on_behalf_of(holder)
        if waiting.cancelled_caught:
            raise PoolTimeoutError
        try:
            yield
        finally:
            self._limiter.release_on_behalf_of(holder)


class Connections:
    """The connections of one process."""

    def __init__(self, http: HttpClient, slots: Slots | None) -> None:
        self.http = http
        library = Library(http)
        self.errors = library.errors
        """What a request raises that gets no answer."""
        self.invalid_url = library.invalid_url
        self._slots = slots

    def deadline(self, timeouts: Timeouts | None) -> AbstractContextManager[None]:
        """Give the block the time of one try; raises `TotalTimeoutError`."""
        return deadline(None if timeouts is None else timeouts.total)

    @contextmanager
    def response(
        self, request: Any, timeouts: Timeouts | None, *, follow_redirects: bool
    ) -> Iterator[Any]:
        """Send a request, and hold its response for the block, unread as yet."""
        _limit(request, timeouts)
        with nullcontext() if self._slots is None else self._slots.slot(timeouts):
            # A client of the user's own may have credentials and follow redirects: the one would
            # replace the token, the other could take it to another server.
            response = self.http.send(
                request, stream=True, auth=None, follow_redirects=follow_redirects
            )
            try:
                yield response
            finally:
                response.close()

    def pieces(self, pieces: Iterator[bytes]) -> AbstractContextManager[Iterator[bytes]]:
        """Hold the pieces of a body for a block that may leave before the last one."""
        return nullcontext(pieces)

    def read(self, response: Any, body: ResponseBody) -> bytes:
        """Return the content of a response, decoded."""
        if response.is_stream_consumed:
            # Doubles of tests come so, and so does what a hook of the user's client has read.
            return body.whole(response.content)
        for piece in response.iter_raw():
            # A client of the user's own does not keep to the deadline.
            time_left(None)
            body.add(piece)
        return body.end()


class Pool:
    """Connections for threads. An HTTP client of the user's own is never closed.

    Args:
        http: the HTTP client of the user's own, if there is one.
        url: where requests will go, to find out now whether the proxy on the way can be used.
    """

    def __init__(self, http: HttpClient | None, url: str) -> None:
        self._given = http
        self._proxies = NO_PROXIES if http is not None else EnvironmentProxies.read()
        if http is not None:
            checked_client(http, "Client")
        proxy_for(self._proxies, url)
        # Another process gets connections of its own, and leaves those of its parent as they are.
        # A dictionary needs no lock, which another thread might hold at the moment of a fork.
        self._connections: dict[int, Connections] = {}
        self.closed = False
        self._hinted = False

    def open(self, method: str) -> Connections:
        """Return the connections of this process.

        While a program is debugged, the first call that blocks an event loop is logged; `method`
        names it.

        Raises `ClientClosedError` or `ForkedClientError`.
        """
        connections = self._connections.get(os.getpid()) or self._connect()
        if self.closed or connections.http.is_closed:
            raise closed_error()
        if not self._hinted and blocks_a_debugged_loop():
            self._hinted = True
            _log.warning(
                "%s blocks the event loop of this thread: everything else on it waits for the "
                "answer. Use the async client, AsyncFishjamClient or AsyncCompositionClient, or "
                "call the method in a thread, for example with asyncio.to_thread.",
                method,
            )
        return connections

    def _connect(self) -> Connections:
        if self.closed:
            raise closed_error()
        if self._given is None:
            made = Connections(new_client(self._proxies), Slots())
        elif self._connections:
            raise _forked()
        else:
            made = Connections(self._given, None)
        # Two threads may get here at once: the first one's stay.
        return self._connections.setdefault(os.getpid(), made)

    def proxy(self, url: str) -> EnvironmentProxy | None:
        """Return the proxy on the way to a URL, as far as it is the environment that names it."""
        return proxy_for(self._proxies, url)

    def close(self) -> None:
        """Close the connections; doing so again does nothing."""
        self.closed = True
        connections = self._connections.get(os.getpid())
        if self._given is None and connections is not None:
            connections.http.close()


class AsyncConnections:
    """The connections of one event loop of one process."""

    def __init__(self, http: AsyncHttpClient, slots: AsyncSlots | None) -> None:
        self.http = http
        library = Library(http)
        self.errors = library.errors
        """What a request raises that gets no answer."""
        self.invalid_url = library.invalid_url
        self._slots = slots
        self._loop: object | None = None

    def check_loop(self) -> None:
        """Raise `EventLoopError` on another loop than the first one."""
        loop = anyio.lowlevel.current_token()
        # The first call decides, because a client may be made before any loop runs.
        if self._loop is None:
            self._loop = loop
        elif self._loop != loop:
            raise EventLoopError(
                "This client was first used on another event loop, and its connections belong to "
                "that loop. Make one client for each loop (each asyncio.run or trio.run)."
            )

    @contextmanager
    def deadline(self, timeouts: Timeouts | None) -> Iterator[None]:
        """Give the block the time of one try; raises `TotalTimeoutError`."""
        with anyio.move_on_after(None if timeouts is None else timeouts.total) as scope:
            yield
        if scope.cancelled_caught:
            raise TotalTimeoutError

    @asynccontextmanager
    async def response(
        self, request: Any, timeouts: Timeouts | None, *, follow_redirects: bool
    ) -> AsyncIterator[Any]:
        """Send a request, and hold its response for the block, unread as yet."""
        _limit(request, timeouts)
        async with nullcontext() if self._slots is None else self._slots.slot(timeouts):
            response = await self.http.send(
                request, stream=True, auth=None, follow_redirects=follow_redirects
            )
            try:
                yield response
            finally:
                await response.aclose()

    async def read(self, response: Any, body: ResponseBody) -> bytes:
        """Return the content of a response, decoded."""
        if response.is_stream_consumed:
            return body.whole(response.content)
        async with self.pieces(response.aiter_raw()) as pieces:
            async for piece in pieces:
                body.add(piece)
        return body.end()

    @asynccontextmanager
    async def pieces(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Hold the pieces of a body for a block that may leave before the last one.

        The library reads with generators inside of generators. Those that are simply left to the
        garbage collector make trio warn; a wait for the network that is cancelled ends them all.
        """
        try:
            yield pieces
        finally:
            with anyio.CancelScope() as scope:
                scope.cancel()
                async for _ in pieces:
                    """What has come already."""


class AsyncPool:
    """Connections for tasks of one event loop. A client of the user's own is never closed.

    Args:
        http: the HTTP client of the user's own, if there is one.
        url: where requests will go, to find out now whether the proxy on the way can be used.
    """

    def __init__(self, http: AsyncHttpClient | None, url: str) -> None:
        self._given = http
        self._proxies = NO_PROXIES if http is not None else EnvironmentProxies.read()
        if http is not None:
            checked_client(http, "AsyncClient")
        proxy_for(self._proxies, url)
        self._connections: dict[int, AsyncConnections] = {}
        self.closed = False

    def open(self, method: str) -> AsyncConnections:
        """Return the connections of this process; `method` is for the sync twin.

        Raises `ClientClosedError`, `ForkedClientError`, or `EventLoopError` on another loop than
        the first one.
        """
        connections = self._connections.get(os.getpid()) or self._connect()
        if self.closed or connections.http.is_closed:
            raise closed_error()
        connections.check_loop()
        return connections

    def _connect(self) -> AsyncConnections:
        if self.closed:
            raise closed_error()
        if self._given is None:
            made = AsyncConnections(new_async_client(self._proxies), AsyncSlots())
        elif self._connections:
            raise _forked()
        else:
            made = AsyncConnections(self._given, None)
        return self._connections.setdefault(os.getpid(), made)

    def proxy(self, url: str) -> EnvironmentProxy | None:
        """Return the proxy on the way to a URL, as far as it is the environment that names it."""
        return proxy_for(self._proxies, url)

    async def aclose(self) -> None:
        """Close the connections; doing so again does nothing."""
        if self.closed:
            return
        connections = self._connections.get(os.getpid())
        if self._given is not None or connections is None:
            self.closed = True
            return
        # Checked first: on another loop closing would fail half way, the client marked as closed.
        connections.check_loop()
        self.closed = True
        await connections.http.aclose()


def _limit(request: Any, timeouts: Timeouts | None) -> None:
    # As httpx and httpx2 do it, whose own `Timeout` the other one does not take.
    if timeouts is not None:
        request.extensions["timeout"] = timeouts.phases


def closed_error() -> ClientClosedError:
    """Return the error for a client that was closed."""
    return ClientClosedError("This client was closed; make a new one, or close it later.")


def _forked() -> ForkedClientError:
    return ForkedClientError(
        "This client was used before the process forked, and its http_client is your own: its "
        "connections belong to the parent process. Make the client after the fork, or leave "
        "http_client out: then each process has connections of its own."
    )
