"""Converts streams of audio into PCM16 of another sample rate and number of channels."""

from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING

from fishjam._audio.formats import WIDTH, PcmLayout
from fishjam._audio.library import load

if TYPE_CHECKING:
    from av import AudioFrame
    from av.audio.resampler import AudioResampler

_LAYOUTS = {1: "mono", 2: "stereo"}
_FILTER_DELAY = 16
"""How far libswresample's filter looks ahead, in samples of the lower of the two rates."""
_SHORTEST = 3 * _FILTER_DELAY
"""Of a stream with fewer samples of the lower rate libswresample loses some, or all."""


class FrameConverter:
    """Converts frames of the library, of any format and layout, to PCM16.

    What is above half of the lower rate is filtered out, so that nothing is mirrored into what
    can be heard. Two channels become one by their mean, and one becomes two as loud as it was.

    Args:
        target: the format of what is wanted.

    Raises:
        MissingExtraError: the library is not installed.
    """

    def __init__(self, target: PcmLayout) -> None:
        self._av = load()
        self._target = target
        self._channels = target.channels
        self._resampler: AudioResampler | None = None
        self._last: AudioFrame
        self._samples = self._given = 0

    def convert(self, frame: AudioFrame) -> bytes:
        """Convert the next frame; all have the same format."""
        if self._resampler is None:
            self._resampler = self._resampler_for(frame)
        self._last = frame
        self._samples += frame.samples
        data = self._run(self._resampler, frame)
        self._given += len(data)
        return data

    def finish(self) -> bytes:
        """Return what the filter held back; nothing may be converted afterwards."""
        if self._resampler is None:
            return b""
        frame, rate = self._last, self._target.sample_rate
        shortest = _SHORTEST * math.ceil(frame.sample_rate / rate)
        if frame.sample_rate == rate or self._samples >= shortest:
            return self._run(self._resampler, None)
        wanted = round(self._samples * rate / frame.sample_rate) * WIDTH * self._target.channels
        left = wanted - self._given
        # Its end is repeated for as long as the filter needs, and cut off again.
        data = b"".join(self.convert(frame) for _ in range(shortest // frame.samples + 1))
        return (data + self._run(self._resampler, None))[:left]

    def _resampler_for(self, frame: AudioFrame) -> AudioResampler:
        self._channels = min(self._channels, frame.layout.nb_channels)
        resampler: AudioResampler = self._av.AudioResampler(
            format="s16", layout=_LAYOUTS[self._channels], rate=self._target.sample_rate
        )
        return resampler

    def _run(self, resampler: AudioResampler, frame: AudioFrame | None) -> bytes:
        size = WIDTH * self._channels
        # A resampler that has nothing to do hands on the end as well.
        frames = [converted for converted in resampler.resample(frame) if converted is not None]
        data = b"".join(bytes(each.planes[0])[: each.samples * size] for each in frames)
        # The library would make each of the two 3 dB quieter.
        return double(data) if self._channels < self._target.channels else data


class Converter:
    """Converts a stream of PCM16; what a piece leaves over goes into the next one.

    See `FrameConverter` for how that sounds. Equal formats are passed through.

    Args:
        source: the format of what comes.
        target: the format of what is wanted.
        live: let every piece come out as long as it went in, because it is played in real time;
            all of it sounds a millisecond later (two from or to 8 kHz). Otherwise everything stays
            where it is in time, so that as much is held back, and `finish` gives it.

    Raises:
        MissingExtraError: the formats differ, and the library is not installed.
    """

    def __init__(self, source: PcmLayout, target: PcmLayout, *, live: bool = False) -> None:
        self._source = source
        self._sample_size = WIDTH * source.channels
        self._rest = b""
        self._lead = b""
        self._frames: FrameConverter | None = None
        lower, rate = min(source.sample_rate, target.sample_rate), target.sample_rate
        # Before the library is loaded: audio that fits needs no extra.
        if source.sample_rate == rate and source.channels == target.channels:
            return
        self._av = load()
        self._frames = FrameConverter(target)
        if live and source.sample_rate != rate:
            delay = math.ceil(_FILTER_DELAY * rate / lower)
            self._lead = bytes(delay * WIDTH * target.channels)

    def convert(self, data: bytes) -> bytes:
        """Convert the next piece; what is less than a sample waits for the rest."""
        data = self._rest + data
        whole = len(data) - len(data) % self._sample_size
        data, self._rest = data[:whole], data[whole:]
        if not data or self._frames is None:
            return data
        lead, self._lead = self._lead, b""
        return lead + self._frames.convert(self._frame(data))

    def finish(self) -> bytes:
        """Return what was held back; nothing may be converted afterwards."""
        return b"" if self._frames is None else self._frames.finish()

    def _frame(self, data: bytes) -> AudioFrame:
        source = self._source
        frame: AudioFrame = self._av.AudioFrame(
            format="s16",
            layout=_LAYOUTS[source.channels],
            samples=len(data) // self._sample_size,
        )
        frame.sample_rate = source.sample_rate
        plane = frame.planes[0]
        # The plane may be longer than its samples, and takes nothing that is shorter.
        plane.update(data.ljust(plane.buffer_size, b"\0"))
        return frame


def convert(data: bytes, source: PcmLayout, target: PcmLayout) -> bytes:
    """Convert a whole sound."""
    converter = Converter(source, target)
    return converter.convert(data) + converter.finish()


def double(data: bytes) -> bytes:
    """Give one channel to both sides."""
    # In the byte order of the machine: samples are only copied, so it makes no difference.
    values = array("h", data)
    both = array("h", bytes(2 * len(data)))
    both[::2] = both[1::2] = values
    return both.tobytes()
