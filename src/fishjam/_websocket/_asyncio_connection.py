"""A connection on asyncio: sending, pinging and closing, whichever library makes the frames."""

from __future__ import annotations

import asyncio
import os
import ssl
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import TypeAlias, cast

import anyio

from fishjam._concurrency.lazy_event import LazyEvent
from fishjam._websocket._asyncio_handshake import Handshake
from fishjam._websocket.close_info import LOST, CloseInfo, CloseInitiator
from fishjam._websocket.opening import ConnectPlan, Progress
from fishjam._websocket.websocket import ConnectionEnded

# A sender waits above it; what is below is on its way.
_HIGH_WATER = 32 * 1024

# After so many bytes the turn of the loop ends, so that other tasks have theirs too.
_BATCH_BYTES = 16 * 1024

_PING_BYTES = 4
_MOST_PINGS = 16

CreateConnection: TypeAlias = (
    "Callable[..., Awaitable[tuple[asyncio.Transport, asyncio.BaseProtocol]]]"
)


class AsyncioConnection:
    """One connection; the library calls it back, and it feeds the WebSocket."""

    def __init__(self) -> None:
        self.feed: Callable[[bytes | str], None]
        """Where messages go."""
        self.hear: Callable[[], None]
        """What to call when anything has come."""
        self.on_end: Callable[[CloseInfo], None]
        """Where the end goes."""
        self._connection: Framing
        self._close_info: CloseInfo | None = None
        self._gone = LazyEvent()
        self._pings: dict[bytes, Callable[[], object]] = {}
        self._writable = LazyEvent(is_set=True)
        self._unyielded = 0

    def attach(self, framing: Framing) -> None:
        """Work over a library from now on."""
        self._connection = framing

    async def send(self, data: bytes) -> None:
        """Send one message; it is on its way as a whole even when this is cancelled."""
        framing = self._connection
        if framing.is_open:
            framing.send_message(data)
            self._unyielded += len(data)
            if self._unyielded > _BATCH_BYTES:
                self._unyielded = 0
                await asyncio.sleep(0)
            if not self._writable.is_set:
                await self._writable.wait()
            if not framing.transport.is_closing():
                return
        await self._raise_end()

    def send_at_once(self, data: bytes) -> bool:
        """Send one message, unless it is the turn of other tasks or of what was sent before."""
        framing = self._connection
        unyielded = self._unyielded + len(data)
        if unyielded > _BATCH_BYTES or not framing.is_open or not self._writable.is_set:
            return False
        self._unyielded = unyielded
        framing.send_message(data)
        return not framing.transport.is_closing()

    async def ping(self) -> None:
        """Send a ping and wait for its answer."""
        if not self.is_open:
            await self._raise_end()
        answered = LazyEvent()
        self.start_ping(answered.set)
        await answered.wait()
        if self._gone.is_set:
            await self._raise_end()

    @property
    def is_open(self) -> bool:
        """Whether neither side has begun to close."""
        return self._connection.is_open

    @property
    def is_gone(self) -> bool:
        """Whether the connection is over."""
        return self._gone.is_set

    def start_ping(self, on_answer: Callable[[], object]) -> None:
        """Send a ping; the function is called at its answer, and at the end of the connection.

        Of those without an answer the oldest are forgotten.
        """
        payload = os.urandom(_PING_BYTES)
        if len(self._pings) == _MOST_PINGS:
            del self._pings[next(iter(self._pings))]
        self._pings[payload] = on_answer
        self._connection.send_ping(payload)

    async def close(self, code: int, reason: str) -> None:
        """Send a close frame, unless one went already, and wait for the server to hang up."""
        if self._connection.is_open:
            self._connection.send_close(code, reason)
        await self._gone.wait()

    async def abort(self) -> None:
        """Drop the connection at once."""
        self._connection.transport.abort()
        with anyio.move_on_after(self._connection.close_timeout):
            await self._gone.wait()
        if not self._gone.is_set:
            # The loop should have said so at once; what is left must not wait for ever.
            self.lose(CloseInfo(CloseInitiator.LOST, LOST))

    def pause(self) -> None:
        """Read nothing more from the network for now."""
        self._unless_closing(self._connection.transport.pause_reading)

    def resume(self) -> None:
        """Read again."""
        self._unless_closing(self._connection.transport.resume_reading)

    # Called by the library

    def pause_writing(self) -> None:
        """Hold senders back."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Let senders go on."""
        self._writable.set()

    def take_pong(self, payload: bytes) -> None:
        """Take the answer to a ping and to those before it; an unexpected one is allowed."""
        # A server may answer the latest one alone (RFC 6455, 5.5.3).
        while payload in self._pings:
            self._pings.pop(next(iter(self._pings)))()

    def end(self, close_info: CloseInfo) -> None:
        """Take notice that nothing more is said, though the server may not hang up for a while."""
        self._close_info = close_info
        self.on_end(close_info)

    def lose(self, close_info: CloseInfo) -> None:
        """Take notice that the connection is gone."""
        self._close_info = close_info
        self._writable.set()
        self._gone.set()
        while self._pings:
            self._pings.popitem()[1]()
        self.on_end(close_info)

    def _unless_closing(self, act: Callable[[], None]) -> None:
        # The transport of uvloop raises then.
        if not self._connection.transport.is_closing():
            act()

    async def _raise_end(self) -> None:
        while self._close_info is None:
            await self._gone.wait()
        raise ConnectionEnded(self._close_info)


class Framing(asyncio.Protocol, ABC):
    """What a library does for a connection, as the protocol of a transport: frames both ways."""

    def __init__(
        self, plan: ConnectPlan, progress: Progress, connection: AsyncioConnection
    ) -> None:
        self.transport: asyncio.Transport
        self.handshake = Handshake(plan, progress)
        self._options = plan.options
        self._connection = connection
        self._last_moment: asyncio.TimerHandle | None = None

    def create_connection(self, tls: ssl.SSLContext | None) -> CreateConnection:
        """Return the function that makes a transport, by default that of the loop."""
        return asyncio.get_running_loop().create_connection

    @property
    def close_timeout(self) -> float:
        """Seconds that closing may take."""
        return self._options.close_timeout

    @property
    @abstractmethod
    def is_open(self) -> bool:
        """Whether messages can be sent: neither side has begun to close."""

    @abstractmethod
    def send_message(self, data: bytes) -> None:
        """Send a binary message."""

    @abstractmethod
    def send_ping(self, payload: bytes) -> None:
        """Send a ping."""

    @abstractmethod
    def send_close(self, code: int, reason: str) -> None:
        """Send a close frame."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a WebSocket."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(_HIGH_WATER)
        self.handshake.begin(self.transport)

    def pause_writing(self) -> None:
        """Hold senders back."""
        self._connection.pause_writing()

    def resume_writing(self) -> None:
        """Let senders go on."""
        self._connection.resume_writing()

    def _await_end(self, close_info: CloseInfo) -> None:
        """Give the server a while to hang up, now that a close frame has come or had to go."""
        if self._last_moment is None:
            self._connection.end(close_info)
            self._last_moment = asyncio.get_running_loop().call_later(
                self._options.close_timeout, self.transport.abort
            )

    def _lose(self, error: Exception | None) -> None:
        """Take notice that the transport is gone."""
        if self._last_moment is not None:
            self._last_moment.cancel()
        self.handshake.lose(error)
