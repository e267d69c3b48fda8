"""The HTTP client behind one or more SDK clients, and whether it may still be used."""

from __future__ import annotations

import logging

import anyio.lowlevel
import httpx

from fishjam._concurrency.loop import blocks_a_debugged_loop
from fishjam.errors import ClientClosedError, EventLoopError

_log = logging.getLogger("fishjam")


def _closed() -> ClientClosedError:
    return ClientClosedError("This client was closed; make a new one, or close it later.")


class Pool:
    """Connections for threads. An HTTP client of the user's own is never closed."""

    def __init__(self, http: httpx.Client | None) -> None:
        if http is not None and not isinstance(http, httpx.Client):
            raise TypeError(f"http_client must be a httpx.Client, not {type(http).__name__}")
        self.owned = http is None
        self.http = httpx.Client() if http is None else http
        self.closed = False
        self._hinted = False

    def check(self, method: str) -> None:
        """Raise `ClientClosedError` when it must not be used any more.

        While a program is debugged, the first call that blocks an event loop is logged; `method`
        names it.
        """
        if self.closed or self.http.is_closed:
            raise _closed()
        if not self._hinted and blocks_a_debugged_loop():
            self._hinted = True
            _log.warning(
                "%s blocks the event loop of this thread: everything else on it waits for the "
                "answer. Use the async client, AsyncFishjamClient or AsyncCompositionClient, or "
                "call the method in a thread, for example with asyncio.to_thread.",
                method,
            )

    def close(self) -> None:
        """Close the connections; doing so again does nothing."""
        if not self.closed:
            self.closed = True
            if self.owned:
                self.http.close()


class AsyncPool:
    """Connections for tasks of one event loop. A client of the user's own is never closed."""

    def __init__(self, http: httpx.AsyncClient | None) -> None:
        if http is not None and not isinstance(http, httpx.AsyncClient):
            raise TypeError(f"http_client must be a httpx.AsyncClient, not {type(http).__name__}")
        self.owned = http is None
        self.http = httpx.AsyncClient() if http is None else http
        self.closed = False
        self._loop: object | None = None

    def check(self, method: str) -> None:
        """Raise `ClientClosedError`, or `EventLoopError` on another loop than the first one."""
        if self.closed or self.http.is_closed:
            raise _closed()
        self._check_loop()

    async def aclose(self) -> None:
        """Close the connections; doing so again does nothing."""
        if self.closed:
            return
        if self.owned:
            self._check_loop()
        self.closed = True
        if self.owned:
            await self.http.aclose()

    def _check_loop(self) -> None:
        loop = anyio.lowlevel.current_token()
        if self._loop is None:
            self._loop = loop
        elif self._loop != loop:
            raise EventLoopError(
                "This client was first used on another event loop, and its connections belong to "
                "that loop. Make one client for each loop (each asyncio.run or trio.run)."
            )
