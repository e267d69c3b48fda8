"""The way into a room: a token is looked at, and its bearer takes the place of the peer."""

from __future__ import annotations

from attrs import frozen

from fishjam.emulator._delivery.line import Outlet
from fishjam.emulator._model.state import State
from fishjam.emulator._model.tokens import ExpiredTokenError, InvalidTokenError
from fishjam.emulator._sockets.relay import Relay
from fishjam.emulator._sockets.session import INVALID_TOKEN, MISSING_TOKEN

_EXPIRED_TOKEN = (1000, "expired token")
_ROOM_NOT_FOUND = (1000, "room not found")
_PEER_NOT_FOUND = (1000, "peer not found")
_ALREADY_CONNECTED = (1000, "peer already connected")


class Refused(Exception):  # noqa: N818 - it is an answer rather than an error
    """The bearer of a token is not let in.

    Attributes:
        ending: the code and reason to close a socket with because of that.
    """

    def __init__(self, ending: tuple[int, str]) -> None:
        super().__init__(ending[1])
        self.ending = ending


@frozen
class Place:
    """A peer in its room."""

    room_id: str
    peer_id: str


class Entrance:
    """Gives places to those who prove that they are theirs; the lock is held by callers.

    Args:
        state: the rooms, peers and tokens.
        relay: knows the places that are taken.
    """

    def __init__(self, state: State, relay: Relay) -> None:
        self._state = state
        self._relay = relay

    def enter(self, token: str, peer_type: str, outlet: Outlet) -> Place:
        """Let the bearer of a token take the place of its peer, which is not connected by that.

        Args:
            token: the token.
            peer_type: the type that the peer has to be of.
            outlet: what tells the bearer of the others, and of the end.

        Raises:
            Refused: if the token does not open this place, or if somebody has it.
        """
        place = self._find(token, peer_type)
        if not self._state.rooms.has(place.room_id):
            raise Refused(_ROOM_NOT_FOUND)
        if place.peer_id not in self._state.rooms.get(place.room_id).peers:
            raise Refused(_PEER_NOT_FOUND)
        if not self._relay.attach(place.room_id, place.peer_id, outlet):
            raise Refused(_ALREADY_CONNECTED)
        return place

    def leave(self, place: Place, outlet: Outlet) -> None:
        """Free a place and disconnect its peer, if it is still this one who has it."""
        if self._relay.has(place.room_id, place.peer_id, outlet):
            self._relay.detach(place.room_id, place.peer_id)
            self._state.rooms.disconnect_peer(place.room_id, place.peer_id)

    def _find(self, token: str, peer_type: str) -> Place:
        if not token:
            raise Refused(MISSING_TOKEN)
        try:
            claims = self._state.tokens.verify(token)
        except ExpiredTokenError as error:
            raise Refused(_EXPIRED_TOKEN) from error
        except InvalidTokenError as error:
            raise Refused(INVALID_TOKEN) from error
        if claims.get("type") != peer_type:
            raise Refused(INVALID_TOKEN)
        return Place(claims["room_id"], claims["peer_id"])
