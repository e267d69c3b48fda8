"""How loud one frequency is in PCM16 audio."""

from __future__ import annotations

import cmath
import math

from tests.support.tones import values_of


def level_of(data: bytes, rate: int, frequency: float) -> float:
    """Return the level of a frequency in mono audio, in dB below a full sine (Hann window)."""
    values = values_of(data)
    count = len(values)
    window = [0.5 - 0.5 * math.cos(2 * math.pi * index / count) for index in range(count)]
    step = -2j * math.pi * frequency / rate
    total = sum(
        value * weight * cmath.exp(step * index)
        for index, (value, weight) in enumerate(zip(values, window, strict=True))
    )
    return 20 * math.log10(max(1e-9, 2 * abs(total) / sum(window) / 32767))


def loudest_level_of(data: bytes) -> float:
    """Return the highest value, in dB below the highest that there can be."""
    return 20 * math.log10(max(1e-9, max(map(abs, values_of(data)), default=0) / 32767))
