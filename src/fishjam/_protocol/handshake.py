"""The first frames of the notification socket: what a backend sends, and what it gets back."""

from __future__ import annotations

from fishjam._protocol import messages

_ENVELOPE = messages.message_class("fishjam.ServerMessage")
_SERVER_NOTIFICATION = 1

SUBSCRIBE_REQUEST: bytes = _ENVELOPE(
    subscribe_request={"event_type": _SERVER_NOTIFICATION}
).SerializeToString()
"""The frame that asks for notifications."""


def auth_request(management_token: str) -> bytes:
    """Return the frame that presents the management token."""
    return bytes(_ENVELOPE(auth_request={"token": management_token}).SerializeToString())


def content_of(frame: bytes) -> str:
    """Name what a frame of the notification socket holds; "nothing known" for other bytes."""
    return messages.content_of(frame, _ENVELOPE)
