"""What the sessions of WebRTC peers and agents have in common: authentication and the end."""

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
    """A peer on the socket for peers of its type.

    A message that it may not send, and a frame that is not a message, closes the connection with
    1003.

    Args:
        outbox: takes the frames for it.
        presence: admits the peer.
        output: takes messages about other peers and the end; the outbox itself by default.
    """

    peer_type: ClassVar[str]
    """The type of the peers that use this socket."""
    message_type: ClassVar[Any]
    """The class of the messages that they send."""
    forbidden: ClassVar[frozenset[str | None]]
    """The contents that they may not send once they are authenticated."""

    def __init__(
        self, outbox: Outbox, presence: PeerRegistry, output: PeerOutput | None = None
    ) -> None:
        self._outbox = outbox
        self._presence = presence
        self._output = output or outbox
        self._key: PeerKey | None = None

    def receive(self, frame: Frame) -> None:
        """Handle a frame: first the token, then everything else."""
        message = read_message(self.message_type, frame)
        content = content_of(message)
        if self._key is None:
            self._authenticate(message)
        elif not self._presence.represents(self._key, self._output):
            # The peer was removed, and its socket is closed later on request.
            return
        elif content is None or content in self.forbidden:
            self._outbox.close(*NOT_ALLOWED)
        else:
            self.on_message(self._key, content, getattr(message, content))

    def expire(self) -> None:
        """Close the connection if the client has not authenticated."""
        if self._key is None:
            self._outbox.close(*MISSING_TOKEN)

    def end(self) -> None:
        """Disconnect the peer, if this session still represents it."""
        key, self._key = self._key, None
        if key is not None:
            self._presence.leave(key, self._output)

    @abstractmethod
    def on_authenticated(self, key: PeerKey) -> None:
        """Answer a valid token."""

    @abstractmethod
    def on_message(self, key: PeerKey, kind: str, content: Any) -> None:
        """Carry out a message."""

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
