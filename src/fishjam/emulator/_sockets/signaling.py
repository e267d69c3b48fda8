"""What WebRTC peers are told of the other peers in their room."""

from __future__ import annotations

from collections.abc import Iterator

from fishjam import events
from fishjam.emulator._model.peers import Peer
from fishjam.emulator._model.state import State
from fishjam.emulator._model.state_changes import StateChange
from fishjam.emulator._presence import PeerOutput, PeerRegistry
from fishjam.emulator._sockets import media_events


class Signaling:
    """Tells the peers of a room what happens to the others; the lock is held by callers.

    Args:
        state: the rooms and peers; what happens there is to be handed to `handle`.
        presence: knows where a peer's messages go.
    """

    def __init__(self, state: State, presence: PeerRegistry) -> None:
        self._state = state
        self._presence = presence
        # The peers that others know of, by the ids of room and peer; a dict keeps the order. A
        # peer that has only presented its token is connected, but not among them yet.
        self._joined: dict[str, dict[str, None]] = {}

    def joined(self, room_id: str) -> list[Peer]:
        """Return the peers of a room that the others know of."""
        joined = self._joined.get(room_id, {})
        return [self._state.rooms.get_peer(room_id, peer_id) for peer_id in joined]

    def has_joined(self, room_id: str, peer_id: str) -> bool:
        """Tell whether the others in a room know of a peer."""
        return peer_id in self._joined.get(room_id, ())

    def leave(self, room_id: str, peer_id: str) -> None:
        """Tell the others in a room that a peer has left, if they know of it."""
        joined = self._joined.get(room_id, {})
        if peer_id in joined:
            del joined[peer_id]
            self._notify(room_id, peer_id, media_events.endpoint_removed(peer_id))
        if not joined:
            self._joined.pop(room_id, None)

    def reset(self) -> None:
        """Forget all peers."""
        self._joined.clear()

    def handle(self, change: StateChange) -> None:
        """Tell the peers of a room what happened there, as far as it concerns them."""
        match change.event:
            case events.PeerMetadataUpdated(room_id=room_id, peer_id=peer_id):
                self._update(self._state.rooms.get_peer(room_id, peer_id), room_id)
            case events.PeerDisconnected() | events.PeerCrashed() as event:
                self.leave(event.room_id, event.peer_id)
            case events.RoomCrashed(room_id=room_id):
                self._joined.pop(room_id, None)
            case (
                events.TrackAdded() | events.TrackMetadataUpdated() | events.TrackRemoved()
            ) as event:
                self._notify_of_track(event)
            case events.VadNotification(room_id=room_id, peer_id=peer_id) as event:
                is_speech = event.status is events.VadNotificationStatus.SPEECH
                frame = media_events.vad_notification(event.track_id, is_speech)
                self._notify(room_id, peer_id, frame)
            case _:
                pass

    def _update(self, peer: Peer, room_id: str) -> None:
        joined = self._joined.setdefault(room_id, {})
        if peer.id in joined:
            self._notify(room_id, peer.id, media_events.endpoint_updated(peer))
            return
        joined[peer.id] = None
        self._notify(room_id, peer.id, media_events.endpoint_added(peer))
        # `endpoint_added` has no field for tracks.
        if peer.tracks:
            tracks = media_events.tracks_added(peer, peer.tracks.values())
            self._notify(room_id, peer.id, tracks)

    def _notify_of_track(
        self, event: events.TrackAdded | events.TrackMetadataUpdated | events.TrackRemoved
    ) -> None:
        room_id, peer_id, track = event.room_id, event.peer_id or "", event.track
        # The others learn of the tracks of such a peer when it joins.
        if peer_id not in self._joined.get(room_id, ()):
            return
        if isinstance(event, events.TrackAdded):
            peer = self._state.rooms.get_peer(room_id, peer_id)
            frame = media_events.tracks_added(peer, [peer.track(track.id)])
        elif isinstance(event, events.TrackMetadataUpdated):
            frame = media_events.track_updated(peer_id, track.id, track.metadata)
        else:
            frame = media_events.tracks_removed(peer_id, track.id)
        self._notify(room_id, peer_id, frame)

    def _notify(self, room_id: str, about: str, frame: bytes) -> None:
        for output in self._others(room_id, about):
            output.send(frame)

    def _others(self, room_id: str, peer_id: str) -> Iterator[PeerOutput]:
        joined = self._joined.get(room_id, ())
        for other, output in self._presence.outputs(room_id):
            if other in joined and other != peer_id:
                yield output
