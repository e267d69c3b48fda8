"""The way of a session's frames to the server: over the connection there is, or the next one."""

from __future__ import annotations

import anyio

from fishjam._websocket.connection import WebSocket
from fishjam.agent._ending import CONNECTION_GONE, SessionEnd


class Link:
    """Sends frames while the session lasts, over one connection or over several in a row.

    A lasting link gets another connection after a loss; until then who sends waits.
    """

    def __init__(self, *, lasting: bool) -> None:
        self._lasting = lasting
        self._socket: WebSocket | None = None
        self._changed = anyio.Event()
        self.end: SessionEnd | None = None
        """How it all ended, once it has."""
        self.ended: anyio.Event = anyio.Event()

    def attach(self, socket: WebSocket) -> None:
        """Send over this connection from now on, unless it is all over."""
        if self.end is None:
            self._socket = socket
            self._changed.set()

    def detach(self) -> None:
        """Let whoever sends wait for another connection."""
        if self._socket is not None:
            self._socket = None
            self._changed = anyio.Event()

    def finish(self, end: SessionEnd) -> None:
        """Say that the session is over; the first word counts."""
        if self.end is None:
            self.end = end
            self._socket = None
            self._changed.set()
            self.ended.set()

    @property
    def socket(self) -> WebSocket | None:
        """The connection there is."""
        return self._socket

    async def send(self, frame: bytes) -> None:
        """Send a frame; raises the session's `AgentError` when it is over."""
        while True:
            socket = self._socket or await self._next_socket()
            try:
                return await socket.send(frame)
            except CONNECTION_GONE as error:
                if not self._lasting:
                    raise (self.end or SessionEnd.of(error)).error() from error
                if self._socket is socket:
                    self.detach()

    async def tell(self, frame: bytes) -> None:
        """Send a frame that only concerns this connection; without one it is not needed."""
        if self._socket is None and self.end is None:
            return
        socket = self._socket or await self._next_socket()
        try:
            await socket.send(frame)
        except CONNECTION_GONE as error:
            if not self._lasting:
                raise (self.end or SessionEnd.of(error)).error() from error

    async def _next_socket(self) -> WebSocket:
        while self._socket is None:
            if self.end is not None:
                raise self.end.error()
            await self._changed.wait()
        return self._socket
