"""The outlets to connected peers: news of the others in the room, and the order to go."""

from __future__ import annotations

from collections.abc import Iterator

from fishjam import events
from fishjam.emulator._delivery.line import Outlet
from fishjam.emulator._model.notices import Notice
from fishjam.emulator._model.peers import Peer
from fishjam.emulator._model.state import State
from fishjam.emulator._sockets import media_events

_REMOVED = (1000, "Peer removed")
_STOPPED = (1000, "Room stopped")
_CRASHED = (1011, "")


class Relay:
    """Knows which peers have a socket, and tells them what happens; the lock is held by callers.

    Args:
        state: the rooms and peers; what happens there is to be handed to `handle`.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        # By the ids of room and peer.
        self._outlets: dict[str, dict[str, Outlet]] = {}
        self._joined: dict[str, dict[str, None]] = {}

    def attach(self, room_id: str, peer_id: str, outlet: Outlet) -> bool:
        """Give a peer its outlet; tells whether it had none before."""
        outlets = self._outlets.setdefault(room_id, {})
        return outlets.setdefault(peer_id, outlet) is outlet

    def detach(self, room_id: str, peer_id: str) -> None:
        """Take a peer's outlet away."""
        outlets = self._outlets.get(room_id, {})
        outlets.pop(peer_id, None)
        if not outlets:
            self._outlets.pop(room_id, None)

    def has(self, room_id: str, peer_id: str, outlet: Outlet) -> bool:
        """Tell whether this is the outlet of a peer."""
        return self._outlets.get(room_id, {}).get(peer_id) is outlet

    def joined(self, room_id: str) -> list[Peer]:
        """Return the peers of a room that are connected."""
        return [self._state.rooms.get_peer(room_id, one) for one in self._joined.get(room_id, {})]

    def reset(self) -> None:
        """Forget all peers."""
        self._outlets.clear()
        self._joined.clear()

    def handle(self, notice: Notice) -> None:
        """Tell the peers of a room what happened there, as far as it concerns them."""
        match notice.event:
            case events.PeerMetadataUpdated(room_id=room_id, peer_id=peer_id):
                self._update(self._state.rooms.get_peer(room_id, peer_id), room_id)
            case events.PeerDisconnected(room_id=room_id, peer_id=peer_id):
                self._leave(room_id, peer_id)
            case events.PeerDeleted(room_id=room_id, peer_id=peer_id):
                self._close(room_id, peer_id, self._farewell(room_id))
            case events.PeerCrashed(room_id=room_id, peer_id=peer_id):
                self._leave(room_id, peer_id)
                self._close(room_id, peer_id, _CRASHED)
            case events.RoomCrashed(room_id=room_id):
                self._joined.pop(room_id, None)
                for peer_id in list(self._outlets.get(room_id, ())):
                    self._close(room_id, peer_id, _CRASHED)
            case (
                events.TrackAdded() | events.TrackMetadataUpdated() | events.TrackRemoved()
            ) as event:
                self._tell_of_track(event)
            case _:
                pass

    def _update(self, peer: Peer, room_id: str) -> None:
        joined = self._joined.setdefault(room_id, {})
        if peer.id in joined:
            self._tell(room_id, peer.id, media_events.endpoint_updated(peer))
            return
        joined[peer.id] = None
        self._tell(room_id, peer.id, media_events.endpoint_added(peer))
        if peer.tracks:
            tracks = media_events.tracks_added(peer, peer.tracks.values())
            self._tell(room_id, peer.id, tracks)

    def _leave(self, room_id: str, peer_id: str) -> None:
        joined = self._joined.get(room_id, {})
        if peer_id in joined:
            del joined[peer_id]
            self._tell(room_id, peer_id, media_events.endpoint_removed(peer_id))
        if not joined:
            self._joined.pop(room_id, None)

    def _tell_of_track(
        self, event: events.TrackAdded | events.TrackMetadataUpdated | events.TrackRemoved
    ) -> None:
        room_id, peer_id, track = event.room_id, event.peer_id or "", event.track
        if peer_id not in self._joined.get(room_id, ()):
            return
        if isinstance(event, events.TrackAdded):
            peer = self._state.rooms.get_peer(room_id, peer_id)
            frame = media_events.tracks_added(peer, [peer.track(track.id)])
        elif isinstance(event, events.TrackMetadataUpdated):
            frame = media_events.track_updated(peer_id, track.id, track.metadata)
        else:
            frame = media_events.tracks_removed(peer_id, track.id)
        self._tell(room_id, peer_id, frame)

    def _tell(self, room_id: str, about: str, frame: bytes) -> None:
        for outlet in self._others(room_id, about):
            outlet.send(frame)

    def _others(self, room_id: str, peer_id: str) -> Iterator[Outlet]:
        joined = self._joined.get(room_id, ())
        for other, outlet in self._outlets.get(room_id, {}).items():
            if other in joined and other != peer_id:
                yield outlet

    def _close(self, room_id: str, peer_id: str, ending: tuple[int, str]) -> None:
        outlet = self._outlets.get(room_id, {}).get(peer_id)
        if outlet is not None:
            outlet.close(*ending)
            self.detach(room_id, peer_id)

    def _farewell(self, room_id: str) -> tuple[int, str]:
        # A room that is being deleted is not to be found any more when its peers go.
        return _REMOVED if self._state.rooms.has(room_id) else _STOPPED
