"""Peers: the participants of a room."""

from __future__ import annotations

from typing import Any

from attrs import Factory, define

from fishjam.emulator._model.refusals import NotFound
from fishjam.emulator._model.tracks import Track

Json = dict[str, Any]


@define
class Peer:
    """One participant of a room.

    Attributes:
        options: the options of the request that created it, unchanged.
        subscribed_peers: the ids of peers that it was subscribed to; a dict keeps the order.
        subscribed_tracks: the ids of tracks, likewise.
    """

    id: str
    type: str
    subscribe_mode: str
    metadata: Json
    options: Json
    status: str = "disconnected"
    tracks: dict[str, Track] = Factory(dict)
    subscribed_peers: dict[str, None] = Factory(dict)
    subscribed_tracks: dict[str, None] = Factory(dict)

    @property
    def is_connected(self) -> bool:
        """Whether the peer is connected."""
        return self.status == "connected"

    def hears(self, peer_id: str, track_id: str) -> bool:
        """Tell whether the peer is subscribed to a track of another one."""
        return peer_id != self.id and (
            self.subscribe_mode == "auto"
            or peer_id in self.subscribed_peers
            or track_id in self.subscribed_tracks
        )

    def track(self, track_id: str) -> Track:
        """Return one track of the peer.

        Raises:
            NotFound: if the peer has no such track.
        """
        track = self.tracks.get(track_id)
        if track is None:
            raise NotFound.named("track", track_id)
        return track

    def forget(self, peer: Peer) -> None:
        """Drop the subscription to a peer that was removed."""
        self.subscribed_peers.pop(peer.id, None)

    def to_dict(self) -> Json:
        """Return the peer as the API shows it."""
        return {
            "id": self.id,
            "type": self.type,
            "status": self.status,
            "metadata": self.metadata,
            "tracks": [track.to_dict() for track in self.tracks.values()],
            "subscribeMode": self.subscribe_mode,
            "subscriptions": {
                "peers": list(self.subscribed_peers),
                "tracks": list(self.subscribed_tracks),
            },
        }
