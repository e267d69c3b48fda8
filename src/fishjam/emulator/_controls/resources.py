"""Livestreams, recordings and compositions as a program changes them."""

from __future__ import annotations

import copy
from typing import Any

from fishjam.emulator._engine import Engine
from fishjam.emulator._model.livestream_presence import Role
from fishjam.emulator._rest.operations import recording_file_url

Json = dict[str, Any]


class ResourceControls:
    """Livestreams with their streamers and viewers, recordings, compositions."""

    _engine: Engine

    @property
    def streams(self) -> list[Json]:
        """The livestreams as the API shows them; a copy."""
        # What `to_dict` returns holds parts of the state, so it is copied before the lock is given
        # back.
        with self._engine.lock:
            return [copy.deepcopy(stream.to_dict()) for stream in self._engine.state.streams.all()]

    @property
    def recordings(self) -> list[Json]:
        """The recordings as the API shows them; a copy. Reading does not change their status."""
        with self._engine.lock:
            recordings = [
                recording.to_dict(self._file_url)
                for recording in self._engine.state.recordings.all()
            ]
            return copy.deepcopy(recordings)

    @property
    def compositions(self) -> list[Json]:
        """The compositions with all that is in them; a copy.

        Each has an `id`, a `status` (`created` or `started`), and by their ids `inputs`, `outputs`
        and `images`, with what they were registered with; then its `fonts`, as bytes, and the
        `events` that were sent to it. An input of the type `room` is what a room's tracks are
        forwarded to. An output shows for its `video` and `audio` the present `scene`, and its
        `status`: `waiting` for the start, `sending` or `ended`.
        """
        with self._engine.lock:
            compositions = [
                composition.to_dict() for composition in self._engine.state.compositions.all()
            ]
            return copy.deepcopy(compositions)

    def hold_recordings(self, held: bool = True) -> None:
        """Stop recordings from changing their status by themselves, or let them again.

        A held recording that was asked to stop stays `active`, as on a slow server, until
        `finish_recording` and `publish_recording` move it.
        """
        with self._engine.lock:
            self._engine.state.recordings.held = held

    def finish_recording(self, recording_id: str) -> None:
        """Make a recording `finished`, as when its composition ended.

        Raises:
            LookupError: if there is no such recording.
        """
        with self._engine.lock:
            self._engine.state.recordings.finish(recording_id)

    def publish_recording(self, recording_id: str) -> None:
        """Make a recording `available`, with its file.

        Raises:
            LookupError: if there is no such recording.
        """
        with self._engine.lock:
            self._engine.state.recordings.publish(recording_id)

    def fail_recording(self, recording_id: str) -> None:
        """Make a recording `failed`.

        Raises:
            LookupError: if there is no such recording.
        """
        with self._engine.lock:
            self._engine.state.recordings.fail(recording_id)

    def end_input(self, composition_id: str, input_id: str) -> None:
        """End an input of a composition, as when its publisher left or its file ended.

        It stays registered. Outputs whose `send_eos_when` is met end, with their recordings.

        Raises:
            LookupError: if there is no such composition or input.
        """
        with self._engine.lock:
            self._engine.state.compositions.get(composition_id).end_input(input_id)

    def connect_streamer(self, stream_id: str, streamer_id: str) -> None:
        """Connect a streamer, as if it began to send.

        Args:
            stream_id: the stream, or a room that is a livestream.
            streamer_id: a streamer of the stream; in a room any text.

        Raises:
            LookupError: if there is no such livestream, or the stream does not know the streamer.
        """
        self._connect(stream_id, "streamer", streamer_id)

    def disconnect_streamer(self, stream_id: str, streamer_id: str) -> None:
        """Disconnect a streamer; see `connect_streamer`."""
        self._disconnect(stream_id, "streamer", streamer_id)

    def connect_viewer(self, stream_id: str, viewer_id: str) -> None:
        """Connect a viewer, as if it began to watch.

        Args:
            stream_id: the stream, or a room that is a livestream.
            viewer_id: a viewer of the stream; in a room any text.

        Raises:
            LookupError: if there is no such livestream, or the stream does not know the viewer.
        """
        self._connect(stream_id, "viewer", viewer_id)

    def disconnect_viewer(self, stream_id: str, viewer_id: str) -> None:
        """Disconnect a viewer; see `connect_viewer`."""
        self._disconnect(stream_id, "viewer", viewer_id)

    def _connect(self, stream_id: str, role: Role, participant_id: str) -> None:
        with self._engine.lock:
            self._engine.state.presence(stream_id, role, participant_id).connect(
                role, participant_id
            )

    def _disconnect(self, stream_id: str, role: Role, participant_id: str) -> None:
        with self._engine.lock:
            self._engine.state.presence(stream_id, role, participant_id).disconnect(
                role, participant_id
            )

    def _file_url(self, recording_id: str) -> str:
        return recording_file_url(self._engine.origin, recording_id)
