"""One connection to the notification socket: opened, authenticated, subscribed, and read."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fishjam._core.notes import with_notes
from fishjam._http.address import Address, socket_url
from fishjam._http.credentials import Credentials
from fishjam._protocol.handshake import SUBSCRIBE_REQUEST, auth_request, content_of
from fishjam._protocol.notifications import decode
from fishjam._websocket._signals import UnexpectedText
from fishjam._websocket.connection import Introduction, WebSocket, introduced
from fishjam._websocket.options import SocketOptions
from fishjam.errors import NotificationDecodeError, NotifierAuthError
from fishjam.events import Notification

SERVER_SOCKET = "/socket/server/websocket"

_log = logging.getLogger("fishjam")


class NotificationSocket:
    """An open socket with a confirmed subscription."""

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
            # One frame that cannot be read must not cost the events after it.
            _log.warning("a frame of the notification socket was left out: %s", error)
            return []


@asynccontextmanager
async def subscribed(
    address: Address, credentials: Credentials, options: SocketOptions
) -> AsyncIterator[NotificationSocket]:
    """Connect, authenticate and subscribe; the body runs while the socket is open.

    Raises:
        NotifierAuthError: the server refused the management token.
        FishjamConnectionError: the connection could not be made, or broke on the way.
    """

    def refuse(reason: str) -> NotifierAuthError:
        error = NotifierAuthError(
            f"Invalid management token: the notification socket refused it ({reason})."
        )
        hint = f"Check that the token belongs to this Fishjam. {credentials.advice}"
        return with_notes(error, hint)

    introduction = Introduction(
        name="notification socket",
        # The server sends no event before it has confirmed both.
        steps=[
            (auth_request(credentials.management_token), "authenticated"),
            (SUBSCRIBE_REQUEST, "subscribe_response"),
        ],
        content_of=content_of,
        refuse=refuse,
        secrets=[credentials.management_token],
    )
    url = socket_url(address.base_url, SERVER_SOCKET)
    async with introduced(url, options, introduction) as socket:
        yield NotificationSocket(socket)
