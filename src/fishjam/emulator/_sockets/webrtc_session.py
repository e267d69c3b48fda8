"""The session of the peer socket: a peer proves who it is, joins its room, and says things."""

from __future__ import annotations

from typing import Any

from fishjam.emulator._delivery.outbox import Outbox
from fishjam.emulator._model.peers import Peer
from fishjam.emulator._model.refusals import Conflict, RequestRefused
from fishjam.emulator._model.state import State
from fishjam.emulator._presence import PeerKey, PeerRegistry
from fishjam.emulator._sockets import media_events
from fishjam.emulator._sockets.metadata import peer_metadata, track_metadata
from fishjam.emulator._sockets.peer_session import PeerSession
from fishjam.emulator._sockets.session import content_of
from fishjam.emulator._sockets.signaling import Signaling

_NO_MEDIA = "this emulator takes no WebRTC media"


class WebRtcSession(PeerSession):
    """A WebRTC peer on the peer socket.

    Args:
        line: the way out to it.
        presence: admits it.
        state: the rooms and peers.
        signaling: knows the other peers.
    """

    peer_type = "webrtc"
    message_type = media_events.PEER_MESSAGE
    forbidden = frozenset({"auth_request", "authenticated", "server_media_event"})

    def __init__(
        self, outbox: Outbox, presence: PeerRegistry, state: State, signaling: Signaling
    ) -> None:
        super().__init__(outbox, presence)
        self._state = state
        self._signaling = signaling

    def on_authenticated(self, key: PeerKey) -> None:
        """Tell the type of the room; the peer is connected when it asks for that."""
        room = self._state.rooms.get(key.room_id)
        self._outbox.send(media_events.authenticated(room.config.room_type))

    def on_message(self, key: PeerKey, kind: str, content: Any) -> None:
        """Carry a media event out, or answer with an error; the rest changes nothing."""
        if kind != "peer_media_event":
            return
        try:
            self._on_media_event(key, content)
        except RequestRefused as refusal:
            self._outbox.send(media_events.error(str(refusal)))

    def _on_media_event(self, key: PeerKey, event: Any) -> None:
        peer = self._state.rooms.get_peer(key.room_id, key.peer_id)
        kind = content_of(event)
        if kind == "connect":
            self._connect(key, peer, event.connect.metadata_json)
        elif kind == "disconnect":
            self._state.rooms.disconnect_peer(key.room_id, key.peer_id)
        elif kind == "update_endpoint_metadata":
            self._update_peer(key, peer, event.update_endpoint_metadata.metadata_json)
        elif kind == "update_track_metadata":
            self._update_track(key, event.update_track_metadata)
        elif kind in ("renegotiate_tracks", "sdp_offer"):
            self._outbox.send(media_events.error(_NO_MEDIA))

    def _connect(self, key: PeerKey, peer: Peer, metadata: str) -> None:
        if peer.is_connected:
            raise Conflict("already connected")
        self._state.rooms.connect_peer(key.room_id, key.peer_id, peer_metadata(metadata))
        endpoints = self._signaling.joined(key.room_id)
        self._outbox.send(media_events.connected(key.peer_id, endpoints))

    def _update_peer(self, key: PeerKey, peer: Peer, metadata: str) -> None:
        if not peer.is_connected:
            raise Conflict("not connected")
        self._state.rooms.update_peer_metadata(key.room_id, key.peer_id, peer_metadata(metadata))

    def _update_track(self, key: PeerKey, update: Any) -> None:
        self._state.rooms.update_track_metadata(
            key.room_id, key.peer_id, update.track_id, track_metadata(update.metadata_json)
        )
