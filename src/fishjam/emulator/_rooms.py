"""Rooms and what is in them: peers, their tracks, their subscriptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import Factory, define, frozen

from fishjam.emulator._refusals import Conflict, NotFound

LIVESTREAM_TYPES = frozenset({"livestream", "audio_only_livestream", "broadcaster"})
"""The room types whose rooms have streamers and viewers."""

Json = dict[str, Any]


@frozen
class RoomConfig:
    """What a room was made with; `max_peers` 0 means no limit."""

    room_type: str
    max_peers: int
    public: bool
    video_codec: str
    webhook_url: str | None
    batch_webhook_notifications: bool

    def to_json(self) -> Json:
        """Return the configuration as the API shows it."""
        return {
            "roomType": self.room_type,
            "maxPeers": self.max_peers,
            "public": self.public,
            "videoCodec": self.video_codec,
            "webhookUrl": self.webhook_url,
            "batchWebhookNotifications": self.batch_webhook_notifications,
        }


@frozen
class Track:
    """One audio or video track of a peer."""

    id: str
    type: str
    metadata: Json | None

    def to_json(self) -> Json:
        """Return the track as the API shows it."""
        return {"id": self.id, "type": self.type, "metadata": self.metadata}


@define
class Peer:
    """One participant of a room.

    Attributes:
        options: what the peer was asked for with, as it came.
        subscribed_peers: ids of peers that this one was subscribed to; a dict keeps the order.
        subscribed_tracks: ids of tracks, likewise.
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

    def forget(self, peer: Peer) -> None:
        """Drop the subscriptions to a peer that is gone."""
        self.subscribed_peers.pop(peer.id, None)
        for track_id in peer.tracks:
            self.subscribed_tracks.pop(track_id, None)

    def to_json(self) -> Json:
        """Return the peer as the API shows it."""
        return {
            "id": self.id,
            "type": self.type,
            "status": self.status,
            "metadata": self.metadata,
            "tracks": [track.to_json() for track in self.tracks.values()],
            "subscribeMode": self.subscribe_mode,
            "subscriptions": {
                "peers": list(self.subscribed_peers),
                "tracks": list(self.subscribed_tracks),
            },
        }


@define
class Room:
    """One room; `composition_url` is where its tracks are forwarded to."""

    id: str
    config: RoomConfig
    peers: dict[str, Peer] = Factory(dict)
    composition_url: str | None = None

    @property
    def is_livestream(self) -> bool:
        """Whether the room has streamers and viewers."""
        return self.config.room_type in LIVESTREAM_TYPES

    @property
    def is_full(self) -> bool:
        """Whether one more peer would break the room's limit."""
        return 0 < self.config.max_peers <= len(self.peers)

    def peer(self, peer_id: str) -> Peer:
        """Return one peer of the room.

        Raises:
            NotFound: if the room has no such peer.
        """
        peer = self.peers.get(peer_id)
        if peer is None:
            raise NotFound.named("peer", peer_id)
        return peer

    def track_ids(self) -> set[str]:
        """Return the ids of all tracks in the room."""
        return {track_id for peer in self.peers.values() for track_id in peer.tracks}

    def to_json(self) -> Json:
        """Return the room as the API shows it."""
        composition = self.composition_url and {
            "compositionUrl": self.composition_url,
            "forwardings": [],
        }
        return {
            "id": self.id,
            "config": self.config.to_json(),
            "peers": [peer.to_json() for peer in self.peers.values()],
            "compositionInfo": composition,
        }


class Rooms:
    """All rooms, and everything that can be done to one.

    Args:
        new_id: makes the ids of rooms, peers and tracks.
    """

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._rooms: dict[str, Room] = {}

    def all(self) -> list[Room]:
        """Return all rooms, the oldest first."""
        return list(self._rooms.values())

    def get(self, room_id: str) -> Room:
        """Return one room.

        Raises:
            NotFound: if there is no such room.
        """
        room = self._rooms.get(room_id)
        if room is None:
            raise NotFound.named("room", room_id)
        return room

    def get_livestream(self, room_id: str) -> Room:
        """Return one room that has streamers and viewers.

        Raises:
            NotFound: if there is no such room, or if it is of another type.
        """
        room = self.get(room_id)
        if not room.is_livestream:
            raise NotFound(f"room {room_id} is of type {room.config.room_type}, not a livestream")
        return room

    def create(self, config: RoomConfig) -> Room:
        """Make a room."""
        room = Room(self._new_id(), config)
        self._rooms[room.id] = room
        return room

    def delete(self, room_id: str) -> None:
        """Remove a room with everything in it."""
        del self._rooms[self.get(room_id).id]

    def add_peer(self, room_id: str, peer_type: str, options: Json) -> Peer:
        """Add a peer that is not connected yet.

        Args:
            room_id: the room.
            peer_type: `webrtc`, `agent` or `vapi`.
            options: the options of that type, valid by the document.

        Raises:
            Conflict: if the room is full.
        """
        room = self.get(room_id)
        if room.is_full:
            raise Conflict(f"room {room_id} is full: it has {len(room.peers)} peers, its maximum")
        peer = Peer(
            id=self._new_id(),
            type=peer_type,
            subscribe_mode=options.get("subscribeMode", "auto"),
            metadata={"peer": {}, "server": options.get("metadata", {})},
            options=options,
        )
        room.peers[peer.id] = peer
        return peer

    def get_peer(self, room_id: str, peer_id: str) -> Peer:
        """Return one peer of a room."""
        return self.get(room_id).peer(peer_id)

    def delete_peer(self, room_id: str, peer_id: str) -> None:
        """Remove a peer, its tracks and the subscriptions to both."""
        room = self.get(room_id)
        gone = room.peer(peer_id)
        del room.peers[peer_id]
        for peer in room.peers.values():
            peer.forget(gone)

    def add_track(
        self, room_id: str, peer_id: str, track_type: str, metadata: Json | None
    ) -> Track:
        """Give a peer one more track."""
        track = Track(self._new_id(), track_type, metadata)
        self.get_peer(room_id, peer_id).tracks[track.id] = track
        return track

    def subscribe_peer(self, room_id: str, peer_id: str, target_id: str) -> None:
        """Subscribe a peer to another one; once more changes nothing."""
        room = self.get(room_id)
        peer, target = room.peer(peer_id), room.peer(target_id)
        peer.subscribed_peers[target.id] = None

    def subscribe_tracks(self, room_id: str, peer_id: str, track_ids: list[str]) -> None:
        """Subscribe a peer to tracks of its room, to all of them or, if one is unknown, to none."""
        room = self.get(room_id)
        peer = room.peer(peer_id)
        known = room.track_ids()
        for track_id in track_ids:
            if track_id not in known:
                raise NotFound.named("track", track_id)
        peer.subscribed_tracks.update(dict.fromkeys(track_ids))

    def forward_tracks(self, room_id: str, composition_url: str) -> None:
        """Forward the room's tracks to a composition; once more changes nothing.

        Raises:
            Conflict: if they are forwarded to another composition.
        """
        room = self.get(room_id)
        if room.composition_url not in (None, composition_url):
            raise Conflict(f"room {room_id} is forwarded to {room.composition_url} already")
        room.composition_url = composition_url
