"""A stand-in for a speech recogniser: it writes down the pitch of tones."""

from __future__ import annotations

from array import array
from collections.abc import AsyncIterator, Callable
from itertools import pairwise

from examples.transcription.transcriber import SAMPLE_RATE

QUIET = 500
"""A sample below this, of 32767, is silence."""
PAUSE = SAMPLE_RATE // 5
"""So many silent samples end a tone."""


class ToneTranscriber:
    """Needs no key, no network and no model: good for tests, and to see the rest work."""

    async def transcribe(self, audio: AsyncIterator[bytes], on_text: Callable[[str], None]) -> None:
        """Call `on_text` with each tone, until the audio ends."""
        heard = array("h")
        silent = 0
        async for data in audio:
            for sample in array("h", data):
                silent = silent + 1 if abs(sample) < QUIET else 0
                # A tone begins with its first sample that is no silence.
                if heard or not silent:
                    heard.append(sample)
            if heard and silent >= PAUSE:
                on_text(describe(heard[:-silent]))
                heard = array("h")


def describe(samples: array[int]) -> str:
    """Put a tone into words, by how often it crosses zero upwards."""
    seconds = len(samples) / SAMPLE_RATE
    crossings = sum(before < 0 <= after for before, after in pairwise(samples))
    return f"a tone of about {round(crossings / seconds, -1):.0f} Hz, {seconds:.1f} s long"
