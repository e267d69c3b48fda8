"""Waiting for a recording: what each look at it means, and when to look again. No I/O here."""

from __future__ import annotations

from fishjam._core.backoff import Backoff
from fishjam._core.notes import with_notes
from fishjam.errors import RecordingFailedError, RecordingTimeoutError
from fishjam.recording import Recording, RecordingStatus

POLL_BACKOFF = Backoff(initial_delay=0.5, max_delay=5.0)
"""Looks that come about half a second apart at first, and about 5 seconds later on."""


class Polling:
    """One wait until a recording is available.

    Args:
        timeout: seconds that it may take; None for no limit.
        backoff: the waits between two looks.
        now: the time at which it begins.
    """

    def __init__(self, timeout: float | None, backoff: Backoff, now: float) -> None:
        if timeout is not None and not timeout >= 0:
            raise ValueError(f"timeout={timeout!r}: give seconds, or None for no limit")
        self._timeout = timeout
        self._deadline = None if timeout is None else now + timeout
        self._backoff = backoff
        self._looks = 0

    def next_look(self, recording: Recording, now: float) -> float | None:
        """Return when to look again, or None if the recording is available.

        Raises `RecordingFailedError`, or `RecordingTimeoutError` when there is no time left.
        """
        if recording.status == RecordingStatus.AVAILABLE:
            return None
        if recording.status == RecordingStatus.FAILED:
            raise failed(recording)
        if self._deadline is not None and now >= self._deadline:
            raise self._too_late(recording)
        self._looks += 1
        moment = now + self._backoff.delay(self._looks)
        return moment if self._deadline is None else min(moment, self._deadline)

    def _too_late(self, recording: Recording) -> RecordingTimeoutError:
        active = recording.status == RecordingStatus.ACTIVE
        error = RecordingTimeoutError(
            f"The recording is not available after {self._timeout:g} s; its status is "
            f"{str(recording.status)!r}.",
            recording_id=recording.id,
            status=str(recording.status),
        )
        hint = (
            "It is still recorded: stop it with stop_recording before you wait for it."
            if active
            else "Wait longer: a larger timeout, or None for no limit."
        )
        return with_notes(error, f"wait_for_recording: {recording.id}", hint)


def failed(recording: Recording) -> RecordingFailedError:
    """Return the error for a recording that has failed."""
    error = RecordingFailedError(
        "The recording has failed: it has no files, and never will have.",
        recording_id=recording.id,
        status=str(recording.status),
    )
    hint = "Make a new one; delete_recording deletes this one."
    return with_notes(error, f"recording {recording.id}", hint)
