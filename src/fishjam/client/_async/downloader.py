"""Downloads files from any server, piece by piece, onto the disk."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from fishjam._core.redaction import redact_headers
from fishjam._http._async import AsyncTransport
from fishjam._http.bodies import StreamDecoder, coding_of
from fishjam._http.failures import failure_of, redact_errors
from fishjam._http.pool import AsyncConnections, closed_error
from fishjam._http.responses import ApiResponse, Failure
from fishjam.client._downloads import OPERATION, Download
from fishjam.client._partial_file import AsyncPartialFile
from fishjam.clock._system import AsyncSystemClock

_log = logging.getLogger("fishjam")


class AsyncDownloader:
    """Fetches files over the connections of a client, without its token."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport
        self._clock = AsyncSystemClock()

    async def fetch(self, download: Download) -> None:
        """Fetch one file, on from where a connection broke, and leave nothing of it on failure."""
        attempt = best = 0
        async with AsyncPartialFile(download.target.path) as file:
            while True:
                attempt += 1
                outcome = await self._try(download, file)
                if outcome is None:
                    return await file.finish()
                # Only new bytes count: a server that always breaks at the same place is given up.
                if download.done > best:
                    attempt, best = 1, download.done
                delay = download.delay(self._transport.settings.retry, outcome, attempt)
                if delay is None:
                    raise download.error(outcome)
                _log.debug("%s: going on in %.2f s", download.shown_url, delay)
                await self._clock.sleep_until(self._clock.now() + delay)

    async def _try(
        self, download: Download, file: AsyncPartialFile
    ) -> ApiResponse | Failure | None:
        """Try once, and return None if the file is whole now."""
        connections = self._transport.pool.open(OPERATION)
        url, headers = download.target.url, download.headers()
        wire = connections.http.build_request("GET", url, headers=headers)
        timeouts = self._transport.settings.timeout
        try:
            # No deadline, because a large file takes as long as it takes; and redirects are
            # followed, because the management token is not sent with a download.
            async with connections.response(wire, timeouts, follow_redirects=True) as response:
                return await self._take(download, file, connections, response)
        except connections.errors as error:
            if error is download.raised:
                raise
            _log.debug("GET %s: %s", download.shown_url, type(error).__name__)
            redact_errors(error, self._transport.settings.credentials.redact)
            return failure_of(error, download.request, download.shown_url)
        except RuntimeError as error:
            # The library's word for a client that was closed while this call was under way.
            if self._transport.pool.closed and error is not download.raised:
                raise closed_error() from error
            raise

    async def _take(
        self,
        download: Download,
        file: AsyncPartialFile,
        connections: AsyncConnections,
        response: Any,
    ) -> ApiResponse | Failure | None:
        headers = {name.lower(): value for name, value in response.headers.items()}
        if not download.begin(response.status_code, headers):
            token = self._transport.settings.credentials.management_token
            return ApiResponse(response.status_code, redact_headers(headers, [token]), b"")
        # The body may begin before the place that was reached: what comes after that goes.
        await file.cut(download.done)
        # Doubles of tests, and what a hook of the user's client has read, are decoded already.
        read_before = response.is_stream_consumed
        decoder = StreamDecoder("" if read_before else coding_of(headers))
        raw = response.aiter_bytes() if read_before else response.aiter_raw()
        async with connections.pieces(raw) as pieces:
            async for piece in pieces:
                if not await self._keep(download, file, decoder.decode(piece)):
                    return download.end()
        decoder.end()
        return download.end()

    async def _keep(
        self, download: Download, file: AsyncPartialFile, pieces: Iterable[bytes]
    ) -> bool:
        """Write what has come; returns whether the rest of the body may be read."""
        for piece in pieces:
            await file.write(piece)
            if not download.add(len(piece)):
                return False
        return True
