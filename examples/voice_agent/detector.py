"""Voice activity: where in a stream of audio somebody speaks, with WebRTC's detector.

PocketSphinx brings it along; its model is part of the code.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from pocketsphinx import Vad

from examples.voice_agent.recognizer import SAMPLE_RATE

FRAME_SECONDS = 0.03
_FRAME = int(FRAME_SECONDS * SAMPLE_RATE) * 2
_BEGIN, _END = 4, 20
"""So many frames with speech begin an utterance (0.12 s), so many without end it (0.6 s)."""
_BEFORE, _AFTER = 10, 5
"""How many frames before and after the speech belong to the utterance: it begins softly."""
_LONGEST = 500
"""An utterance of 15 s is cut; it is no question for this agent."""


@dataclass(frozen=True)
class Started:
    """Somebody began to speak."""


@dataclass(frozen=True)
class Utterance:
    """Somebody has spoken.

    Attributes:
        audio: what was said, 16-bit PCM.
    """

    audio: bytes


class Detector:
    """Finds the utterances of one voice."""

    def __init__(self) -> None:
        self._vad = Vad(Vad.STRICT, SAMPLE_RATE, FRAME_SECONDS)
        self._rest = b""
        self._before: deque[bytes] = deque(maxlen=_BEFORE)
        self._frames: list[bytes] = []
        self._row = 0
        """How many frames in a row speak for a change."""

    @property
    def speaking(self) -> bool:
        """Whether an utterance has begun and not ended."""
        return bool(self._frames)

    def hear(self, audio: bytes) -> Iterator[Started | Utterance]:
        """Take the next audio, of any length, and give what happens in it."""
        audio = self._rest + audio
        whole = len(audio) - len(audio) % _FRAME
        self._rest = audio[whole:]
        for start in range(0, whole, _FRAME):
            yield from self._take(audio[start : start + _FRAME])

    def end(self) -> Iterator[Utterance]:
        """Take note that nothing comes any more: a microphone was switched off."""
        if self._frames:
            silent = max(0, self._row - _AFTER)
            yield Utterance(b"".join(self._frames[: len(self._frames) - silent]))
        self._frames = []
        self._before.clear()
        self._row = 0

    def _take(self, frame: bytes) -> Iterator[Started | Utterance]:
        changes = self._vad.is_speech(frame) != self.speaking
        self._row = self._row + 1 if changes else 0
        if self.speaking:
            self._frames.append(frame)
            if self._row == _END or len(self._frames) == _LONGEST:
                yield from self.end()
            return
        self._before.append(frame)
        if self._row == _BEGIN:
            self._frames = [*self._before]
            self._row = 0
            yield Started()
