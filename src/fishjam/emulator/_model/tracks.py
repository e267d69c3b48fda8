"""Tracks: the audio and video that peers publish."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from fishjam import events
from fishjam.emulator._model.state_changes import metadata_text


@frozen
class Track:
    """One audio or video track of a peer.

    Attributes:
        id: its id.
        type: `audio` or `video`.
        metadata: its metadata, a JSON value; None if it has none.
    """

    id: str
    type: str
    metadata: Any

    def to_dict(self) -> dict[str, Any]:
        """Return the track as the API shows it."""
        return {"id": self.id, "type": self.type, "metadata": self.metadata}

    def to_event(self) -> events.Track:
        """Return the track as it stands in an event."""
        type_ = events.TrackType[self.type.upper()]
        return events.Track(id=self.id, type=type_, metadata=metadata_text(self.metadata))
