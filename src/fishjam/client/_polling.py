"""Polling a recording: what each look at it means, and when to look again. No I/O here."""

from __future__ import annotations

import math

from fishjam._core.backoff import Backoff
from fishjam._core.notes import with_notes
from fishjam._core.seconds import is_seconds
from fishjam.errors import (
    FishjamConnectionError,
    FishjamTimeoutError,
    RecordingFailedError,
    RecordingTimeoutError,
)
from fishjam.recording import Recording, RecordingStatus

POLL_BACKOFF = Backoff(initial_delay=0.5, max_delay=5.0)
"""Looks that come about half a second apart at first, and about 5 seconds later on."""

_LAST_LOOK = 1.0
"""Seconds that are kept for the last look, so that it is not in vain."""


class Polling:
    """One wait until a recording is available.

    Args:
        timeout: seconds that it may take; None for no limit, 0 for one look without waiting.
        backoff: the waits between two looks.
        now: the time at which it begins.
    """

    def __init__(self, timeout: float | None, backoff: Backoff, now: float) -> None:
        if timeout is not None and not is_seconds(timeout):
            raise ValueError(f"timeout={timeout!r}: give seconds, or None for no limit")
        self._timeout = timeout
        self._deadline = None if timeout is None else now + timeout
        # Of a short time no more than a part, so that there is something left to wait.
        self._spare = 0.0 if timeout is None else min(_LAST_LOOK, timeout / 4)
        self._backoff = backoff
        self._looks = 0
        self._last_status: str | None = None

    def left(self, now: float) -> float | None:
        """Return how many seconds the next look may take; None for as long as any other call."""
        if self._deadline is None or not self._timeout:
            return None
        return max(self._deadline - now, 0.0)

    def check(self, error: FishjamConnectionError, recording_id: str, now: float) -> None:
        """Raise `RecordingTimeoutError` if a look that failed has used up all the time."""
        # A call that ran out of time may have left too little for another try.
        spare = self._spare if isinstance(error, FishjamTimeoutError) else 0.0
        if self._deadline is not None and now + spare >= self._deadline:
            raise self._too_late(recording_id, self._last_status) from error

    def next_look(self, recording: Recording, now: float) -> float | None:
        """Return when to look again, or None if the recording is available.

        Raises `RecordingFailedError`, or `RecordingTimeoutError` when there is no time left.
        """
        self._last_status = str(recording.status)
        if recording.status == RecordingStatus.AVAILABLE:
            return None
        if recording.status == RecordingStatus.FAILED:
            raise failed(recording)
        last = math.inf if self._deadline is None else self._deadline - self._spare
        if now >= last:
            raise self._too_late(recording.id, self._last_status)
        self._looks += 1
        # With a last look near the end, so that hardly any of the time is given away.
        return min(now + self._backoff.delay(self._looks), last)

    def _too_late(self, recording_id: str, status: str | None) -> RecordingTimeoutError:
        known = "the server does not answer" if status is None else f"its status is {status!r}"
        error = RecordingTimeoutError(
            f"The recording is not available after {self._timeout:g} s; {known}.",
            recording_id=recording_id,
            status=status,
        )
        hint = (
            "It is still recorded: stop it with stop_recording before you wait for it."
            if status == RecordingStatus.ACTIVE
            else "Wait longer: a larger timeout, or None for no limit."
        )
        return with_notes(error, f"wait_for_recording: {recording_id}", hint)


def failed(recording: Recording) -> RecordingFailedError:
    """Return the error for a recording that has failed."""
    error = RecordingFailedError(
        "The recording has failed: it has no files, and never will have.",
        recording_id=recording.id,
        status=str(recording.status),
    )
    hint = "Make a new one; delete_recording deletes this one."
    return with_notes(error, f"recording {recording.id}", hint)
