"""One connection to the notification socket: opening, proving who we are, subscribing, reading."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import anyio

from fishjam._http.address import Address, socket_url
from fishjam._http.credentials import Credentials
from fishjam._protocol.handshake import SUBSCRIBE_REQUEST, auth_request, content_of
from fishjam._protocol.notifications import decode
from fishjam._websocket._signals import SocketEndedError, UnexpectedText
from fishjam._websocket.connection import WebSocket, connect_websocket
from fishjam._websocket.options import SocketOptions
from fishjam.errors import (
    FishjamConnectionError,
    FishjamTimeoutError,
    HandshakeRefusedError,
    NotificationDecodeError,
    NotifierAuthError,
)
from fishjam.events import Notification

SERVER_SOCKET = "/socket/server/websocket"
NORMAL = 1000

_log = logging.getLogger("fishjam")


class Subscription:
    """A confirmed subscription on an open socket."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def receive(self) -> list[Notification]:
        """Wait for the next frame and return its events; what cannot be read is logged.

        Raises `SocketEndedError` when the server closed in order, `FishjamConnectionError` when the
        connection broke.
        """
        try:
            return decode(await self._socket.receive())
        except (NotificationDecodeError, UnexpectedText) as error:
            _log.warning("a frame of the notification socket was left out: %s", error)
            return []


@asynccontextmanager
async def subscribed(
    address: Address, credentials: Credentials, options: SocketOptions
) -> AsyncIterator[Subscription]:
    """Connect, authenticate and subscribe; the body runs while the socket is open.

    Raises:
        NotifierAuthError: the server refused the management token.
        FishjamConnectionError: the connection could not be made, or broke on the way.
    """
    url = socket_url(address.base_url, SERVER_SOCKET)
    async with AsyncExitStack() as stack:
        try:
            socket = await stack.enter_async_context(connect_websocket(url, options))
        except HandshakeRefusedError as error:
            if error.status_code in {401, 403}:
                raise _refused(f"HTTP {error.status_code}", credentials) from error
            raise
        await _introduce(socket, credentials, options.open_timeout)
        yield Subscription(socket)


async def _introduce(socket: WebSocket, credentials: Credentials, limit: float | None) -> None:
    with anyio.move_on_after(limit):
        await socket.send(auth_request(credentials.management_token))
        try:
            await _expect(socket, "authenticated")
        except SocketEndedError as error:
            # The protocol refuses a token so; a server that is going down gives another code.
            if error.code == NORMAL:
                raise _refused(credentials.redact(error.reason), credentials) from error
            raise _ended_early(error) from error
        await socket.send(SUBSCRIBE_REQUEST)
        try:
            await _expect(socket, "subscribe_response")
        except SocketEndedError as error:
            raise _ended_early(error) from error
        return
    raise FishjamTimeoutError(
        f"The notification socket did not confirm the subscription within {limit} s."
    )


async def _expect(socket: WebSocket, content: str) -> None:
    try:
        got = content_of(await socket.receive())
    except UnexpectedText:
        got = "text"
    if got != content:
        raise FishjamConnectionError(
            f"The notification socket answered {got!r} where {content!r} was due. "
            "Is this the address of a Fishjam?"
        )


def _ended_early(error: SocketEndedError) -> FishjamConnectionError:
    return FishjamConnectionError(
        f"The subscription was not confirmed, because the notification socket was closed: {error}"
    )


def _refused(reason: str, credentials: Credentials) -> NotifierAuthError:
    return NotifierAuthError(
        f"Invalid management token: the notification socket refused it ({reason}). "
        f"Check that the token belongs to this Fishjam. {credentials.advice}"
    )
