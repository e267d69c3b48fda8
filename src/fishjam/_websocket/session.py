"""An open WebSocket: what its user sees, the same over either engine."""

from __future__ import annotations

import anyio

from fishjam._websocket.ending import LOST, PING_TIMEOUT, Ending, Side
from fishjam._websocket.inbox import Inbox, InboxClosed
from fishjam._websocket.line import Line, LineEnded
from fishjam._websocket.options import SocketOptions
from fishjam._websocket.states import SocketClosedError, UnexpectedText
from fishjam.errors import FishjamError

MESSAGE_BUFFER = 16
"""Messages that wait for `receive()` before reading from the network pauses."""

_CLOSE_CODES = frozenset({1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)})
_LONGEST_REASON = 123
_LONGEST_QUOTE = 100


class Session:
    """Sends, receives and closes; `pump` and `keep_alive` have to run in the background."""

    def __init__(self, line: Line, options: SocketOptions, url: str) -> None:
        self._line = line
        self._options = options
        self._url = url
        self._inbox = Inbox(MESSAGE_BUFFER)
        self._ending: Ending | None = None
        self._failure: Ending | None = None
        self._closed: anyio.Event | None = None

    @property
    def close_code(self) -> int | None:
        """The code with which the connection ended, or None while it stands."""
        return None if self._ending is None else self._ending.code

    @property
    def close_reason(self) -> str | None:
        """The words with which the connection ended, often empty, or None while it stands."""
        return None if self._ending is None else self._ending.reason

    async def send(self, data: bytes) -> None:
        """Send one binary message; see `WebSocket`."""
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"A message must be bytes, not {type(data).__name__}")
        if self._closed is not None:
            raise self._error()
        try:
            await self._line.send(data)
        except LineEnded as ended:
            self._end(ended.ending)
            raise self._error() from self._cause

    async def receive(self) -> bytes:
        """Wait for the next binary message; see `WebSocket`."""
        try:
            message = await self._inbox.get()
        except InboxClosed:
            raise self._error() from self._cause
        if isinstance(message, str):
            raise UnexpectedText(
                f"A text message came over {self._url}, where only binary ones make sense: "
                f"{message[:_LONGEST_QUOTE]!r}. The connection goes on.",
                text=message,
            )
        return message

    async def aclose(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection in order; see `WebSocket`."""
        _check_close(code, reason)
        if self._closed is not None:
            await self._closed.wait()
            return
        self._closed = closed = anyio.Event()
        self._end(Ending(Side.US, code, reason))
        self._inbox.discard()
        try:
            await self._hang_up(code, reason)
        finally:
            closed.set()

    async def pump(self) -> None:
        """Move messages from the line to the inbox until the connection ends."""
        try:
            while True:
                await self._inbox.put(await self._line.read())
        except LineEnded as ended:
            self._end(ended.ending)
        except Exception as error:
            # A fault of the engine: whoever uses the socket hears of it, nobody is left waiting.
            self._end(Ending(Side.LOST, LOST, cause=error))
        self._inbox.close()

    async def keep_alive(self) -> None:
        """Ping the server; end the connection when it does not answer in time."""
        if self._options.ping_interval is None:
            return
        try:
            while True:
                await anyio.sleep(self._options.ping_interval)
                with anyio.move_on_after(self._options.ping_timeout) as scope:
                    await self._line.ping()
                if scope.cancelled_caught:
                    break
        except LineEnded:
            return
        # It takes effect when the messages that are here already have been taken.
        cause = TimeoutError(f"no answer to a ping within {self._options.ping_timeout:g} s")
        self._failure = Ending(Side.FAILURE, 1011, PING_TIMEOUT, cause)
        await self._hang_up(1011, PING_TIMEOUT)

    async def _hang_up(self, code: int, reason: str) -> None:
        try:
            with anyio.move_on_after(self._options.close_timeout, shield=True):
                await self._line.shut(code, reason)
        finally:
            with anyio.CancelScope(shield=True):
                await self._line.cut()

    def _end(self, ending: Ending) -> None:
        if self._ending is None:
            self._ending = self._failure or ending

    @property
    def _cause(self) -> BaseException | None:
        return None if self._closed or self._ending is None else self._ending.cause

    def _error(self) -> FishjamError:
        if self._closed is None and self._ending is not None:
            return self._ending.error(self._url)
        return SocketClosedError(
            f"The WebSocket {self._url} was closed by this side; open a new one."
        )


def _check_close(code: int, reason: str) -> None:
    if code not in _CLOSE_CODES:
        raise ValueError(f"code={code!r}: no close code that may be sent; 1000 means normal")
    if len(reason.encode()) > _LONGEST_REASON:
        raise ValueError(f"reason: at most {_LONGEST_REASON} bytes of UTF-8 fit in a close frame")
