"""Connecting an agent: its socket, its token, and a session over one connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from attrs import field, frozen

from fishjam._concurrency.background import background
from fishjam._protocol.agent import auth_request, content_of
from fishjam._websocket.connection import WebSocket
from fishjam._websocket.introduction import Introduction, introduced
from fishjam._websocket.options import SocketOptions
from fishjam.agent._close import CLOSED_BY_US, SessionEnd
from fishjam.agent._session import SessionState
from fishjam.errors import AgentAuthError, AgentConnectionError, AgentTimeoutError


@frozen
class AgentAddress:
    """Where an agent's socket is, and the token that opens it."""

    url: str
    token: str = field(repr=False)
    options: SocketOptions

    def open(self) -> AbstractAsyncContextManager[WebSocket]:
        """Connect and authenticate; the body of the block runs while the socket is open.

        Raises `AgentAuthError` when the server refused the token, `FishjamConnectionError` when the
        connection could not be made, or ended on the way.
        """
        introduction = Introduction(
            name="agent socket",
            steps=[(auth_request(self.token), "authenticated")],
            content_of=content_of,
            refuse=AgentAuthError,
            secrets=[self.token],
            connection_error=AgentConnectionError,
            timeout_error=AgentTimeoutError,
        )
        return introduced(self.url, self.options, introduction)


@asynccontextmanager
async def connected(state: SessionState, address: AgentAddress) -> AsyncIterator[None]:
    """Connect a session; the body runs while it is, and longer if the connection ends by itself.

    On asyncio it may be entered in one task and left in another. What the body raises comes out as
    it is; the session's methods alone say how the connection ended.
    """
    async with address.open() as socket:
        state.sender.attach(socket)

        async def read() -> None:
            try:
                await state.read(socket)
            except Exception as error:
                state.finish(SessionEnd.of(error))

        async with background(read):
            try:
                yield
            finally:
                state.finish(CLOSED_BY_US)
