"""The control interface: what a program may do to the emulator behind the API's back."""

from __future__ import annotations

import copy
import json
from typing import Any

from fishjam.clock._manual import ManualClock
from fishjam.emulator._model.metadata import plain_metadata
from fishjam.emulator._reactions import Reactions
from fishjam.emulator._rest.bodies import JSON
from fishjam.emulator._rest.faults import Break, Delay, Failure, Faults
from fishjam.emulator._rest.journal import Journal, RecordedRequest
from fishjam.emulator._rest.operations import recording_file_url
from fishjam.emulator._rest.routes import MEDIA, Routes
from fishjam.emulator._virtual.peer import VirtualPeer
from fishjam.emulator._virtual.stage import Stage

_PLAIN = "text/plain; charset=utf-8"
DEPRECATION_HEADER = "x-fishjam-api-deprecated"

Json = dict[str, Any]


class Controls(Reactions):
    """Faults, time and state of an emulator; every method may be called from any thread.

    What a method does takes effect before it returns. Operations are named by the operationId
    of the REST documents, such as `create_room`.
    """

    def __init__(
        self,
        webhook_secret: str,
        webhook_url: str | None = None,
        clock: ManualClock | None = None,
    ) -> None:
        super().__init__(webhook_secret, webhook_url, clock)
        self._stage = Stage(
            lock=self._lock,
            clock=self._clock,
            stands_still=clock is not None,
            state=self._state,
            entrance=self._entrance,
            studio=self._studio,
        )
        self._faults = Faults((*Routes().operations, MEDIA))
        self._journal = Journal()
        self._headers: dict[str, str] = {}
        self._origin = ""

    @property
    def requests(self) -> list[RecordedRequest]:
        """What came in since the start or the last reset: the last 1000 requests, oldest first.

        WebSockets are not among them.
        """
        return self._journal.all()

    @property
    def rooms(self) -> list[Json]:
        """The rooms as the API shows them; a copy."""
        with self._lock:
            return [copy.deepcopy(room.to_json()) for room in self._state.rooms.all()]

    @property
    def streams(self) -> list[Json]:
        """The livestreams as the API shows them; a copy."""
        with self._lock:
            return [copy.deepcopy(stream.to_json()) for stream in self._state.streams.all()]

    @property
    def recordings(self) -> list[Json]:
        """The recordings as the API shows them; a copy, and looking does not move them on."""
        with self._lock:
            found = [one.to_json(self._file_url) for one in self._state.recordings.all()]
            return copy.deepcopy(found)

    @property
    def compositions(self) -> list[Json]:
        """The compositions with all that is in them; a copy.

        Each has an `id`, a `status` (`created` or `started`), and by their ids `inputs`, `outputs`
        and `images`, with what they were registered with; then its `fonts`, as bytes, and the
        `events` that were sent to it. An input of the type `room` is what a room's tracks are
        forwarded to. An output shows for its `video` and `audio` the present `scene`, and its
        `status`: `waiting` for the start, `sending` or `ended`.
        """
        with self._lock:
            found = [one.to_json() for one in self._state.compositions.all()]
            return copy.deepcopy(found)

    def reset(self) -> None:
        """Forget everything: what was made, faults, all that is recorded, settings.

        Open sockets are closed (1001), webhooks under way are dropped, and of all that no event
        tells. The address, the tokens for management and webhooks stay as they are.
        """
        with self._lock:
            self._stage.reset()
            self._reset_reactions()
            self._faults.reset()
            self._journal.reset()
            self._clock.reset()
            self._headers.clear()

    def fail_next(
        self,
        status: int,
        *,
        times: int = 1,
        operation: str | None = None,
        retry_after: float | str | None = None,
        body: Any = None,
        content_type: str | None = None,
    ) -> None:
        """Answer the next requests with a failure, without carrying them out.

        Args:
            status: the status of the answer, 200 to 599.
            times: how many requests fail.
            operation: fail only requests for this operation; by default any.
            retry_after: the `Retry-After` header: seconds, or its text.
            body: bytes or a text to send as they are, or a value to send as JSON; by default an
                error as the API writes it.
            content_type: the Content-Type; by default JSON, and plain text for bytes and texts.

        Raises:
            ValueError: if an argument is out of its range.

        Example:
            ```python
            emulator.fail_next(503, operation="create_room", retry_after=1)
            ```
        """
        if not 200 <= status <= 599:
            raise ValueError(f"status must be from 200 to 599, not {status}")
        content, default_type = _content(status, body)
        kind = content_type or default_type
        headers = {"content-type": kind} if kind and content != b"" else {}
        if retry_after is not None:
            headers["retry-after"] = str(retry_after)
        failure = Failure(
            times=times, operation=operation, status=status, headers=headers, content=content
        )
        self._faults.add(failure)

    def break_next(
        self, times: int = 1, operation: str | None = None, *, after_effect: bool = False
    ) -> None:
        """End the connection of the next requests instead of answering.

        Args:
            times: how many requests get no answer.
            operation: only requests for this operation; by default any.
            after_effect: carry the request out first, so that only its answer is lost.

        Raises:
            ValueError: if an argument is out of its range.
        """
        self._faults.add(Break(times=times, operation=operation, after_effect=after_effect))

    def delay_next(self, seconds: float, *, times: int = 1, operation: str | None = None) -> None:
        """Let the next requests wait before anything else happens to them.

        Args:
            seconds: how long, in seconds of real time.
            times: how many requests wait.
            operation: only requests for this operation; by default any.

        Raises:
            ValueError: if an argument is out of its range.
        """
        if seconds < 0:
            raise ValueError(f"seconds must not be negative, not {seconds}")
        self._faults.add(Delay(times=times, operation=operation, seconds=seconds))

    def deprecate(self, status: str | None, message: str = "") -> None:
        """Let every answer say that the API version is deprecated, or stop that with None.

        Args:
            status: what the header `x-fishjam-api-deprecated` says: `deprecated`, `unsupported`.
            message: the explanation in the header.
        """
        if status is None:
            self._headers.pop(DEPRECATION_HEADER, None)
        else:
            self._headers[DEPRECATION_HEADER] = json.dumps({"status": status, "message": message})

    def advance(self, seconds: float) -> None:
        """Move the emulator's clock forward, so that tokens come to their end.

        All audio that is to be played meanwhile has been handed out when this returns. With a
        clock of your own this is the same as moving that one.

        Args:
            seconds: how far, in seconds.

        Raises:
            ValueError: if `seconds` is negative.
        """
        # Without the lock: whoever else goes by the same clock may need one of its own.
        self._clock.advance(seconds)

    def hold_recordings(self, held: bool = True) -> None:
        """Keep recordings from moving on by themselves, or let them again.

        A held recording that was asked to stop stays `active`, as on a slow server, until
        `finish_recording` and `publish_recording` move it.
        """
        with self._lock:
            self._state.recordings.held = held

    def finish_recording(self, recording_id: str) -> None:
        """Make a recording `finished`, as when its composition ended.

        Raises:
            LookupError: if there is no such recording.
        """
        with self._lock:
            self._state.recordings.finish(recording_id)

    def publish_recording(self, recording_id: str) -> None:
        """Make a recording `available`, with its file.

        Raises:
            LookupError: if there is no such recording.
        """
        with self._lock:
            self._state.recordings.publish(recording_id)

    def fail_recording(self, recording_id: str) -> None:
        """Make a recording `failed`.

        Raises:
            LookupError: if there is no such recording.
        """
        with self._lock:
            self._state.recordings.fail(recording_id)

    def end_input(self, composition_id: str, input_id: str) -> None:
        """End an input of a composition, as when its publisher left or its file is over.

        It stays registered. Outputs end whose `send_eos_when` says so, with their recordings.

        Raises:
            LookupError: if there is no such composition or input.
        """
        with self._lock:
            self._state.compositions.get(composition_id).end_input(input_id)

    def connect_peer(
        self, token: str, metadata: Any = None, *, sample_rate: int = 16000, channels: int = 1
    ) -> VirtualPeer:
        """Let a WebRTC peer take part in its room as a virtual peer, as if a user had come.

        Args:
            token: the peer's token.
            metadata: what the peer says about itself, any JSON value; None leaves what it said
                before.
            sample_rate: the rate at which it speaks and hears, 8000 to 48000 Hz.
            channels: 1 or 2, likewise.

        Raises:
            ValueError: if the token is no good, or not that of a WebRTC peer, or if another
                argument cannot be used.
            LookupError: if the room or the peer is gone.
            EmulatorError: if the peer is connected already.

        Example:
            ```python
            peer, token = client.create_peer(room.id)
            user = emulator.connect_peer(token, {"name": "Ada"})
            user.speak("question.wav")
            answer = user.hear(2.0)
            ```
        """
        return VirtualPeer(self._stage, token, metadata, sample_rate, channels)

    def add_track(
        self, room_id: str, peer_id: str, type_: str, metadata: Json | None = None
    ) -> str:
        """Give a peer a track, as if it published one, and return the track's id.

        Args:
            room_id: the room.
            peer_id: the peer.
            type_: `audio` or `video`.
            metadata: what the peer says about the track, as JSON has it.

        Raises:
            ValueError: if the type is another one, or the metadata cannot be written as JSON.
            LookupError: if there is no such room or peer.
        """
        if type_ not in ("audio", "video"):
            raise ValueError(f"a track is of type audio or video, not {type_!r}")
        metadata = plain_metadata(metadata)
        with self._lock:
            return self._state.rooms.add_track(room_id, peer_id, type_, metadata).id

    def update_track_metadata(
        self, room_id: str, peer_id: str, track_id: str, metadata: Json | None
    ) -> None:
        """Change what a peer says about one of its tracks.

        Raises:
            ValueError: if the metadata cannot be written as JSON.
            LookupError: if there is no such room, peer or track.
        """
        metadata = plain_metadata(metadata)
        with self._lock:
            self._state.rooms.update_track_metadata(room_id, peer_id, track_id, metadata)

    def remove_track(self, room_id: str, peer_id: str, track_id: str) -> None:
        """Take a track from a peer, as if it stopped to publish it.

        Raises:
            LookupError: if there is no such room, peer or track.
        """
        with self._lock:
            self._state.rooms.remove_track(room_id, peer_id, track_id)

    def _file_url(self, recording_id: str) -> str:
        return recording_file_url(self._origin, recording_id)


def _content(status: int, body: Any) -> tuple[bytes | None, str]:
    """Return the bytes of a failure's body and what they are; None leaves both to the API."""
    if status in (204, 304):
        return b"", ""
    if body is None:
        return None, ""
    if isinstance(body, str):
        body = body.encode()
    return (body, _PLAIN) if isinstance(body, bytes) else (json.dumps(body).encode(), JSON)
