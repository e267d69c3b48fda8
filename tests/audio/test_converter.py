"""The conversion of audio: rates and channels, in pieces of any size."""

from __future__ import annotations

import math
import sys
from array import array

import pytest

from fishjam._audio.converter import Converter, FrameConverter, convert, double
from fishjam._audio.formats import PcmFormat
from fishjam._audio.library import load
from fishjam.errors import MissingExtraError
from tests.audio.levels import level_of, loudest_level_of
from tests.support.tones import frequency_of, longest_silence_of, loudness_of, tone, values_of

RATES = [(16000, 24000), (24000, 16000), (48000, 16000), (16000, 48000), (44100, 24000)]
LEVEL = 20 * math.log10(16000 / 32767)
"""How loud the tones are that go in."""


def in_pieces(converter: Converter, data: bytes, size: int) -> bytes:
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return b"".join(map(converter.convert, pieces))


@pytest.mark.parametrize(("before", "after"), RATES)
@pytest.mark.parametrize("size", [2, 7, 640, 48000])
def test_a_tone_stays_what_it_is(before: int, after: int, size: int) -> None:
    data = tone(0.5, before)
    converter = Converter(PcmFormat(before), PcmFormat(after))
    converted = in_pieces(converter, data, size) + converter.finish()
    assert converted == convert(data, PcmFormat(before), PcmFormat(after))
    assert frequency_of(converted, after) == pytest.approx(440, abs=1)
    assert loudness_of(converted) == pytest.approx(loudness_of(data), rel=0.01)
    # A sine of 440 Hz is near zero for a few samples only.
    assert longest_silence_of(converted) <= 3
    assert abs(len(values_of(converted)) - after // 2) <= 1


@pytest.mark.parametrize(
    ("before", "after", "aliased"), [(48000, 16000, 6000), (24000, 16000, 6000)]
)
def test_what_the_lower_rate_cannot_hold_is_not_heard(
    before: int, after: int, aliased: int
) -> None:
    converted = convert(tone(0.5, before, 10_000), PcmFormat(before), PcmFormat(after))
    middle = converted[after // 5 : -after // 5]
    assert level_of(middle, after, aliased) < LEVEL - 60
    assert loudest_level_of(middle) < LEVEL - 60


@pytest.mark.parametrize(("before", "after"), [(16000, 24000), (16000, 48000), (8000, 24000)])
def test_a_higher_rate_has_no_mirror_image(before: int, after: int) -> None:
    converted = convert(tone(0.5, before, 3000), PcmFormat(before), PcmFormat(after))
    middle = converted[after // 5 : -after // 5]
    assert level_of(middle, after, 3000) == pytest.approx(LEVEL, abs=0.1)
    assert level_of(middle, after, before - 3000) < LEVEL - 60


@pytest.mark.parametrize("frequency", [300, 1000, 3400, 6000])
def test_voices_keep_their_colour(frequency: int) -> None:
    converted = convert(tone(0.5, 48000, frequency), PcmFormat(48000), PcmFormat(16000))
    assert level_of(converted, 16000, frequency) == pytest.approx(LEVEL, abs=0.2)


@pytest.mark.parametrize(("before", "after"), RATES[:4])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_live_frame_stays_a_frame(before: int, after: int, channels: int) -> None:
    source = PcmFormat(before, channels)
    converter = Converter(source, PcmFormat(after), live=True)
    sizes = [len(converter.convert(bytes(source.byte_rate // 50))) for _ in range(5)]
    assert sizes == [after // 50 * 2] * 5


def test_live_audio_comes_a_millisecond_later() -> None:
    data = tone(0.5, 48000)
    live = Converter(PcmFormat(48000), PcmFormat(16000), live=True)
    whole = convert(data, PcmFormat(48000), PcmFormat(16000))
    assert live.convert(data) == bytes(2 * 16) + whole[: -2 * 16]


@pytest.mark.parametrize("rate", [16000, 24000])
def test_mono_goes_to_both_sides_as_loud_as_it_was(rate: int) -> None:
    data = tone(0.5, 16000)
    values = values_of(convert(data, PcmFormat(), PcmFormat(rate, channels=2)))
    assert values[::2] == values[1::2]
    left = values[::2].tobytes()
    assert frequency_of(left, rate) == pytest.approx(440, abs=1)
    assert loudness_of(left) == pytest.approx(loudness_of(data), rel=0.01)


def test_stereo_is_mixed_to_mono() -> None:
    left_only = b"".join(
        data + b"\0\0" for data in (b"\x64\0", b"\x9c\xff", b"\x00\x00", b"\xfe\x7f")
    )
    stereo = PcmFormat(channels=2)
    assert list(values_of(convert(left_only, stereo, PcmFormat()))) == [50, -50, 0, 16383]
    loud = b"\xff\x7f" * 4 + b"\x00\x80" * 4
    assert convert(loud, stereo, PcmFormat()) == b"\xff\x7f" * 2 + b"\x00\x80" * 2


def test_the_sides_of_stereo_stay_apart() -> None:
    left, right = tone(0.2, 48000, 440), tone(0.2, 48000, 880)
    both = b"".join(
        left[start : start + 2] + right[start : start + 2] for start in range(0, len(left), 2)
    )
    values = values_of(convert(both, PcmFormat(48000, 2), PcmFormat(16000, 2)))
    assert frequency_of(values[::2].tobytes(), 16000) == pytest.approx(440, abs=2)
    assert frequency_of(values[1::2].tobytes(), 16000) == pytest.approx(880, abs=2)


def test_equal_formats_are_passed_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    same = PcmFormat(24000, channels=2)
    data = tone(0.02, 24000, channels=2)
    converter = Converter(same, same)
    assert in_pieces(converter, data, 3) == data
    assert converter.finish() == b""


def test_less_than_a_sample_waits_for_the_rest() -> None:
    converter = Converter(PcmFormat(channels=2), PcmFormat())
    assert converter.convert(b"\x64\0\x64") == b""
    assert converter.convert(b"\0\x64\0") == b"\x64\0"
    assert converter.convert(b"\x64\0") == b"\x64\0"


@pytest.mark.parametrize(("before", "after"), [*RATES, (8000, 48000), (48000, 8000)])
def test_the_shortest_sounds_keep_their_length(before: int, after: int) -> None:
    for channels in (1, 2):
        source = PcmFormat(before, channels)
        for samples in [*range(1, 100, 7), 200, 300, 1000]:
            data = array("h", [1000] * samples * channels).tobytes()
            values = values_of(convert(data, source, PcmFormat(after)))
            # From there on the filter of the library says how much it is.
            assert abs(len(values) - samples * after / before) <= (0.5 if samples < 48 else 1)
            # Nor is it silence that makes up for what is missing.
            assert all(value > 500 for value in values)


def test_nothing_ends_in_nothing() -> None:
    converter = Converter(PcmFormat(48000), PcmFormat())
    assert converter.convert(b"") == b""
    assert converter.finish() == b""
    assert double(b"") == b""


def test_each_stream_has_a_state_of_its_own() -> None:
    one, other = (Converter(PcmFormat(24000), PcmFormat(), live=True) for _ in range(2))
    data = tone(0.1, 24000)
    alone = in_pieces(one, data, 960)
    mixed = b""
    third = Converter(PcmFormat(24000), PcmFormat(), live=True)
    for start in range(0, len(data), 960):
        mixed += other.convert(data[start : start + 960])
        third.convert(b"\xff\x7f" * 480)
    assert mixed == alone


def test_frames_of_the_library_are_converted_as_they_come() -> None:
    av = load()
    frame = av.AudioFrame(format="fltp", layout="5.1", samples=4800)
    frame.sample_rate = 48000
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    converter = FrameConverter(PcmFormat(24000, channels=2))
    converted = converter.convert(frame) + converter.finish()
    assert converted == bytes(2400 * 4)


def test_without_the_library_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingExtraError, match=r'pip install "fishjam-server-sdk\[audio\]"'):
        Converter(PcmFormat(48000), PcmFormat())
    with pytest.raises(ImportError, match="needs the package av"):
        FrameConverter(PcmFormat())
