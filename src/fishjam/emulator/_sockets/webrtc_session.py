"""The session of the peer socket: authentication, and the media events of a WebRTC peer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from fishjam.emulator._delivery.outbox import Outbox
from fishjam.emulator._model.refusals import Conflict, RequestRefused
from fishjam.emulator._model.state import State
from fishjam.emulator._presence import PeerKey, PeerRegistry
from fishjam.emulator._sockets import media_events
from fishjam.emulator._sockets.metadata import peer_metadata, track_metadata
from fishjam.emulator._sockets.peer_session import PeerSession
from fishjam.emulator._sockets.session import content_of
from fishjam.emulator._sockets.signaling import Signaling

NO_MEDIA = "this emulator takes no WebRTC media: start it with webrtc=True"
# Bit rates and variants are ignored, because one layer is taken as it comes.
_MEDIA = frozenset({"renegotiate_tracks", "sdp_offer", "candidate", "unmute_track"})


class PeerConnection(Protocol):
    """The media of one peer."""

    def take(self, kind: str, content: Any) -> None:
        """Take one of the media events that are about media; called inside the server's loop."""

    def leave(self) -> None:
        """End the media; once more changes nothing."""


Join = Callable[[PeerKey, Callable[[bytes], object]], PeerConnection]
"""Gives a peer that has joined its room its media; what is called sends a message to it."""


class WebRtcSession(PeerSession):
    """A WebRTC peer on the peer socket.

    Args:
        outbox: takes the frames for it.
        presence: admits the peer.
        state: the rooms and peers.
        signaling: tells the other peers.
        join: provides the media of the peer; None if media are not served.
    """

    peer_type = "webrtc"
    message_type = media_events.PEER_MESSAGE
    forbidden = frozenset({"auth_request", "authenticated", "server_media_event"})

    def __init__(
        self,
        outbox: Outbox,
        presence: PeerRegistry,
        state: State,
        signaling: Signaling,
        join: Join | None = None,
    ) -> None:
        super().__init__(outbox, presence)
        self._join = join
        self._media: PeerConnection | None = None
        self._state = state
        self._signaling = signaling

    def on_authenticated(self, key: PeerKey) -> None:
        """Send the type of the room and connect the peer; it joins the others with `connect`."""
        room = self._state.rooms.get(key.room_id)
        self._outbox.send(media_events.authenticated(room.config.room_type))
        # Fishjam counts a peer as connected from its token on, before any media event.
        self._state.rooms.connect_peer(key.room_id, key.peer_id)

    def end(self) -> None:
        """Disconnect the peer and end its media."""
        self._leave_media()
        super().end()

    def on_message(self, key: PeerKey, kind: str, content: Any) -> None:
        """Carry out a media event, or answer with an error; other messages change nothing."""
        if kind != "peer_media_event":
            return
        try:
            self._on_media_event(key, content)
        except RequestRefused as refusal:
            self._outbox.send(media_events.error(str(refusal)))

    def _on_media_event(self, key: PeerKey, event: Any) -> None:
        kind = content_of(event)
        if kind == "connect":
            self._enter_room(key, event.connect.metadata_json)
        elif kind == "disconnect":
            self._leave_media()
            self._leave_room(key)
        elif kind == "update_endpoint_metadata":
            self._update_peer(key, event.update_endpoint_metadata.metadata_json)
        elif kind == "update_track_metadata":
            self._update_track(key, event.update_track_metadata)
        elif kind in _MEDIA:
            self._take_media(kind, getattr(event, kind))

    def _enter_room(self, key: PeerKey, metadata: str) -> None:
        if self._signaling.has_joined(key.room_id, key.peer_id):
            raise Conflict("already connected")
        # First, because the peer has to be in the list that it gets.
        self._state.rooms.introduce_peer(key.room_id, key.peer_id, peer_metadata(metadata))
        endpoints = self._signaling.joined(key.room_id)
        self._outbox.send(media_events.connected(key.peer_id, endpoints))
        if self._join is not None:
            self._media = self._join(key, self._outbox.send)

    def _take_media(self, kind: str, content: Any) -> None:
        if self._media is not None:
            self._media.take(kind, content)
        elif self._join is not None:
            raise Conflict("not connected")
        # Not for candidates: they follow an offer, which was answered with this error.
        elif kind in ("renegotiate_tracks", "sdp_offer"):
            self._outbox.send(media_events.error(NO_MEDIA))

    def _leave_media(self) -> None:
        if self._media is not None:
            self._media.leave()
            self._media = None

    def _leave_room(self, key: PeerKey) -> None:
        # The peer stays connected as long as its socket is open.
        self._state.rooms.withdraw_tracks(key.room_id, key.peer_id)
        self._signaling.leave(key.room_id, key.peer_id)

    def _update_peer(self, key: PeerKey, metadata: str) -> None:
        if not self._signaling.has_joined(key.room_id, key.peer_id):
            raise Conflict("not connected")
        self._state.rooms.update_peer_metadata(key.room_id, key.peer_id, peer_metadata(metadata))

    def _update_track(self, key: PeerKey, update: Any) -> None:
        self._state.rooms.update_track_metadata(
            key.room_id, key.peer_id, update.track_id, track_metadata(update.metadata_json)
        )
