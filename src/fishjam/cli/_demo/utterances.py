"""Finds what somebody says in what a microphone sends, by its loudness."""

from __future__ import annotations

from collections import deque
from math import sqrt
from struct import unpack

RATE = 16000
"""In Hz, of what comes and goes; mono PCM16."""
PAUSE = 0.6
"""Seconds of silence that end what is said."""
_LOUD = 400
"""The mean level from which it is speech: microphones in a browser are levelled out."""
_SHORTEST = 0.25
_LONGEST = 15.0
_LEAD = 0.2
"""Seconds before it got loud that belong to it, because words begin softly."""


class Utterances:
    """Cuts the audio of one speaker into what is said in one go."""

    def __init__(self) -> None:
        self._lead: deque[bytes] = deque()
        self._audio = bytearray()
        self._loud = 0.0
        self._quiet = 0.0

    def hear(self, frame: bytes) -> bytes | None:
        """Take the next audio; return what was said if it has ended with that."""
        seconds = len(frame) / (2 * RATE)
        is_loud = _loudness(frame) >= _LOUD
        if not self._audio and not is_loud:
            self._keep_lead(frame)
            return None
        if not self._audio:
            self._audio += b"".join(self._lead)
        self._audio += frame
        self._loud += seconds if is_loud else 0
        self._quiet = 0 if is_loud else self._quiet + seconds
        is_over = self._quiet >= PAUSE or len(self._audio) >= _LONGEST * 2 * RATE
        return self.end() if is_over else None

    def end(self) -> bytes | None:
        """Return what was said until now, because nothing more comes; None if that is nothing."""
        utterance = bytes(self._audio) if self._loud >= _SHORTEST else None
        self._forget()
        return utterance

    def _forget(self) -> None:
        self._lead.clear()
        self._audio.clear()
        self._loud = self._quiet = 0.0

    def _keep_lead(self, frame: bytes) -> None:
        self._lead.append(frame)
        while sum(map(len, self._lead)) > _LEAD * 2 * RATE + len(frame):
            self._lead.popleft()


def _loudness(frame: bytes) -> float:
    values = unpack(f"<{len(frame) // 2}h", frame)
    return sqrt(sum(value * value for value in values) / len(values)) if values else 0.0
