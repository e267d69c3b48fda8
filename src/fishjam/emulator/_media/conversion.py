"""PCM16 audio from one format into another, piece by piece."""

from __future__ import annotations

import warnings
from typing import Any

from fishjam.emulator._media.audio import AudioFormat

with warnings.catch_warnings():
    # Python 3.13 has it no more; there the package audioop-lts stands in.
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

_WIDTH = 2
"""The bytes of one value."""


class Conversion:
    """Converts a stream; what a piece leaves over goes into the next one.

    Args:
        source: the format of what comes, which is PCM16.
        target: the format of what is wanted, which is PCM16.
    """

    def __init__(self, source: AudioFormat, target: AudioFormat) -> None:
        self._source = source
        self._target = target
        self._state: Any = None
        # It interpolates, so without a sample to begin from the first piece would come out short.
        self._resample(bytes(_WIDTH * self._channels))

    def convert(self, data: bytes) -> bytes:
        """Convert the next piece, which holds whole samples."""
        source, target = self._source, self._target
        if source.channels > target.channels:
            data = audioop.tomono(data, _WIDTH, 0.5, 0.5)
        if source.sample_rate != target.sample_rate:
            data = self._resample(data)
        if source.channels < target.channels:
            data = audioop.tostereo(data, _WIDTH, 1, 1)
        return data

    @property
    def _channels(self) -> int:
        return min(self._source.channels, self._target.channels)

    def _resample(self, data: bytes) -> bytes:
        rates = self._source.sample_rate, self._target.sample_rate
        data, self._state = audioop.ratecv(data, _WIDTH, self._channels, *rates, self._state)
        return data
