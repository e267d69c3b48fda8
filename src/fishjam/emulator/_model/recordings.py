"""Recordings, and how their status changes: active, finished, available."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from attrs import define

from fishjam.emulator._model.addresses import composition_id_of
from fishjam.emulator._model.query import MetadataFilter
from fishjam.emulator._model.refusals import Conflict, NotFound
from fishjam.emulator._model.state_changes import (
    Listener,
    StateChange,
    Topic,
    ignore,
    metadata_text,
)
from fishjam.events import RecordingStatusChanged, RecordingStatusChangedStatus

Json = dict[str, Any]
Status = Literal["active", "finished", "available", "failed"]


@define
class Recording:
    """One recording.

    Attributes:
        source: what is recorded, with the defaults of the document.
        template: the template that came with a template source.
        stopping: whether it was asked to stop; it may still be active then.
    """

    id: str
    source: Json
    metadata: Json | None
    template: bytes | None
    status: Status = "active"
    stopping: bool = False

    def is_of(self, composition_id: str, output_id: str | None) -> bool:
        """Tell whether this records a composition, and that output if one is named."""
        of_output = output_id is None or self.source.get("outputId") == output_id
        return of_output and composition_id_of(self.source["compositionURL"]) == composition_id

    def to_dict(self, file_url: Callable[[str], str]) -> Json:
        """Return the recording as the API shows it; `file_url` gives the file's URL for its id."""
        # The document leaves the list empty until the status is `available`.
        files = [{"url": file_url(self.id)}] if self.status == "available" else []
        return {
            "id": self.id,
            "status": self.status,
            "source": self.source,
            "metadata": self.metadata,
            "files": files,
        }

    def change(self) -> StateChange:
        """Return the change of the recording's status."""
        event = RecordingStatusChanged(
            recording_id=self.id,
            status=RecordingStatusChangedStatus[self.status.upper()],
            metadata=metadata_text(self.metadata),
        )
        # Recordings have no webhook address, so this goes only to the one that gets everything.
        return StateChange(event, Topic(self.id))


class Recordings:
    """All recordings, and all operations on them.

    A real server needs a while to finish and to publish a recording. Here a stopped recording moves
    to the next status whenever it is read, unless `held` is set: then its status changes only by
    the control interface.

    Args:
        new_id: makes the ids.
        listener: told of every new status.
    """

    def __init__(self, new_id: Callable[[], str], listener: Listener = ignore) -> None:
        self.held = False
        self._new_id = new_id
        self._listener = listener
        self._recordings: dict[str, Recording] = {}

    def all(self) -> list[Recording]:
        """Return all recordings, oldest first, without changing their status."""
        return list(self._recordings.values())

    def get(self, recording_id: str) -> Recording:
        """Return one recording without changing its status.

        Raises:
            NotFound: if there is no such recording.
        """
        recording = self._recordings.get(recording_id)
        if recording is None:
            raise NotFound.named("recording", recording_id)
        return recording

    def create(self, source: Json, metadata: Json | None, template: bytes | None) -> Recording:
        """Start a recording."""
        recording = Recording(self._new_id(), source, metadata, template)
        self._recordings[recording.id] = recording
        self._listener(recording.change())
        return recording

    def look(self, recording_id: str) -> Recording:
        """Return one recording, in its next status unless recordings are held."""
        recording = self.get(recording_id)
        self._move_on(recording)
        return recording

    def search(self, metadata: MetadataFilter, status: str | None) -> list[Recording]:
        """Move all recordings on and return those that match; None means every status."""
        # All of them before any is compared, so that the filter sees the status that the answer
        # shows.
        for recording in self._recordings.values():
            self._move_on(recording)
        return [
            recording
            for recording in self._recordings.values()
            if status in (None, recording.status) and metadata.matches(recording.metadata)
        ]

    def stop(self, recording_id: str) -> Recording:
        """Ask an active recording to stop; another one stays as it is."""
        recording = self.get(recording_id)
        # Not a status: the API shows such a recording as active until it is finished.
        recording.stopping = True
        if recording.status == "active":
            self._move_on(recording)
        return recording

    def delete(self, recording_id: str) -> None:
        """Delete a recording; an unknown id is ignored, because the API documents no 404 here.

        Raises:
            Conflict: if it is still active.
        """
        recording = self._recordings.get(recording_id)
        if recording is not None and recording.status == "active":
            raise Conflict(f"recording {recording_id} is active: stop it first")
        self._recordings.pop(recording_id, None)

    def end(self, composition_id: str, output_id: str | None = None) -> None:
        """Stop the recordings of a composition, or of one of its outputs."""
        for recording in self._recordings.values():
            if recording.status == "active" and recording.is_of(composition_id, output_id):
                self.stop(recording.id)

    def finish(self, recording_id: str) -> None:
        """End a recording, as the server does."""
        self._change(self.get(recording_id), "finished")

    def publish(self, recording_id: str) -> None:
        """Make a recording's files available."""
        self._change(self.get(recording_id), "available")

    def fail(self, recording_id: str) -> None:
        """Make a recording fail."""
        self._change(self.get(recording_id), "failed")

    def _move_on(self, recording: Recording) -> None:
        if self.held:
            return
        if recording.status == "finished":
            self._change(recording, "available")
        elif recording.status == "active" and recording.stopping:
            self._change(recording, "finished")

    def _change(self, recording: Recording, status: Status) -> None:
        if recording.status != status:
            recording.status = status
            self._listener(recording.change())
