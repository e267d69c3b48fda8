"""The session of the server socket: a backend authenticates and subscribes to notifications."""

from __future__ import annotations

import hmac
from typing import Any

from fishjam._protocol.messages import message_class
from fishjam.emulator._delivery.hub import NotificationHub
from fishjam.emulator._delivery.outbox import (
    INVALID_AUTH_REQUEST,
    INVALID_TOKEN,
    MISSING_TOKEN,
    NOT_ALLOWED,
    Frame,
    Outbox,
)
from fishjam.emulator._sockets.session import content_of, read_message

_MESSAGE = message_class("fishjam.ServerMessage")
_SERVER_NOTIFICATION = 1


class NotificationSession:
    """A backend on the server socket.

    Args:
        outbox: takes the frames for it.
        hub: provides the notifications.
        management_token: the token that the backend must present.
    """

    def __init__(self, outbox: Outbox, hub: NotificationHub, management_token: str) -> None:
        self._outbox = outbox
        self._hub = hub
        self._token = management_token.encode()
        self._authenticated = False

    def receive(self, frame: Frame) -> None:
        """Handle a frame: the token, then the subscription; nothing else is allowed."""
        message = read_message(_MESSAGE, frame)
        if self._authenticated:
            self._subscribe(message)
        else:
            self._authenticate(message)

    def expire(self) -> None:
        """Close the connection if the client has not authenticated."""
        if not self._authenticated:
            self._outbox.close(*MISSING_TOKEN)

    def end(self) -> None:
        """Unsubscribe."""
        self._hub.unsubscribe(self._outbox)

    def _authenticate(self, message: Any | None) -> None:
        if message is None or content_of(message) != "auth_request":
            self._outbox.close(*INVALID_AUTH_REQUEST)
        elif not message.auth_request.token:
            self._outbox.close(*MISSING_TOKEN)
        elif not hmac.compare_digest(message.auth_request.token.encode(), self._token):
            self._outbox.close(*INVALID_TOKEN)
        else:
            self._authenticated = True
            self._outbox.send(_MESSAGE(authenticated={}).SerializeToString())

    def _subscribe(self, message: Any | None) -> None:
        if (
            message is None
            or content_of(message) != "subscribe_request"
            or message.subscribe_request.event_type != _SERVER_NOTIFICATION
        ):
            self._outbox.close(*NOT_ALLOWED)
            return
        response = {"event_type": _SERVER_NOTIFICATION}
        self._outbox.send(_MESSAGE(subscribe_response=response).SerializeToString())
        self._hub.subscribe(self._outbox)
