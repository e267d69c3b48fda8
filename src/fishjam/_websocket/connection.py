"""Opening a WebSocket, with the engine that suits the running event loop."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType

from fishjam._concurrency.loop import is_trio
from fishjam._websocket.opening import ConnectPlan
from fishjam._websocket.options import SocketOptions
from fishjam._websocket.url import WebSocketUrl
from fishjam._websocket.websocket import WebSocket as WebSocket
from fishjam.errors import MissingExtraError


def connect_websocket(
    url: str, options: SocketOptions | None = None, secrets: Sequence[str] = ()
) -> AbstractAsyncContextManager[WebSocket]:
    """Open a WebSocket for the length of an `async with`, on asyncio or on trio.

    On asyncio it may be entered in one task and left in another. What the block raises comes out
    as it is; a lost connection is reported by `send` and `receive` alone.

    Args:
        url: a ws or wss address.
        options: how to open, keep and close it; the defaults do for most.
        secrets: tokens that go over it. Where the server repeats one, in a close reason, a text
            message or a refusal, errors and logs show `***` in its place.

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
    target = WebSocketUrl.of(url)
    return _SocketContext(target, SocketOptions() if options is None else options, tuple(secrets))


class _SocketContext(AbstractAsyncContextManager[WebSocket]):
    def __init__(
        self, target: WebSocketUrl, options: SocketOptions, secrets: tuple[str, ...]
    ) -> None:
        self._target = target
        self._options = options
        self._secrets = secrets
        self._engine: AbstractAsyncContextManager[WebSocket] | None = None

    async def __aenter__(self) -> WebSocket:
        if self._engine is not None:
            raise RuntimeError("This connection was entered before; call connect_websocket again.")
        self._engine = _engine(ConnectPlan.of(self._target, self._options, self._secrets))
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


def _engine(plan: ConnectPlan) -> AbstractAsyncContextManager[WebSocket]:
    if is_trio():
        try:
            from fishjam._websocket import _trio
        except ImportError as error:
            raise MissingExtraError(
                'WebSockets under trio need trio-websocket: pip install "fishjam-server-sdk[trio]"'
            ) from error
        return _trio.TrioConnector(plan)
    from fishjam._websocket import _asyncio

    return _asyncio.AsyncioConnector(plan)
