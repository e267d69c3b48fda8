"""An open WebSocket, the same over either engine, and what an engine has to be able to do."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import NoReturn, Protocol

import anyio

from fishjam._websocket._signals import SocketBusyError, SocketClosedError, UnexpectedText
from fishjam._websocket.close_info import LOST, PING_TIMEOUT, CloseInfo, CloseInitiator
from fishjam._websocket.opening import ConnectPlan
from fishjam.errors import FishjamError

MESSAGE_BUFFER = 16
"""Messages that wait for `receive()` before reading from the network pauses.

It goes on when half of them have been taken: to pause and to go on cost a system call each.
"""

# Cancelled, the caller wants to be gone. This is enough for a close frame and what was sent before
# it to go out, and for a server that is not far away to answer.
_GRACE = 0.3

# RFC 6455, 7.4.1: 1004 is reserved, and 1005, 1006 and 1015 are never sent.
_CLOSE_CODES = frozenset({1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)})
# A control frame carries 125 bytes (RFC 6455, 5.5), of which the code takes two.
_LONGEST_REASON = 123
_LONGEST_QUOTE = 100


class ConnectionEnded(Exception):  # noqa: N818 - a signal from an engine, never seen outside
    """The connection has ended, and not because `close()` was called."""

    def __init__(self, close_info: CloseInfo) -> None:
        super().__init__(close_info)
        self.close_info = close_info


class EngineConnection(Protocol):
    """One connection as its engine sees it. Cancelling any of these leaves the stream whole.

    What comes over it goes to `WebSocket.feed`, and its end to `WebSocket.end`.
    """

    async def send(self, data: bytes) -> None:
        """Send one message; raises `ConnectionEnded`."""
        ...

    def send_at_once(self, data: bytes) -> bool:
        """Send one message if nothing has to be waited for.

        False means that it was not sent, or lost with the connection, and `send` has to do it.
        """
        ...

    def pause(self) -> None:
        """Read nothing more from the network for now."""
        ...

    def resume(self) -> None:
        """Read again."""
        ...

    async def ping(self) -> None:
        """Send a ping and wait for its answer; raises `ConnectionEnded`."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """Send a close frame, unless one went already, and wait for the server to hang up.

        Calling it again, after it was cancelled, waits on.
        """
        ...

    async def abort(self) -> None:
        """Drop the connection at once; again, too, when it is gone already."""
        ...


class Receiver(Protocol):
    """What takes messages where they arrive; neither of these may wait."""

    def take(self, message: bytes) -> None:
        """Take a binary message."""
        ...

    def leave_out(self, error: UnexpectedText) -> None:
        """Take notice of a text message."""
        ...


class WebSocket:
    """An open connection that carries binary messages both ways.

    Call `receive()` all the time to stay connected: up to 16 messages wait for it, then reading
    from the network pauses. After that the server's pings are not answered, so that sooner or later
    it may take this side for dead. This side waits for the answer to a ping of its own until it has
    read what came before it.

    An engine makes it, feeds it, and keeps it alive: it runs `keep_alive` in the background, or
    pings by itself and calls `give_up`.
    """

    def __init__(self, connection: EngineConnection, plan: ConnectPlan) -> None:
        self._connection = connection
        self.send_at_once: Callable[[bytes], bool] = connection.send_at_once
        """Send one binary message if nothing has to be waited for, and tell whether it was sent.

        It saves `send` for most of the messages of a speaker. Where it was not sent, `send` waits
        or says why not; so it is once either side has begun to close.
        """
        self._options = plan.options
        self._redact = plan.redact
        self._url = str(plan.target)
        self._buffer = MessageBuffer(MESSAGE_BUFFER, connection)
        self._receiver: Receiver | None = None
        self._heard = False
        self._fault: Exception | None = None
        self._close_info: CloseInfo | None = None
        self._failure: CloseInfo | None = None
        self._closed: anyio.Event | None = None

    @property
    def close_code(self) -> int | None:
        """The code with which the connection ended, or None while it stands."""
        return None if self._close_info is None else self._close_info.code

    @property
    def close_reason(self) -> str | None:
        """The reason with which the connection ended, often empty, or None while it stands."""
        return None if self._close_info is None else self._close_info.reason

    async def send(self, data: bytes) -> None:
        """Send one binary message; several tasks may do so at once.

        It returns when the message is on its way, and waits while more than 32 KiB are. A send
        that is cancelled may have sent its message or not, but never a part of it.

        Raises `SocketClosedError`, `SocketEndedError` or `SocketBrokenError` when the connection
        has ended; a message that was accepted before may or may not have arrived.
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"A message must be bytes, not {type(data).__name__}")
        if self._closed is not None:
            raise self._error()
        try:
            await self._connection.send(data)
        except ConnectionEnded as ended:
            self._end(ended.close_info)
        else:
            return
        # Out here, so that the error is not linked with one that may hold a secret.
        raise self._error() from self._cause

    async def receive(self) -> bytes:
        """Wait for the next binary message; one task at a time. Being cancelled loses none.

        What came before the end can still be received after it. Raises `UnexpectedText` in place
        of a text message (the next call goes on), `SocketBusyError` while another task receives,
        and `SocketClosedError`, `SocketEndedError` or `SocketBrokenError` at the end.
        """
        try:
            message = await self._buffer.get()
        except BufferClosed:
            raise self._error() from self._cause
        # Reading may have been paused until now, so that what has come could not be seen.
        self._heard = True
        if isinstance(message, str):
            raise self._unexpected(message)
        return message

    async def forward(self, receiver: Receiver) -> NoReturn:
        """Hand each message to a receiver where it arrives, until the connection ends.

        Neither a task nor a buffer lies between, and nothing holds the server back. Raises what
        `receive` raises at the end, and what the receiver raises.
        """
        self._receiver = receiver
        try:
            while (message := self._buffer.pop()) is not None:
                self.feed(message)
            # From here on it holds nothing, and only tells the end.
            await self._buffer.get()
        except BufferClosed:
            pass
        finally:
            self._receiver = None
        raise self._fault or self._error() from self._cause

    @property
    def is_forwarding(self) -> bool:
        """Whether messages are handed over where they arrive."""
        return self._receiver is not None

    def feed(self, message: bytes | str) -> None:
        """Take a message from the engine."""
        self._heard = True
        receiver = self._receiver
        if receiver is None:
            self._buffer.put(message)
            return
        try:
            if isinstance(message, str):
                receiver.leave_out(self._unexpected(message))
            else:
                receiver.take(message)
        except Exception as error:
            # It must not come out in the engine, which would take it for an error of its own.
            self._fault = error
            self._discard()

    def end(self, close_info: CloseInfo) -> None:
        """Take the end from the engine; what came before can still be received."""
        self._end(close_info)
        self._buffer.close()

    async def aclose(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection in order; leaving its context does the same with code 1000.

        The server has `close_timeout` to take part, then the connection is dropped; when this is
        cancelled, it has no more than 0.3 s. Messages that were not received yet are lost. Closing
        again does nothing.

        Args:
            code: 1000, another code that may be sent, or one of your own from 3000 to 4999.
            reason: a text for the server, at most 123 bytes of UTF-8.

        Raises ValueError for a code or a reason that cannot be sent.
        """
        _check_close(code, reason)
        await self._close(code, reason, quickly=False)

    async def leave(self, error: BaseException | None) -> None:
        """Close the connection because its block is left, and leave nothing of it behind.

        Args:
            error: what the block raised, if it did. Then the server is not waited for any more than
                a close frame takes: the error should come out, and the caller be gone.
        """
        try:
            await self._close(1000, "", quickly=error is not None)
        finally:
            # Another task may be closing it, and wait for longer.
            with anyio.CancelScope(shield=True):
                await self._connection.abort()

    async def pump(self, read: Callable[[], Awaitable[bytes | str]]) -> None:
        """Feed it from an engine that has to be asked for messages, until the connection ends."""
        try:
            while True:
                self.feed(await read())
        except ConnectionEnded as ended:
            self.end(ended.close_info)
        except Exception as error:
            # A fault of the engine: calls that wait must end with it instead of waiting for ever.
            self.end(CloseInfo(CloseInitiator.LOST, LOST, cause=error))

    async def keep_alive(self) -> None:
        """Ping the server; end the connection when nothing comes from it in time."""
        if self._options.ping_interval is None:
            return
        try:
            is_alive = True
            while is_alive:
                await anyio.sleep(self._options.ping_interval)
                is_alive = await self._answers()
        except ConnectionEnded:
            return
        await self.give_up()

    async def _answers(self) -> bool:
        """Ping the server, and tell whether anything comes from it in time."""
        timeout = self._options.ping_timeout
        self.listen()
        for seconds in (timeout, last_chance(timeout)):
            with anyio.move_on_after(seconds):
                await self._connection.ping()
                return True
            if not self.is_silent:
                return True
        return False

    def listen(self) -> None:
        """Begin to notice whether something comes from the server."""
        self._heard = False

    def hear(self) -> None:
        """Take notice that something has come, if only a part of a message or a pong."""
        self._heard = True

    @property
    def is_silent(self) -> bool:
        """Whether nothing has come since `listen()`, though this side was reading.

        An answer to a ping may lie behind more messages than were read by then.
        """
        return not self._heard and not self._buffer.is_paused

    async def give_up(self) -> None:
        """End the connection because the server did not answer a ping."""
        # It takes effect when the messages that are here already have been taken.
        cause = TimeoutError(f"no answer to a ping within {self._options.ping_timeout:g} s")
        self._failure = CloseInfo(CloseInitiator.FAILURE, 1011, PING_TIMEOUT, cause)
        # 1006 must not be sent; the websockets library takes 1011 in this case too.
        await self._hang_up(1011, PING_TIMEOUT)

    async def _close(self, code: int, reason: str, *, quickly: bool) -> None:
        if self._closed is not None:
            await self._closed.wait()
            return
        self._closed = closed = anyio.Event()
        self._end(CloseInfo(CloseInitiator.US, code, reason))
        self._discard()
        try:
            await self._hang_up(code, reason, quickly=quickly)
        finally:
            closed.set()

    async def _hang_up(self, code: int, reason: str, *, quickly: bool = False) -> None:
        close = self._close_quickly if quickly else self._close_patiently
        try:
            await close(code, reason)
        finally:
            with anyio.CancelScope(shield=True):
                await self._connection.abort()

    async def _close_patiently(self, code: int, reason: str) -> None:
        try:
            with anyio.move_on_after(self._options.close_timeout):
                await self._connection.close(code, reason)
        except anyio.get_cancelled_exc_class():
            await self._close_quickly(code, reason)
            raise

    async def _close_quickly(self, code: int, reason: str) -> None:
        with anyio.move_on_after(min(_GRACE, self._options.close_timeout), shield=True):
            await self._connection.close(code, reason)

    def _discard(self) -> None:
        self._receiver = None
        self._buffer.discard()

    def _unexpected(self, message: str) -> UnexpectedText:
        text = self._redact(message)
        return UnexpectedText(
            f"A text message came over {self._url}, where only binary ones make sense: "
            f"{text[:_LONGEST_QUOTE]!r}. The connection goes on.",
            text=text,
        )

    def _end(self, close_info: CloseInfo) -> None:
        if self._close_info is None:
            self._close_info = (self._failure or close_info).redacted(self._redact)

    @property
    def _cause(self) -> BaseException | None:
        return None if self._closed or self._close_info is None else self._close_info.cause

    def _error(self) -> FishjamError:
        if self._closed is None and self._close_info is not None:
            return self._close_info.error(self._url)
        return SocketClosedError(
            f"The WebSocket {self._url} was closed by this side; open a new one."
        )


def last_chance(ping_timeout: float | None) -> float | None:
    """Return the seconds that an answer to a second ping may take, when the first got none.

    The loop may have been held up, with an answer that was not read yet.
    """
    return None if ping_timeout is None else min(1.0, ping_timeout)


class BufferClosed(Exception):  # noqa: N818 - a signal between two modules, never seen outside
    """Nothing is left, and nothing more will come."""


class MessageBuffer:
    """Holds messages; when there are `bound` of them, it lets the connection pause."""

    def __init__(self, bound: int, connection: EngineConnection) -> None:
        self._bound = bound
        self._connection = connection
        self._items: deque[bytes | str] = deque()
        self._closed = False
        self._discarding = False
        self._paused = False
        self._reader: anyio.Event | None = None

    @property
    def is_paused(self) -> bool:
        """Whether the connection reads nothing because of it."""
        return self._paused

    def put(self, item: bytes | str) -> None:
        """Add a message; after `discard()` it is dropped."""
        if self._discarding:
            return
        self._items.append(item)
        self._wake_reader()
        if len(self._items) >= self._bound and not self._paused:
            self._paused = True
            self._connection.pause()

    async def get(self) -> bytes | str:
        """Take the oldest message, waiting for one; being cancelled loses none.

        Raises `BufferClosed` at the end, and `SocketBusyError` while another task waits here.
        """
        if self._reader is not None:
            raise SocketBusyError(
                "Another task is receiving from this WebSocket already. One task should receive "
                "and pass the messages on."
            )
        while (item := self.pop()) is None:
            if self._closed:
                raise BufferClosed
            # A new one each time, because an event of anyio cannot be cleared.
            self._reader = anyio.Event()
            try:
                await self._reader.wait()
            finally:
                self._reader = None
        return item

    def pop(self) -> bytes | str | None:
        """Take the oldest message; None when there is none."""
        if not self._items:
            return None
        item = self._items.popleft()
        if self._paused and len(self._items) <= self._bound // 2:
            self._go_on()
        return item

    def close(self) -> None:
        """Let nothing more in; what is there can still be taken."""
        self._closed = True
        self._wake_reader()

    def discard(self) -> None:
        """Throw everything away, also what comes later."""
        self._discarding = True
        self._items.clear()
        if self._paused:
            self._go_on()
        self.close()

    def _go_on(self) -> None:
        self._paused = False
        self._connection.resume()

    def _wake_reader(self) -> None:
        if self._reader is not None:
            self._reader.set()


def _check_close(code: int, reason: str) -> None:
    if code not in _CLOSE_CODES:
        raise ValueError(f"code={code!r} is not a close code that may be sent; 1000 means normal")
    if len(reason.encode()) > _LONGEST_REASON:
        raise ValueError(f"reason: at most {_LONGEST_REASON} bytes of UTF-8 fit in a close frame")
