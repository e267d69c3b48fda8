"""The session of the peer socket: a peer proves who it is, joins its room, and says things."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from fishjam.emulator._delivery.line import Frame, Line
from fishjam.emulator._model.peers import Peer
from fishjam.emulator._model.refusals import BadRequest, Conflict, Refusal
from fishjam.emulator._model.state import State
from fishjam.emulator._model.tokens import ExpiredTokenError, InvalidTokenError
from fishjam.emulator._rest.bodies import decode_json
from fishjam.emulator._sockets import media_events
from fishjam.emulator._sockets.relay import Relay
from fishjam.emulator._sockets.session import (
    INVALID_AUTH_REQUEST,
    INVALID_TOKEN,
    MISSING_TOKEN,
    NOT_ALLOWED,
    content_of,
    read_message,
)

_PEER_TYPE = "webrtc"
_EXPIRED_TOKEN = (1000, "expired token")
_ROOM_NOT_FOUND = (1000, "room not found")
_PEER_NOT_FOUND = (1000, "peer not found")
_ALREADY_CONNECTED = (1000, "peer already connected")
_NO_MEDIA = "this emulator takes no WebRTC media"


@frozen
class _Place:
    """Whose socket it is."""

    room_id: str
    peer_id: str


class Participant:
    """A WebRTC peer on the peer socket.

    Args:
        line: the way out to it.
        state: the rooms, peers and tokens.
        relay: tells peers about each other.
    """

    def __init__(self, line: Line, state: State, relay: Relay) -> None:
        self._line = line
        self._state = state
        self._relay = relay
        self._place: _Place | None = None

    def receive(self, frame: Frame) -> None:
        """Take a frame: first the token, then media events."""
        message = read_message(media_events.PEER_MESSAGE, frame)
        if self._place is None:
            self._authenticate(message)
        elif content_of(message) in (None, "auth_request", "authenticated", "server_media_event"):
            self._line.close(*NOT_ALLOWED)
        elif message is not None and content_of(message) == "peer_media_event":
            self._act(self._place, message.peer_media_event)

    def expire(self) -> None:
        """Close the connection of who has not authenticated."""
        if self._place is None:
            self._line.close(*MISSING_TOKEN)

    def end(self) -> None:
        """Disconnect the peer, if it still has this socket."""
        place, self._place = self._place, None
        if place is not None and self._relay.has(place.room_id, place.peer_id, self._line):
            self._relay.detach(place.room_id, place.peer_id)
            self._state.rooms.disconnect_peer(place.room_id, place.peer_id)

    def _authenticate(self, message: Any | None) -> None:
        if message is None or content_of(message) != "auth_request":
            self._line.close(*INVALID_AUTH_REQUEST)
            return
        ending = self._enter(message.auth_request.token)
        if ending is not None:
            self._line.close(*ending)

    def _enter(self, token: str) -> tuple[int, str] | None:
        """Let the bearer of a token in, or return why not."""
        if not token:
            return MISSING_TOKEN
        try:
            claims = self._state.tokens.verify(token)
        except ExpiredTokenError:
            return _EXPIRED_TOKEN
        except InvalidTokenError:
            return INVALID_TOKEN
        if claims.get("type") != _PEER_TYPE:
            return INVALID_TOKEN
        return self._take_place(_Place(claims["room_id"], claims["peer_id"]))

    def _take_place(self, place: _Place) -> tuple[int, str] | None:
        if not self._state.rooms.has(place.room_id):
            return _ROOM_NOT_FOUND
        room = self._state.rooms.get(place.room_id)
        if place.peer_id not in room.peers:
            return _PEER_NOT_FOUND
        if not self._relay.attach(place.room_id, place.peer_id, self._line):
            return _ALREADY_CONNECTED
        self._place = place
        self._line.send(media_events.authenticated(room.config.room_type))
        return None

    def _act(self, place: _Place, event: Any) -> None:
        """Carry a media event out, or answer with an error."""
        peer = self._state.rooms.get_peer(place.room_id, place.peer_id)
        kind = content_of(event)
        try:
            if kind == "connect":
                self._connect(place, peer, event.connect.metadata_json)
            elif kind == "disconnect":
                self._state.rooms.disconnect_peer(place.room_id, place.peer_id)
            elif kind == "update_endpoint_metadata":
                self._update_peer(place, peer, event.update_endpoint_metadata.metadata_json)
            elif kind == "update_track_metadata":
                self._update_track(place, event.update_track_metadata)
            elif kind in ("renegotiate_tracks", "sdp_offer"):
                self._line.send(media_events.error(_NO_MEDIA))
        except Refusal as refusal:
            self._line.send(media_events.error(str(refusal)))

    def _connect(self, place: _Place, peer: Peer, metadata: str) -> None:
        if peer.is_connected:
            raise Conflict("already connected")
        self._state.rooms.connect_peer(place.room_id, place.peer_id, _decode(metadata))
        endpoints = self._relay.joined(place.room_id)
        self._line.send(media_events.connected(place.peer_id, endpoints))

    def _update_peer(self, place: _Place, peer: Peer, metadata: str) -> None:
        if not peer.is_connected:
            raise Conflict("not connected")
        self._state.rooms.update_peer_metadata(place.room_id, place.peer_id, _decode(metadata))

    def _update_track(self, place: _Place, update: Any) -> None:
        metadata = _decode(update.metadata_json)
        if not isinstance(metadata, dict | None):
            raise BadRequest("metadata: a track's metadata are a JSON object")
        self._state.rooms.update_track_metadata(
            place.room_id, place.peer_id, update.track_id, metadata
        )


def _decode(metadata: str) -> Any:
    return decode_json(metadata.encode(), "metadata") if metadata else None
