"""Opening a WebSocket with the engine of the running loop, and getting a token accepted on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from types import TracebackType

import anyio
from attrs import field, frozen

from fishjam._concurrency.loop import is_trio
from fishjam._websocket._signals import SocketEndedError, UnexpectedText
from fishjam._websocket.opening import ConnectPlan
from fishjam._websocket.options import SocketOptions
from fishjam._websocket.url import WebSocketUrl
from fishjam._websocket.websocket import WebSocket as WebSocket
from fishjam.errors import (
    FishjamConnectionError,
    FishjamTimeoutError,
    HandshakeRefusedError,
    MissingExtraError,
)

# With this code the protocol refuses a token; a server that is going down gives another one.
REFUSED = 1000

_REFUSING_STATUS = frozenset({401, 403})

Refuse = Callable[[str], Exception]
"""Makes the error for a token that was refused, from the server's reason."""


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


@frozen(kw_only=True)
class Introduction:
    """What is said on a socket before anything else."""

    name: str
    """The socket, for errors."""
    steps: Sequence[tuple[bytes, str]] = field(repr=False)
    """Frames to send, the one with the token first, each with the name of its right answer."""
    content_of: Callable[[bytes], str]
    """Names what a frame of the server holds."""
    refuse: Refuse
    secrets: Sequence[str] = field(default=(), repr=False)
    """Tokens that the server must not bring into an error or a log."""
    connection_error: type[FishjamConnectionError] = FishjamConnectionError
    timeout_error: type[FishjamTimeoutError] = FishjamTimeoutError


@asynccontextmanager
async def introduced(
    url: str, options: SocketOptions, introduction: Introduction
) -> AsyncIterator[WebSocket]:
    """Connect and get the token accepted; the body runs while the socket is open.

    Raises:
        FishjamConnectionError: the connection could not be made, or ended on the way.
        Exception: what `refuse` makes, when the server refused the token.
    """
    async with AsyncExitStack() as stack:
        try:
            socket = await stack.enter_async_context(
                connect_websocket(url, options, introduction.secrets)
            )
        except HandshakeRefusedError as error:
            if error.status_code not in _REFUSING_STATUS:
                raise
            reason = f"HTTP {error.status_code} {error.detail}".rstrip()
            raise introduction.refuse(reason) from error
        await _introduce(socket, introduction, options.open_timeout)
        yield socket


async def _introduce(
    socket: WebSocket, introduction: Introduction, open_timeout: float | None
) -> None:
    refuse: Refuse | None = introduction.refuse
    with anyio.move_on_after(open_timeout):
        for frame, expected in introduction.steps:
            await authenticate(socket, frame, expected, refuse, introduction)
            refuse = None
        return
    raise introduction.timeout_error(
        f"The {introduction.name} accepted the connection and then did not answer within "
        f"{open_timeout} s (`open_timeout`)."
    )


async def authenticate(
    socket: WebSocket,
    frame: bytes,
    expected: str,
    refuse: Refuse | None,
    introduction: Introduction,
) -> None:
    """Send a frame and wait for the one answer that is right.

    Args:
        socket: the open connection.
        frame: what is sent.
        expected: the name of the right answer.
        refuse: makes the error when the server refuses the token; None for a frame without one.
        introduction: what the frame is part of.
    """
    try:
        await socket.send(frame)
        content = introduction.content_of(await socket.receive())
    except UnexpectedText:
        content = "text"
    except SocketEndedError as error:
        if refuse is not None and error.code == REFUSED:
            raise refuse(error.reason) from error
        raise introduction.connection_error(
            f"The {introduction.name} was closed before {expected!r} had come: {error}"
        ) from error
    if content != expected:
        raise introduction.connection_error(
            f"The {introduction.name} answered {content!r} where {expected!r} was due. "
            "Is this the address of a Fishjam?"
        )
