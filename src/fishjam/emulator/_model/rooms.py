"""Rooms: their peers, connections, tracks and subscriptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import Factory, define, evolve, frozen

from fishjam import events
from fishjam.emulator._model.addresses import composition_id_of
from fishjam.emulator._model.forwarding import Forwarding
from fishjam.emulator._model.livestream_presence import LivestreamPresence
from fishjam.emulator._model.peers import Peer
from fishjam.emulator._model.refusals import BadRequest, Conflict, NotFound
from fishjam.emulator._model.state_changes import (
    Listener,
    StateChange,
    Topic,
    ignore,
    metadata_text,
)
from fishjam.emulator._model.tracks import Track

ROOM_TYPES = (
    "conference",
    "audio_only",
    "livestream",
    "audio_only_livestream",
    "full_feature",
    "broadcaster",
)
LIVESTREAM_TYPES = frozenset({"livestream", "audio_only_livestream", "broadcaster"})
"""The room types whose rooms have streamers and viewers."""

_VAPI = "vapi"

Json = dict[str, Any]


@frozen
class RoomConfig:
    """The configuration of a room; `max_peers` 0 means no limit."""

    room_type: str = "conference"
    max_peers: int = 0
    public: bool = False
    video_codec: str = "h264"
    webhook_url: str | None = None
    batch_webhook_notifications: bool = False

    def to_dict(self) -> Json:
        """Return the configuration as the API shows it."""
        return {
            "roomType": self.room_type,
            "maxPeers": self.max_peers,
            "public": self.public,
            "videoCodec": self.video_codec,
            "webhookUrl": self.webhook_url,
            "batchWebhookNotifications": self.batch_webhook_notifications,
        }


@define
class Room:
    """One room.

    Attributes:
        presence: the streamers and viewers, if it is a livestream.
        composition_url: the composition that its tracks are forwarded to.
        forwardings: the inputs of that composition, by the ids of the peers.
    """

    id: str
    config: RoomConfig
    topic: Topic
    presence: LivestreamPresence
    peers: dict[str, Peer] = Factory(dict)
    composition_url: str | None = None
    forwardings: dict[str, Forwarding] = Factory(dict)

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

    def to_dict(self) -> Json:
        """Return the room as the API shows it."""
        composition = self.composition_url and {
            "compositionUrl": self.composition_url,
            "forwardings": [forwarding.to_dict() for forwarding in self.forwardings.values()],
        }
        return {
            "id": self.id,
            "config": self.config.to_dict(),
            "peers": [peer.to_dict() for peer in self.peers.values()],
            "compositionInfo": composition,
        }


class Rooms:
    """All rooms, and all operations on them.

    Args:
        new_id: makes the ids of rooms, peers, tracks and the inputs of compositions.
        listener: told of every change.
        on_subscribed: is called with the id of a room in which a peer has new subscriptions.
    """

    def __init__(
        self,
        new_id: Callable[[], str],
        listener: Listener = ignore,
        on_subscribed: Callable[[str], None] = lambda _room_id: None,
    ) -> None:
        self._new_id = new_id
        self._listener = listener
        self._on_subscribed = on_subscribed
        self._rooms: dict[str, Room] = {}

    def all(self) -> list[Room]:
        """Return all rooms, the oldest first."""
        return list(self._rooms.values())

    def has(self, room_id: str) -> bool:
        """Tell whether there is such a room."""
        return room_id in self._rooms

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
        """Create a room."""
        topic = Topic(self._new_id(), config.webhook_url, config.batch_webhook_notifications)
        room = Room(topic.id, config, topic, LivestreamPresence(topic, self._listener))
        self._rooms[room.id] = room
        self._notify(room, events.RoomCreated)
        return room

    def delete(self, room_id: str) -> None:
        """Delete a room; its peers are disconnected and removed first."""
        room = self.get(room_id)
        # First, because the sockets of its peers are told `Room stopped` if the room is gone by
        # then, and `Peer removed` otherwise.
        del self._rooms[room_id]
        for peer in list(room.peers.values()):
            self._remove_peer(room, peer)
        room.presence.end()
        self._notify(room, events.RoomDeleted)

    def crash(self, room_id: str) -> None:
        """Remove a room with everything in it; the only event is that of its crash."""
        room = self.get(room_id)
        del self._rooms[room_id]
        self._notify(room, events.RoomCrashed)

    def add_peer(self, room_id: str, peer_type: str, options: Json) -> Peer:
        """Add a peer that is not connected yet, or a VAPI peer, which connects by itself.

        No call is made for a VAPI peer: it stays connected and silent until it is deleted or, with
        `autoClose`, until the last other peer has left; then it disconnects.

        Args:
            room_id: the room.
            peer_type: `webrtc`, `agent` or `vapi`.
            options: the options of that type, checked against the document.

        Raises:
            Conflict: if the room is full.
        """
        room = self.get(room_id)
        if room.is_full:
            raise Conflict(f"room {room_id} is full: its max_peers is {len(room.peers)}")
        peer = Peer(
            id=self._new_id(),
            type=peer_type,
            subscribe_mode=options.get("subscribeMode", "auto"),
            # Fishjam keeps what a peer says of itself apart from what its backend says of it.
            metadata={"peer": {}, "server": options.get("metadata", {})},
            options=options,
        )
        room.peers[peer.id] = peer
        self._notify_of_peer(room, events.PeerAdded, peer)
        if peer_type == _VAPI:
            self.connect_peer(room_id, peer.id)
            self.introduce_peer(room_id, peer.id)
        return peer

    def get_peer(self, room_id: str, peer_id: str) -> Peer:
        """Return one peer of a room."""
        return self.get(room_id).peer(peer_id)

    def delete_peer(self, room_id: str, peer_id: str) -> None:
        """Remove a peer, its tracks and the subscriptions to both; it is disconnected first."""
        room = self.get(room_id)
        self._remove_peer(room, room.peer(peer_id))

    def crash_peer(self, room_id: str, peer_id: str, reason: str) -> None:
        """Remove a peer; the event is that of its crash instead of its deletion."""
        room = self.get(room_id)
        peer = room.peer(peer_id)
        self._remove_tracks(room, peer)
        self._drop_peer(room, peer)
        self._notify_of_peer(room, events.PeerCrashed, peer, reason=reason)
        self._end_calls(room)

    def connect_peer(self, room_id: str, peer_id: str) -> None:
        """Connect a peer, which happens when its token is accepted, before any metadata."""
        room = self.get(room_id)
        peer = room.peer(peer_id)
        peer.status = "connected"
        self._notify_of_peer(room, events.PeerConnected, peer)

    def introduce_peer(self, room_id: str, peer_id: str, metadata: Any = None) -> None:
        """Announce the metadata of a connected peer, by which it joins the others in its room.

        Args:
            room_id: the room.
            peer_id: the peer.
            metadata: the peer's own metadata; None repeats the present ones.
        """
        room = self.get(room_id)
        peer = room.peer(peer_id)
        self._set_metadata(room, peer, peer.metadata["peer"] if metadata is None else metadata)

    def update_peer_metadata(self, room_id: str, peer_id: str, metadata: Any) -> None:
        """Replace the peer's own metadata, and keep those from the backend."""
        room = self.get(room_id)
        self._set_metadata(room, room.peer(peer_id), metadata)

    def disconnect_peer(self, room_id: str, peer_id: str) -> None:
        """Disconnect a peer and remove its tracks; it can connect again.

        Nothing happens if the peer is not connected or was removed.
        """
        room = self._rooms.get(room_id)
        peer = room and room.peers.get(peer_id)
        if room and peer and peer.is_connected:
            self._remove_tracks(room, peer)
            self._end_connection(room, peer)

    def withdraw_tracks(self, room_id: str, peer_id: str) -> None:
        """Remove all tracks of a peer that stays connected."""
        room = self.get(room_id)
        self._remove_tracks(room, room.peer(peer_id))

    def add_track(
        self,
        room_id: str,
        peer_id: str,
        track_type: str,
        metadata: Any,
        track_id: str | None = None,
    ) -> Track:
        """Add a track to a peer.

        Args:
            room_id: the room.
            peer_id: the peer.
            track_type: `audio` or `video`.
            metadata: the metadata of the track.
            track_id: the id of the track; by default a new one.

        Raises:
            BadRequest: if the id is empty.
            Conflict: if it is taken in the room.
        """
        room = self.get(room_id)
        peer = room.peer(peer_id)
        if track_id is None:
            track_id = self._new_id()
        elif not track_id:
            raise BadRequest("a track needs an id")
        # Unique in the whole room, because subscriptions name tracks without their peers.
        elif track_id in room.track_ids():
            raise Conflict(f"track {track_id} exists already")
        track = Track(track_id, track_type, metadata)
        peer.tracks[track.id] = track
        self._notify_of_track(room, events.TrackAdded, peer, track)
        self._forward(room, peer)
        return track

    def update_track_metadata(
        self, room_id: str, peer_id: str, track_id: str, metadata: Any
    ) -> None:
        """Replace the metadata of a track."""
        room = self.get(room_id)
        peer = room.peer(peer_id)
        peer.tracks[track_id] = evolve(peer.track(track_id), metadata=metadata)
        self._notify_of_track(room, events.TrackMetadataUpdated, peer, peer.tracks[track_id])

    def remove_track(self, room_id: str, peer_id: str, track_id: str) -> None:
        """Remove a track with the subscriptions to it."""
        room = self.get(room_id)
        peer = room.peer(peer_id)
        self._remove_track(room, peer, peer.track(track_id))

    def tell_activity(self, room_id: str, peer_id: str, track_id: str, is_speech: bool) -> None:
        """Tell that speech on a track of a peer began or ended."""
        known = events.VadNotificationStatus
        status = known.SPEECH if is_speech else known.SILENCE
        room = self.get(room_id)
        self._notify(
            room, events.VadNotification, peer_id=peer_id, track_id=track_id, status=status
        )

    def subscribe_peer(self, room_id: str, peer_id: str, target_id: str) -> None:
        """Subscribe a peer to another one; repeating it changes nothing."""
        room = self.get(room_id)
        peer, target = room.peer(peer_id), room.peer(target_id)
        peer.subscribed_peers[target.id] = None
        self._on_subscribed(room_id)

    def subscribe_tracks(self, room_id: str, peer_id: str, track_ids: list[str]) -> None:
        """Subscribe a peer to tracks of its room; if one is unknown, to none of them."""
        room = self.get(room_id)
        peer = room.peer(peer_id)
        known = room.track_ids()
        for track_id in track_ids:
            if track_id not in known:
                raise NotFound.named("track", track_id)
        peer.subscribed_tracks.update(dict.fromkeys(track_ids))
        self._on_subscribed(room_id)

    def forward_tracks(self, room_id: str, composition_url: str) -> None:
        """Forward the room's tracks to a composition; repeating it changes nothing.

        Raises:
            Conflict: if they are forwarded to another composition.
        """
        room = self.get(room_id)
        if room.composition_url not in (None, composition_url):
            raise Conflict(f"room {room_id} is forwarded to {room.composition_url} already")
        room.composition_url = composition_url
        for peer in room.peers.values():
            self._forward(room, peer)

    def stop_forwarding(self, composition_id: str) -> None:
        """Stop forwarding to a composition that was deleted."""
        for room in self._rooms.values():
            if composition_id_of(room.composition_url or "") == composition_id:
                for forwarding in room.forwardings.values():
                    self._listener(StateChange(forwarding.removed(room.id), room.topic))
                room.forwardings, room.composition_url = {}, None

    def _remove_peer(self, room: Room, peer: Peer) -> None:
        self._remove_tracks(room, peer)
        if peer.is_connected:
            self._end_connection(room, peer)
        self._drop_peer(room, peer)
        self._notify_of_peer(room, events.PeerDeleted, peer)

    def _drop_peer(self, room: Room, peer: Peer) -> None:
        del room.peers[peer.id]
        for other in room.peers.values():
            other.forget(peer)

    def _end_connection(self, room: Room, peer: Peer) -> None:
        peer.status = "disconnected"
        self._notify_of_peer(room, events.PeerDisconnected, peer)
        # `_end_calls` comes here for VAPI peers and must not be called again by that.
        if peer.type != _VAPI:
            self._end_calls(room)

    def _end_calls(self, room: Room) -> None:
        """Disconnect the VAPI peers with `autoClose`, if no other peer is connected."""
        present = [peer for peer in room.peers.values() if peer.is_connected]
        if all(peer.type == _VAPI for peer in present):
            for peer in present:
                if peer.options.get("autoClose"):
                    self._end_connection(room, peer)

    def _set_metadata(self, room: Room, peer: Peer, metadata: Any) -> None:
        peer.metadata = {**peer.metadata, "peer": metadata}
        # The event has the peer's own part alone; the other part came from the backend.
        text = metadata_text(metadata)
        self._notify_of_peer(room, events.PeerMetadataUpdated, peer, metadata=text)

    def _remove_tracks(self, room: Room, peer: Peer) -> None:
        for track in list(peer.tracks.values()):
            self._remove_track(room, peer, track)

    def _remove_track(self, room: Room, peer: Peer, track: Track) -> None:
        # Before the event, so that all who react to it find the track gone.
        del peer.tracks[track.id]
        for other in room.peers.values():
            other.subscribed_tracks.pop(track.id, None)
        self._notify_of_track(room, events.TrackRemoved, peer, track)
        self._forward(room, peer)

    def _forward(self, room: Room, peer: Peer) -> None:
        """Forward the present tracks of a peer to the room's composition, if it has one."""
        if room.composition_url is None:
            return
        before = room.forwardings.get(peer.id)
        if peer.tracks:
            base = before or Forwarding(room.composition_url, peer.id, self._new_id())
            room.forwardings[peer.id] = now = base.of(peer.tracks.values())
            # An input takes one track of each type, so that a second one changes nothing.
            if before is None or not now.has_same_tracks(before):
                self._listener(StateChange(now.started(room.id), room.topic))
        elif before:
            del room.forwardings[peer.id]
            self._listener(StateChange(before.removed(room.id), room.topic))

    def _notify_of_track(
        self, room: Room, kind: Callable[..., events.Notification], peer: Peer, track: Track
    ) -> None:
        self._notify(room, kind, peer_id=peer.id, track=track.to_event())

    def _notify_of_peer(
        self, room: Room, kind: Callable[..., events.Notification], peer: Peer, **details: str
    ) -> None:
        type_ = events.PeerType[peer.type.upper()]
        self._notify(room, kind, peer_id=peer.id, peer_type=type_, **details)

    def _notify(self, room: Room, kind: Callable[..., events.Notification], **details: Any) -> None:
        self._listener(StateChange(kind(room_id=room.id, **details), room.topic))
