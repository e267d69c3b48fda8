"""The opening handshake on asyncio, whichever library makes the frames afterwards."""

from __future__ import annotations

import asyncio
import logging

from websockets.client import ClientProtocol
from websockets.protocol import State
from websockets.uri import parse_uri

from fishjam._concurrency.lazy_event import LazyEvent
from fishjam._websocket.http_response import HttpResponseReader
from fishjam._websocket.opening import HANDSHAKE, ConnectPlan, Progress

# On DEBUG the library writes out every frame, and tokens travel in frames.
_log = logging.getLogger("fishjam.websocket")
_log.setLevel(logging.INFO)


class Handshake:
    """Asks for a WebSocket and checks the answer, with the protocol of `websockets`."""

    def __init__(self, plan: ConnectPlan, progress: Progress) -> None:
        self.library = ClientProtocol(
            parse_uri(plan.target.url), max_size=plan.options.max_message_size, logger=_log
        )
        self._plan = plan
        self._progress = progress
        self._over = LazyEvent()
        self._transport: asyncio.Transport
        self._response: HttpResponseReader

    async def opened(self) -> None:
        """Wait for its end; raises the error that it failed with."""
        await self._over.wait()
        if self.library.handshake_exc is not None:
            raise self.library.handshake_exc

    @property
    def is_under_way(self) -> bool:
        """Whether the answer has not come as a whole."""
        return self.library.state is State.CONNECTING

    @property
    def is_complete(self) -> bool:
        """Whether it went well, and frames follow."""
        return self.library.state is State.OPEN

    def begin(self, transport: asyncio.Transport) -> None:
        """Send the request."""
        self._transport = transport
        request = self.library.connect()
        for name, value in self._plan.options.handshake_headers():
            request.headers[name] = value
        self._response = self._progress.ask(HANDSHAKE)
        self.library.send_request(request)
        transport.write(b"".join(self.library.data_to_send()))

    def take(self, data: bytes) -> bytes:
        """Take bytes of the response, and return those after it; a refusal ends the connection."""
        response = self._response
        response.feed(data)
        if not response.complete:
            return b""
        # The library would read a refusal to its end, and stumble over interim responses.
        if not response.is_positive:
            self._transport.abort()
            return b""
        frames = response.surplus
        self.library.receive_data(bytes(response.raw[: len(response.raw) - len(frames)]))
        self.library.events_received()
        if self.library.handshake_exc is not None:
            self._transport.abort()
            return b""
        self._over.set()
        return frames

    def lose(self, error: Exception | None) -> None:
        """Take notice that the connection is gone, perhaps in the midst of it."""
        self._progress.lost = error
        self.library.receive_eof()
        self._over.set()
