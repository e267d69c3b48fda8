"""One open WebSocket in the server's loop, between its session and its outbox."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fishjam.emulator._clock import EmulatorClock
from fishjam.emulator._delivery.outbox import CUT, Outbox
from fishjam.emulator._server import TcpConnection
from fishjam.emulator._sockets.session import AUTH_TIMEOUT, SocketSession

CLOSE_TIMEOUT = 5.0
"""Seconds that a client has to read what is queued and to answer the close frame.

Long enough for a client that is busy; a client that never answers holds up nothing but itself.
"""
MAX_BACKLOG = 1024 * 1024
"""Bytes that may be handed to the transport before the client has read them.

What the transport buffers is out of reach of the outbox and its limits.
"""
_POLL_INTERVAL = 0.01
_TURN = 100
"""Frames that are sent before the loop serves other connections."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class SocketConnection:
    """A WebSocket that was asked for; created and run inside the server's loop.

    Args:
        receive: the ASGI callable that receives.
        send: the ASGI callable that sends.
        tcp: the TCP connection underneath.
        close_timeout: seconds after which a connection that does not close is aborted.
    """

    def __init__(
        self,
        receive: Receive,
        send: Send,
        tcp: TcpConnection,
        close_timeout: float = CLOSE_TIMEOUT,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._receive = receive
        self._send = send
        self._tcp = tcp
        self._close_timeout = close_timeout
        self._news = asyncio.Event()
        self._woken = False
        self._deadline: asyncio.TimerHandle | None = None
        self.outbox = Outbox(self._wake, lambda: self._loop.call_soon_threadsafe(tcp.abort))

    async def run(
        self, session: SocketSession, lock: threading.RLock, clock: EmulatorClock
    ) -> None:
        """Accept the client and serve it until one side closes the connection."""
        await self._put({"type": "websocket.accept"})
        reading = asyncio.create_task(self._read(session, lock))
        writing = asyncio.create_task(self._write())
        timing_out = asyncio.create_task(self._enforce_auth_timeout(session, lock, clock))
        tasks = (reading, writing, timing_out)
        try:
            # Not for the third task: it closes the outbox when the time is up, and that ends the
            # writer.
            await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with lock:
                session.end()
        for task in (reading, writing):
            if not task.cancelled():
                task.result()

    async def _read(self, session: SocketSession, lock: threading.RLock) -> None:
        while (message := await self._receive())["type"] != "websocket.disconnect":
            frame = message.get("bytes")
            with lock:
                # Frames that were under way when it was closed must not change anything.
                if self.outbox.close_status is None:
                    # ASGI lets a server leave out the one of the two keys that is not used, or set
                    # it to None.
                    session.receive(message["text"] if frame is None else frame)

    async def _write(self) -> None:
        close_status = None
        while close_status is None:
            await self._news.wait()
            self._news.clear()
            # Read before flushing: frames that were queued before the close are sent before it.
            close_status = self.outbox.close_status
            await self._flush()
        if close_status is not CUT:
            await self._put(
                {
                    "type": "websocket.close",
                    "code": close_status.code,
                    "reason": close_status.reason,
                }
            )

    async def _flush(self) -> None:
        """Send the queued frames at the pace of the client."""
        sent = 0
        while (frame := self.outbox.take()) is not None:
            kind = "text" if isinstance(frame, str) else "bytes"
            await self._put({"type": "websocket.send", kind: frame})
            # uvicorn before 0.53 does not wait for a slow client by itself.
            while self._tcp.backlog() > MAX_BACKLOG:  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(_POLL_INTERVAL)
            sent += 1
            if not sent % _TURN:
                await asyncio.sleep(0)

    async def _enforce_auth_timeout(
        self, session: SocketSession, lock: threading.RLock, clock: EmulatorClock
    ) -> None:
        await clock.sleep_until(clock.now() + AUTH_TIMEOUT)
        with lock:
            session.expire()

    async def _put(self, message: Message) -> None:
        try:
            await self._send(message)
        except (OSError, RuntimeError):
            # The server has dropped the connection already; the reader sees its end.
            self._tcp.abort()

    def _wake(self) -> None:
        # call_soon_threadsafe writes to a socket to wake the loop, which is needless inside it.
        if threading.get_ident() == self._thread:
            self._on_news()
        # One call into the loop serves everything that is queued before it runs.
        elif not self._woken:
            self._woken = True
            self._loop.call_soon_threadsafe(self._on_news)

    def _on_news(self) -> None:
        self._woken = False
        self._news.set()
        if self.outbox.close_status and self._deadline is None:
            self._deadline = self._loop.call_later(self._close_timeout, self._tcp.abort)
