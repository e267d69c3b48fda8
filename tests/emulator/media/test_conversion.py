"""The conversion of audio: rates and channels, in pieces of any size."""

from __future__ import annotations

import pytest

from fishjam.emulator._media.audio import AudioFormat
from fishjam.emulator._media.conversion import Conversion
from tests.support.tones import frequency_of, longest_silence_of, loudness_of, tone, values_of

RATES = [(16000, 24000), (24000, 16000), (48000, 16000), (16000, 48000)]


def convert(source: AudioFormat, target: AudioFormat, data: bytes, size: int) -> bytes:
    """Convert in pieces of so many samples."""
    conversion = Conversion(source, target)
    step = size * source.sample_size
    pieces = (data[start : start + step] for start in range(0, len(data), step))
    return b"".join(conversion.convert(piece) for piece in pieces)


@pytest.mark.parametrize(("before", "after"), RATES)
@pytest.mark.parametrize("size", [1, 7, 320, 24000])
def test_a_tone_stays_what_it_is(before: int, after: int, size: int) -> None:
    source, target = AudioFormat(sample_rate=before), AudioFormat(sample_rate=after)
    data = tone(0.5, before)
    found = convert(source, target, data, size)
    assert frequency_of(found, after) == pytest.approx(440, abs=1)
    assert loudness_of(found) == pytest.approx(loudness_of(data), rel=0.01)
    # A sine of 440 Hz is near zero for a few samples only.
    assert longest_silence_of(found) <= 3
    assert abs(len(values_of(found)) - after // 2) <= 1


@pytest.mark.parametrize(("before", "after"), RATES)
@pytest.mark.parametrize("channels", [1, 2])
def test_a_frame_stays_a_frame(before: int, after: int, channels: int) -> None:
    source = AudioFormat(sample_rate=before, channels=channels)
    conversion = Conversion(source, AudioFormat(sample_rate=after))
    sizes = [len(conversion.convert(bytes(source.byte_rate // 50))) for _ in range(5)]
    assert sizes == [after // 50 * 2] * 5


@pytest.mark.parametrize("rate", [16000, 24000])
def test_mono_goes_to_both_sides(rate: int) -> None:
    mono = AudioFormat(sample_rate=16000)
    found = convert(mono, AudioFormat(sample_rate=rate, channels=2), tone(0.5, 16000), 320)
    values = values_of(found)
    assert values[::2] == values[1::2]
    assert frequency_of(values[::2].tobytes(), rate) == pytest.approx(440, abs=1)


def test_stereo_is_mixed_to_mono() -> None:
    stereo = AudioFormat(channels=2)
    left_only = b"".join(
        data + b"\0\0" for data in (b"\x64\0", b"\x9c\xff", b"\x00\x00", b"\xfe\x7f")
    )
    found = Conversion(stereo, AudioFormat()).convert(left_only)
    assert list(values_of(found)) == [50, -50, 0, 16383]
    loud = b"\xff\x7f" * 4 + b"\x00\x80" * 4
    assert Conversion(stereo, AudioFormat()).convert(loud) == b"\xff\x7f" * 2 + b"\x00\x80" * 2


def test_what_is_wanted_as_it_is_stays_so() -> None:
    data = tone(0.02, 24000, channels=2)
    same = AudioFormat(sample_rate=24000, channels=2)
    assert Conversion(same, same).convert(data) == data
