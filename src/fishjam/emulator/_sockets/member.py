"""What the sessions of peers and agents have in common: the way in, and the way out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from fishjam.emulator._delivery.line import Frame, Line, Outlet
from fishjam.emulator._sockets.entrance import Entrance, Place, Refused
from fishjam.emulator._sockets.session import (
    INVALID_AUTH_REQUEST,
    MISSING_TOKEN,
    NOT_ALLOWED,
    content_of,
    read_message,
)


class Member(ABC):
    """A peer of some type on the socket for its type.

    What it may not send, and what is no message at all, closes the connection with 1003.

    Args:
        line: the way out to it.
        entrance: gives it its place.
        outlet: takes the news of others and the end; the line itself by default.
    """

    peer_type: ClassVar[str]
    """The type of the peers that this is for."""
    message_type: ClassVar[Any]
    """The class of the messages that come from them."""
    forbidden: ClassVar[frozenset[str | None]]
    """The contents that they may not send once they are in."""

    def __init__(self, line: Line, entrance: Entrance, outlet: Outlet | None = None) -> None:
        self._line = line
        self._entrance = entrance
        self._outlet = outlet or line
        self._place: Place | None = None

    def receive(self, frame: Frame) -> None:
        """Take a frame: first the token, then everything else."""
        message = read_message(self.message_type, frame)
        content = content_of(message)
        if self._place is None:
            self._authenticate(message)
        elif content is None or content in self.forbidden:
            self._line.close(*NOT_ALLOWED)
        else:
            self.act(self._place, content, getattr(message, content))

    def expire(self) -> None:
        """Close the connection of who has not authenticated."""
        if self._place is None:
            self._line.close(*MISSING_TOKEN)

    def end(self) -> None:
        """Disconnect the peer, if it still has this socket."""
        place, self._place = self._place, None
        if place is not None:
            self._entrance.leave(place, self._outlet)

    @abstractmethod
    def welcome(self, place: Place) -> None:
        """Answer to a good token."""

    @abstractmethod
    def act(self, place: Place, kind: str, content: Any) -> None:
        """Carry out what a message asks for."""

    def _authenticate(self, message: Any | None) -> None:
        if message is None or content_of(message) != "auth_request":
            self._line.close(*INVALID_AUTH_REQUEST)
            return
        try:
            place = self._entrance.enter(message.auth_request.token, self.peer_type, self._outlet)
        except Refused as refused:
            self._line.close(*refused.ending)
            return
        self._place = place
        self.welcome(place)
