"""What stands behind an open WebSocket: a plain state machine that reads frames."""

from __future__ import annotations

from typing import Any, Protocol

from fishjam._protocol.messages import DECODE_ERRORS
from fishjam.emulator._delivery.outbox import Frame

AUTH_TIMEOUT = 10.0
"""How long a client may take to authenticate, in seconds of the emulator's clock."""


class SocketSession(Protocol):
    """One client of a socket; every call is made with the emulator's lock held."""

    def receive(self, frame: Frame) -> None:
        """Take a frame from the client."""

    def expire(self) -> None:
        """Learn that the time to authenticate is over."""

    def end(self) -> None:
        """Learn that the connection is gone; to hear it again changes nothing."""


def read_message(message_type: Any, frame: Frame) -> Any | None:
    """Read a frame as a message of a type; None if it is none."""
    if isinstance(frame, str):
        return None
    try:
        return message_type.FromString(frame)
    except DECODE_ERRORS:
        return None


def content_of(message: Any | None) -> str | None:
    """Name what a message holds, or None if it holds nothing known."""
    return None if message is None else message.WhichOneof("content")
