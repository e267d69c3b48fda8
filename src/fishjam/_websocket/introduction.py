"""The introduction on a socket of Fishjam: the token goes out, and the server accepts it or not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import anyio
from attrs import field, frozen

from fishjam._websocket._signals import SocketEndedError, UnexpectedText
from fishjam._websocket.connection import WebSocket, connect_websocket
from fishjam._websocket.options import SocketOptions
from fishjam.errors import FishjamConnectionError, FishjamTimeoutError, HandshakeRefusedError

# With this code the protocol refuses a token; a server that is going down gives another one.
REFUSED = 1000

_REFUSING_STATUS = frozenset({401, 403})

Refuse = Callable[[str], Exception]
"""Makes the error for a token that was refused, from the server's reason."""


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
