"""The WebSocket as the rest of the SDK knows it, and the choice of its engine."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Protocol

from fishjam._concurrency.loop import is_trio
from fishjam._websocket.opening import Plan
from fishjam._websocket.options import SocketOptions
from fishjam._websocket.target import Target
from fishjam.errors import MissingExtraError


class WebSocket(Protocol):
    """An open connection that carries binary messages both ways.

    Somebody has to call `receive()` all the time to stay connected: 16 messages wait for it, and
    when they are there reading from the network pauses. Then the server's pings go unanswered and
    its answers to ours unseen, so that sooner or later one side takes the other for dead.
    """

    @property
    def close_code(self) -> int | None:
        """The code with which the connection ended, or None while it stands."""
        ...

    @property
    def close_reason(self) -> str | None:
        """The words with which the connection ended, often empty, or None while it stands."""
        ...

    async def send(self, data: bytes) -> None:
        """Send one binary message; several tasks may do so at once.

        It returns when the message is on its way, and waits while more than 32 KiB are. A send
        that is cancelled may have sent its message or not, but never a part of it.

        Raises `SocketClosedError`, `SocketEndedError` or `SocketBrokenError` when the connection
        has ended; a message that was accepted before may or may not have arrived.
        """
        ...

    async def receive(self) -> bytes:
        """Wait for the next binary message; one task at a time. Being cancelled loses none.

        What came before the end can still be received after it. Raises `UnexpectedText` in place
        of a text message (the next call goes on), `SocketBusyError` while another task receives,
        and `SocketClosedError`, `SocketEndedError` or `SocketBrokenError` at the end.
        """
        ...

    async def aclose(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection in order; leaving its context does the same with code 1000.

        The server has `close_timeout` to take part, then the connection is cut. That holds under
        a cancelled scope too. Messages that nobody has received yet are dropped. Closing again
        does nothing.

        Args:
            code: 1000, another code that may be sent, or one of your own from 3000 to 4999.
            reason: words for the server, at most 123 bytes of UTF-8.

        Raises ValueError for a code or a reason that cannot be sent.
        """
        ...


def connect_websocket(
    url: str, options: SocketOptions | None = None
) -> AbstractAsyncContextManager[WebSocket]:
    """Open a WebSocket for the length of an `async with`, on asyncio or on trio.

    On asyncio it may be entered in one task and left in another. What the block raises comes out
    as it is; the loss of the connection is told by `send` and `receive` alone.

    Args:
        url: a ws or wss address.
        options: how to open, keep and close it; the defaults do for most.

    Raises `ConfigurationError` at once for an address that cannot be used. Entering it raises
    `SocketOpenError` or one of the classes below it when the connection cannot be made, and
    `MissingExtraError` on trio without the packages for it.

    Example:
        ```
        async with connect_websocket("wss://host/socket") as socket:
            await socket.send(b"hello")
            answer = await socket.receive()
        ```
    """
    return _Connecting(Target.of(url), SocketOptions() if options is None else options)


class _Connecting(AbstractAsyncContextManager[WebSocket]):
    def __init__(self, target: Target, options: SocketOptions) -> None:
        self._target = target
        self._options = options
        self._engine: AbstractAsyncContextManager[WebSocket] | None = None

    async def __aenter__(self) -> WebSocket:
        if self._engine is not None:
            raise RuntimeError("This connection was entered before; call connect_websocket again.")
        self._engine = _engine(Plan.of(self._target, self._options))
        return await self._engine.__aenter__()

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        if self._engine is None:
            raise RuntimeError("This connection was never entered.")
        return await self._engine.__aexit__(error_type, error, traceback)


def _engine(plan: Plan) -> AbstractAsyncContextManager[WebSocket]:
    if is_trio():
        try:
            from fishjam._websocket import _trio
        except ImportError as error:
            raise MissingExtraError(
                'WebSockets under trio need trio-websocket: pip install "fishjam-server-sdk[trio]"'
            ) from error
        return _trio.Connecting(plan)
    from fishjam._websocket import _asyncio

    return _asyncio.Connecting(plan)
