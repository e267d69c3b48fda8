"""The participants of a room and their tracks, known from events, the API and audio."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from attrs import define, frozen

from fishjam import Peer, Room, events
from fishjam.agent import IncomingTrackData
from fishjam.peer import PeerStatus

CAMERA = "camera"
SCREEN = "screenVideo"
"""What Pipecat calls the two sources of a user's video."""

EVENTS = (
    *(events.PeerConnected, events.PeerDisconnected, events.PeerCrashed, events.PeerDeleted),
    *(events.TrackAdded, events.TrackRemoved, events.PeerMetadataUpdated),
)
"""The events that concern the participants of a room."""


@frozen
class ParticipantTrack:
    """A track of a participant; `source` is None for audio."""

    id: str
    peer_id: str
    source: str | None


@define
class Listeners:
    """What is called when something changes."""

    connected: Callable[[str], Awaitable[None]]
    disconnected: Callable[[str, str], Awaitable[None]]
    track_added: Callable[[ParticipantTrack], Awaitable[None]]
    track_removed: Callable[[ParticipantTrack], Awaitable[None]]


class Participants:
    """All peers of a room but the bot, as far as they are known."""

    def __init__(self, room_id: str, own_id: str, listeners: Listeners) -> None:
        self._room_id = room_id
        self._own_id = own_id
        self._listeners = listeners
        self._metadata: dict[str, dict[str, Any]] = {}
        self._tracks: dict[str, ParticipantTrack] = {}

    @property
    def ids(self) -> list[str]:
        """The ids of those that are in the room."""
        return list(self._metadata)

    def metadata(self, peer_id: str) -> dict[str, Any]:
        """Return the metadata of a participant: its own as "peer", the backend's as "server"."""
        return self._metadata.get(peer_id, {})

    def name(self, peer_id: str) -> str:
        """Return the name of a participant, or an empty string."""
        metadata = self.metadata(peer_id)
        for side in (metadata.get("server"), metadata.get("peer")):
            name = side.get("name") if isinstance(side, dict) else None
            if isinstance(name, str):
                return name
        return ""

    def track(self, track_id: str) -> ParticipantTrack | None:
        """Return a track that is there."""
        return self._tracks.get(track_id)

    def video_tracks(self, peer_id: str | None = None) -> Iterable[ParticipantTrack]:
        """Return the video tracks of a participant, or of all, the newest last."""
        return [
            track
            for track in self._tracks.values()
            if track.source is not None and peer_id in (None, track.peer_id)
        ]

    async def hear(self, message: IncomingTrackData) -> None:
        """Add a participant that is heard, in case no event has announced it."""
        if message.track.id not in self._tracks:
            await self._join(message.peer_id)
            await self._add_track(ParticipantTrack(message.track.id, message.peer_id, None))

    async def take(self, event: object) -> None:
        """Handle an event of any room."""
        peer_id = getattr(event, "peer_id", None)
        if peer_id in (None, self._own_id) or getattr(event, "room_id", None) != self._room_id:
            return
        if isinstance(event, events.PeerConnected):
            await self._join(peer_id)
        elif isinstance(event, events.PeerCrashed):
            await self._leave(peer_id, "crashed")
        elif isinstance(event, (events.PeerDisconnected, events.PeerDeleted)):
            await self._leave(peer_id, "disconnected")
        elif isinstance(event, events.PeerMetadataUpdated):
            if peer_id in self._metadata:
                self._metadata[peer_id]["peer"] = _decoded(event.metadata)
        elif isinstance(event, events.TrackAdded):
            await self._join(peer_id)
            is_video = event.track.type == events.TrackType.VIDEO
            source = _source_of(_decoded(event.track.metadata)) if is_video else None
            await self._add_track(ParticipantTrack(event.track.id, peer_id, source))
        elif isinstance(event, events.TrackRemoved):
            await self._remove_track(event.track.id)

    async def reconcile(self, room: Room) -> None:
        """Bring everything up to date with a room, after events may have been missed."""
        present = {
            peer.id: peer
            for peer in room.peers
            if peer.id != self._own_id and peer.status == PeerStatus.CONNECTED
        }
        for peer_id in self._metadata.keys() - present.keys():
            await self._leave(peer_id, "disconnected")
        tracks = {track.id: track for peer in present.values() for track in _tracks_of(peer)}
        for track_id in self._tracks.keys() - tracks.keys():
            await self._remove_track(track_id)
        for peer in present.values():
            await self._join(peer.id)
            self._metadata[peer.id] = dict(peer.metadata or {})
        for track in tracks.values():
            await self._add_track(track)

    async def _join(self, peer_id: str) -> None:
        if peer_id not in self._metadata:
            self._metadata[peer_id] = {}
            await self._listeners.connected(peer_id)

    async def _leave(self, peer_id: str, reason: str) -> None:
        if peer_id in self._metadata:
            for track in [each for each in self._tracks.values() if each.peer_id == peer_id]:
                await self._remove_track(track.id)
            del self._metadata[peer_id]
            await self._listeners.disconnected(peer_id, reason)

    async def _add_track(self, track: ParticipantTrack) -> None:
        if track.id not in self._tracks:
            self._tracks[track.id] = track
            await self._listeners.track_added(track)

    async def _remove_track(self, track_id: str) -> None:
        track = self._tracks.pop(track_id, None)
        if track is not None:
            await self._listeners.track_removed(track)


def _tracks_of(peer: Peer) -> Iterable[ParticipantTrack]:
    return [
        ParticipantTrack(
            track.id, peer.id, _source_of(track.metadata) if track.type_ == "video" else None
        )
        for track in peer.tracks
        if track.id is not None
    ]


def _source_of(metadata: Any) -> str:
    """Tell a screen from a camera by the `type` that Fishjam's client SDKs write there."""
    kind = metadata.get("type") if isinstance(metadata, dict) else None
    return SCREEN if isinstance(kind, str) and "screen" in kind.lower() else CAMERA


def _decoded(metadata: str) -> Any:
    try:
        return json.loads(metadata)
    except ValueError:
        return {}
