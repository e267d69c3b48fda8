"""Tones as PCM16, and what can be measured of them."""

from __future__ import annotations

import math
import sys
from array import array
from itertools import pairwise
from statistics import median


def tone(
    seconds: float, rate: int, frequency: float = 440.0, channels: int = 1, height: int = 16000
) -> bytes:
    """Return a sine, the same on all channels."""
    step = 2 * math.pi * frequency / rate
    values = (round(height * math.sin(step * index)) for index in range(round(seconds * rate)))
    return _bytes(array("h", [value for value in values for _ in range(channels)]))


def values_of(data: bytes) -> array[int]:
    samples = array("h")
    samples.frombytes(data)
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def frequency_of(data: bytes, rate: int) -> float:
    """Count how often a mono tone comes up through zero in a second."""
    values = values_of(data)
    ups = [index for index, (one, next_) in enumerate(pairwise(values)) if one < 0 <= next_]
    return (len(ups) - 1) * rate / (ups[-1] - ups[0])


def pitch_of(data: bytes, rate: int) -> float:
    """Return the frequency of most of a mono tone: gaps, and the edge of another, do not count.

    For what was heard in real time, where a loaded machine leaves gaps. Nor does the noise with
    which resamplers fill silence.
    """
    values = values_of(data)
    ups = [
        # Where the line between the two samples crosses zero.
        index + one / (one - next_)
        for index, (one, next_) in enumerate(pairwise(values))
        if one < 0 <= next_ and next_ - one > 20
    ]
    return rate / median(later - earlier for earlier, later in pairwise(ups))


def loudness_of(data: bytes) -> float:
    """Return the root of the mean square."""
    values = values_of(data)
    return math.sqrt(sum(value * value for value in values) / len(values))


def longest_silence_of(data: bytes) -> int:
    """Return the number of samples in the longest stretch that is nearly silent."""
    longest = current = 0
    for value in values_of(data):
        current = current + 1 if abs(value) < 100 else 0
        longest = max(longest, current)
    return longest


def _bytes(values: array[int]) -> bytes:
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()
