"""Opening the agent's socket: connecting, and proving who we are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import anyio
from attrs import field, frozen

from fishjam._protocol.agent import auth_request, content_of
from fishjam._websocket._signals import SocketEndedError, UnexpectedText
from fishjam._websocket.connection import WebSocket, connect_websocket
from fishjam._websocket.options import SocketOptions
from fishjam.agent._ending import NORMAL
from fishjam.errors import (
    AgentAuthError,
    AgentConnectionError,
    AgentTimeoutError,
    HandshakeRefusedError,
)


@frozen
class Door:
    """Where an agent's socket is, and what opens it."""

    url: str
    token: str = field(repr=False)
    options: SocketOptions

    def redact(self, text: str) -> str:
        """Take the token out of a text that comes from outside."""
        return text.replace(self.token, "***") if self.token else text


@asynccontextmanager
async def opened(door: Door) -> AsyncIterator[WebSocket]:
    """Connect and authenticate; the body runs while the socket is open.

    Raises:
        AgentAuthError: the server refused the token.
        FishjamConnectionError: the connection could not be made, or ended on the way.
    """
    async with AsyncExitStack() as stack:
        try:
            socket = await stack.enter_async_context(connect_websocket(door.url, door.options))
        except HandshakeRefusedError as error:
            if error.status_code in {401, 403}:
                said = f"HTTP {error.status_code} {error.detail}".rstrip()
                raise AgentAuthError(door.redact(said)) from error
            raise
        await _authenticate(socket, door)
        yield socket


async def _authenticate(socket: WebSocket, door: Door) -> None:
    with anyio.move_on_after(door.options.open_timeout):
        try:
            await socket.send(auth_request(door.token))
            content = content_of(await socket.receive())
        except UnexpectedText:
            content = "text"
        except SocketEndedError as error:
            # The protocol refuses a token so; a server that is going down gives another code.
            if error.code == NORMAL:
                raise AgentAuthError(door.redact(error.reason)) from error
            raise AgentConnectionError(
                f"The agent socket was closed before it had accepted the token: {error}"
            ) from error
        if content != "authenticated":
            raise AgentConnectionError(
                f"The agent socket answered {content!r} where 'authenticated' was due. "
                "Is this the address of a Fishjam?"
            )
        return
    raise AgentTimeoutError(
        f"The agent socket did not answer to the token within {door.options.open_timeout} s "
        "(`open_timeout`)."
    )
