"""The interface of a session: a state machine without I/O behind an open WebSocket."""

from __future__ import annotations

from typing import Any, Protocol

from fishjam._protocol.messages import DECODE_ERRORS
from fishjam.emulator._delivery.outbox import Frame

AUTH_TIMEOUT = 10.0
"""How long a client may take to authenticate, in seconds of the emulator's clock."""


class SocketSession(Protocol):
    """The session of one client; every call is made with the emulator's lock held."""

    def receive(self, frame: Frame) -> None:
        """Handle a frame from the client."""

    def expire(self) -> None:
        """Handle the end of the time to authenticate."""

    def end(self) -> None:
        """Handle the end of the connection; a second call changes nothing."""


def read_message(message_type: Any, frame: Frame) -> Any | None:
    """Decode a frame as a message of a type; None if that fails."""
    # All sockets speak protobuf in binary frames.
    if isinstance(frame, str):
        return None
    try:
        return message_type.FromString(frame)
    except DECODE_ERRORS:
        return None


def content_of(message: Any | None) -> str | None:
    """Return the name of a message's content; None if it is unknown or missing."""
    return None if message is None else message.WhichOneof("content")
