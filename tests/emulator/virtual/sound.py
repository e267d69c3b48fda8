"""Measuring what was heard."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from fishjam.emulator import HeardAudio
from tests.support.tones import values_of


def channels_of(audio: bytes) -> tuple[bytes, bytes]:
    """Return the two channels of stereo PCM16 audio."""
    values = values_of(audio)
    return values[::2].tobytes(), values[1::2].tobytes()


def silences(heard: Sequence[HeardAudio]) -> list[float]:
    """Return how long it was silent between the pieces."""
    return [later.time - piece.end for piece, later in pairwise(heard)]
