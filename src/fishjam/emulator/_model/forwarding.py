"""The tracks of one peer, forwarded as an input of a composition."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import evolve, frozen

from fishjam import events
from fishjam.emulator._model.tracks import Track


@frozen
class Forwarding:
    """One input of a composition: at most one audio and one video track of a peer.

    Attributes:
        composition_url: the address of the composition.
        peer_id: the peer that has the tracks.
        input_id: the id of the input.
        audio: the audio track, if there is one.
        video: the video track, if there is one.
    """

    composition_url: str
    peer_id: str
    input_id: str
    audio: Track | None = None
    video: Track | None = None

    def of(self, tracks: Iterable[Track]) -> Forwarding:
        """Return the same input with the first tracks of each type."""
        first: dict[str, Track] = {}
        for track in tracks:
            first.setdefault(track.type, track)
        return evolve(self, audio=first.get("audio"), video=first.get("video"))

    def has_same_tracks(self, other: Forwarding) -> bool:
        """Tell whether the same tracks are forwarded, whatever their metadata."""
        return self._ids() == other._ids()

    def started(self, room_id: str) -> events.TrackForwarding:
        """Return the event that the tracks are forwarded."""
        return events.TrackForwarding(
            room_id=room_id,
            peer_id=self.peer_id,
            composition_url=self.composition_url,
            input_id=self.input_id,
            audio_track=self.audio.to_event() if self.audio else None,
            video_track=self.video.to_event() if self.video else None,
        )

    def removed(self, room_id: str) -> events.TrackForwardingRemoved:
        """Return the event that the forwarding ended."""
        return events.TrackForwardingRemoved(
            room_id=room_id,
            peer_id=self.peer_id,
            composition_url=self.composition_url,
            input_id=self.input_id,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the input as the API shows it."""
        audio, video = self._ids()
        return {
            "peerId": self.peer_id,
            "inputId": self.input_id,
            "audioTrackId": audio,
            "videoTrackId": video,
        }

    def _ids(self) -> tuple[str | None, str | None]:
        return self.audio.id if self.audio else None, self.video.id if self.video else None
