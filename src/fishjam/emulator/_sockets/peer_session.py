"""What the sessions of peers and agents have in common: the way in, and the way out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from fishjam.emulator._delivery.outbox import (
    INVALID_AUTH_REQUEST,
    MISSING_TOKEN,
    NOT_ALLOWED,
    Frame,
    Outbox,
)
from fishjam.emulator._presence import AdmissionRefused, PeerKey, PeerOutput, PeerRegistry
from fishjam.emulator._sockets.session import content_of, read_message


class PeerSession(ABC):
    """A peer of some type on the socket for its type.

    What it may not send, and what is no message at all, closes the connection with 1003.

    Args:
        line: the way out to it.
        presence: admits it.
        output: takes the news of others and the end; the line itself by default.
    """

    peer_type: ClassVar[str]
    """The type of the peers that this is for."""
    message_type: ClassVar[Any]
    """The class of the messages that come from them."""
    forbidden: ClassVar[frozenset[str | None]]
    """The contents that they may not send once they are in."""

    def __init__(
        self, outbox: Outbox, presence: PeerRegistry, output: PeerOutput | None = None
    ) -> None:
        self._outbox = outbox
        self._presence = presence
        self._output = output or outbox
        self._key: PeerKey | None = None

    def receive(self, frame: Frame) -> None:
        """Take a frame: first the token, then everything else."""
        message = read_message(self.message_type, frame)
        content = content_of(message)
        if self._key is None:
            self._authenticate(message)
        elif content is None or content in self.forbidden:
            self._outbox.close(*NOT_ALLOWED)
        else:
            self.on_message(self._key, content, getattr(message, content))

    def expire(self) -> None:
        """Close the connection of who has not authenticated."""
        if self._key is None:
            self._outbox.close(*MISSING_TOKEN)

    def end(self) -> None:
        """Disconnect the peer, if it still has this socket."""
        key, self._key = self._key, None
        if key is not None:
            self._presence.leave(key, self._output)

    @abstractmethod
    def on_authenticated(self, key: PeerKey) -> None:
        """Answer to a good token."""

    @abstractmethod
    def on_message(self, key: PeerKey, kind: str, content: Any) -> None:
        """Carry out what a message asks for."""

    def _authenticate(self, message: Any | None) -> None:
        if message is None or content_of(message) != "auth_request":
            self._outbox.close(*INVALID_AUTH_REQUEST)
            return
        try:
            key = self._presence.admit(message.auth_request.token, self.peer_type, self._output)
        except AdmissionRefused as refused:
            self._outbox.close(*refused.close)
            return
        self._key = key
        self.on_authenticated(key)
