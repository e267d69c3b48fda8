"""WAV files of every kind, good and bad, on their way to PCM16."""

from __future__ import annotations

import io
import math
import os
import struct
import sys
import tempfile
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from fishjam._audio.formats import PcmFormat
from fishjam._audio.wav import MAX_SIZE, WavReader
from fishjam.errors import MissingExtraError
from tests.support.tones import frequency_of, loudness_of, tone, values_of
from tests.support.wav_files import ALAW, FLOAT, MULAW, wav_file

SINE = [0.5 * math.sin(2 * math.pi * 440 * index / 16000) for index in range(8000)]
PCM16 = struct.pack("<8000h", *(round(32767 * value) for value in SINE))


def companded_alaw(value: float) -> int:
    """Return a value as A-law (ITU-T G.711)."""
    level, sign = int(abs(value) * 4095), 0x80 if value >= 0 else 0
    exponent = 0 if level < 32 else level.bit_length() - 5
    mantissa = (level >> 1 if exponent == 0 else level >> exponent) & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55


KINDS = {
    "16 bits": wav_file(PCM16),
    "8 bits": wav_file(bytes(round(128 + 127 * value) for value in SINE), bits=8),
    "24 bits": wav_file(
        b"".join(round(8388607 * value).to_bytes(3, "little", signed=True) for value in SINE),
        bits=24,
    ),
    "24 bits, extensible": wav_file(
        b"".join(round(8388607 * value).to_bytes(3, "little", signed=True) for value in SINE),
        bits=24,
        extensible=True,
    ),
    "32 bits": wav_file(struct.pack("<8000i", *(round(2**31 * value) for value in SINE)), bits=32),
    "float": wav_file(struct.pack("<8000f", *SINE), kind=FLOAT, bits=32),
    "double": wav_file(struct.pack("<8000d", *SINE), kind=FLOAT, bits=64),
    "A-law": wav_file(bytes(map(companded_alaw, SINE)), kind=ALAW, bits=8),
    "stereo": wav_file(tone(0.5, 16000, channels=2, height=16384), channels=2),
    "six channels": wav_file(tone(0.5, 16000, channels=6, height=16384), channels=6),
    "six channels, extensible": wav_file(
        tone(0.5, 16000, channels=6, height=16384), channels=6, extensible=True
    ),
    "44.1 kHz": wav_file(tone(0.5, 44100, height=16384), 44100),
    "8 kHz": wav_file(tone(0.5, 8000, height=16384), 8000),
    "a chunk before": wav_file(PCM16, extra=b"junk\x03\0\0\0abc\0"),
    "from a pipe": wav_file(PCM16, announced=2**32 - 1),
    "from espeak-ng's pipe": wav_file(PCM16, announced=0x7FFFF000),
    "of unknown length": wav_file(PCM16, announced=0),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("target", [PcmFormat(16000), PcmFormat(24000, channels=2)])
def test_files_of_all_kinds_sound_alike(kind: str, target: PcmFormat) -> None:
    with WavReader(KINDS[kind]) as reader:
        values = values_of(reader.read(target))
    sides = [values[start :: target.channels] for start in range(target.channels)]
    assert all(side == sides[0] for side in sides)
    sound = sides[0].tobytes()
    assert len(sides[0]) == target.sample_rate // 2
    assert frequency_of(sound, target.sample_rate) == pytest.approx(440, abs=2)
    assert loudness_of(sound) == pytest.approx(loudness_of(PCM16), rel=0.02)


def test_mulaw_is_read_too() -> None:
    with WavReader(wav_file(b"\xff\x80\x00" * 100, kind=MULAW, bits=8)) as reader:
        values = values_of(reader.read(PcmFormat()))
    assert list(values[:3]) == [0, 32124, -32124]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty: it has no bytes"),
        (wav_file(b""), "is empty: it has no audio"),
        (b"ID3 is another sound", r"is not a WAV file: it begins with b'ID3 is anoth'"),
        (b"RIFX" + wav_file(PCM16)[4:], "is not a WAV file: it begins with b'RIFX"),
        (wav_file(PCM16)[:30], "is cut off: it ends before its audio begins"),
        (wav_file(PCM16)[:40], "is cut off: it ends before its audio begins"),
        (
            wav_file(PCM16)[:9001],
            "is cut off: it announces 16000 bytes of audio, of which 8957 are there",
        ),
        (wav_file(PCM16, extra=b"LIST\xff\xff\xff\x7f"), "is cut off: it ends before its audio"),
        (wav_file(PCM16, kind=0x1234), "cannot be decoded: its samples are of a kind that"),
        (wav_file(PCM16, kind=0x55, bits=0), "cannot be decoded: "),
        (wav_file(PCM16, 0), "cannot be decoded: "),
        (wav_file(PCM16, channels=0), "cannot be decoded: "),
        (wav_file(PCM16, channels=2000), "cannot be decoded: "),
        (
            wav_file(PCM16, 10**9),
            "cannot be played: its sample rate is 1000000000 Hz, not from 1000 to 768000",
        ),
        (wav_file(PCM16, 999), "cannot be played: its sample rate is 999 Hz"),
    ],
)
def test_what_cannot_be_read_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    path.write_bytes(content)
    for source, name in ((content, "The WAV audio"), (path, r".*sound\.wav")):
        with pytest.raises(ValueError, match=f"^{name} {reason}"):
            read(source)


def read(source: Any, target: PcmFormat | None = None) -> bytes:
    with WavReader(source) as reader:
        return reader.read(target or PcmFormat())


@pytest.mark.parametrize(
    "content",
    [
        wav_file(struct.pack("<12h", *[1000] * 12)),
        wav_file(bytes([132] * 12), bits=8),
        wav_file(struct.pack("<12f", *[0.03] * 12), kind=FLOAT, bits=32),
        wav_file(struct.pack("<72h", *[1000] * 72), channels=6),
    ],
    ids=["16 bits", "8 bits", "float", "six channels"],
)
def test_a_file_of_less_than_a_millisecond(content: bytes) -> None:
    values = values_of(read(content, PcmFormat(24000)))
    assert len(values) == 18
    assert all(value > 500 for value in values)


def test_a_gigantic_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hours.wav"
    with path.open("wb") as file:
        file.write(wav_file(PCM16, announced=MAX_SIZE))
        file.truncate(MAX_SIZE + 1)
    with pytest.raises(ValueError, match=r"hours.wav is too large: it has 2147483648 bytes, and"):
        read(path)


def test_a_long_file_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "minutes.wav"
    path.write_bytes(wav_file(bytes(2 * 48000 * 60), 48000))
    with WavReader(path) as reader:
        sizes = [len(block) for block in reader.blocks(PcmFormat())]
    assert sum(sizes) == 2 * 16000 * 60
    assert max(sizes) < 2 * 32000


def test_of_a_file_that_is_cut_off_the_rest_can_be_read() -> None:
    with WavReader(wav_file(PCM16 + b"\0", announced=99_999), whole=False) as reader:
        assert reader.read(PcmFormat()) == PCM16


def test_a_piped_file_may_end_within_a_sample() -> None:
    stereo = wav_file(PCM16 + b"\0\0", channels=2, announced=2**32 - 1)
    assert len(read(stereo, PcmFormat(channels=2))) == len(PCM16)


def test_it_is_read_from_wherever_it_is(tmp_path: Path) -> None:
    content = wav_file(PCM16)
    path = tmp_path / "sound.wav"
    path.write_bytes(content)
    assert read(path) == PCM16
    assert read(str(path)) == PCM16
    assert read(content) == PCM16
    assert read(bytearray(content)) == PCM16
    assert read(memoryview(content)) == PCM16
    with path.open("rb") as file:
        assert read(file) == PCM16
        assert not file.closed


def test_a_file_is_read_from_where_it_stands() -> None:
    file = io.BytesIO(b"before" + wav_file(PCM16))
    file.seek(6)
    assert read(file) == PCM16


class Pipe(io.RawIOBase):
    """Gives bytes, and cannot go back."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._file.readinto(buffer)


def test_a_pipe_can_be_read() -> None:
    assert read(io.BufferedReader(Pipe(wav_file(PCM16, announced=2**32 - 1)))) == PCM16


def test_a_pipe_without_a_buffer_can_be_read() -> None:
    content = wav_file(PCM16 * 40, announced=2**32 - 1)
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as file:
            file.write(content)

    thread = threading.Thread(target=write)
    thread.start()
    tracemalloc.start()
    try:
        # It gives at most what fits into the pipe of the system at once.
        with os.fdopen(reading, "rb", buffering=0) as file:
            assert read(file) == PCM16 * 40
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
        thread.join()


class OldFile:
    """A file as `tempfile.SpooledTemporaryFile` is on Python 3.10."""

    def __init__(self, content: bytes) -> None:
        self.read = io.BytesIO(content).read


def test_a_file_need_not_tell_whether_it_can_be_searched() -> None:
    source: Any = OldFile(wav_file(PCM16))
    assert read(source) == PCM16


def test_a_file_whose_name_is_a_number_is_not_called_so() -> None:
    with tempfile.TemporaryFile() as file, pytest.raises(ValueError, match="The WAV audio is empt"):
        read(file)


def test_something_else_is_refused(tmp_path: Path) -> None:
    source: Any = 440
    with pytest.raises(TypeError, match="the path of a file, its bytes or a binary file, not int"):
        WavReader(source)
    path = tmp_path / "sound.wav"
    path.write_bytes(wav_file(PCM16))
    with path.open() as file, pytest.raises(TypeError, match=r'opened as text: open it with "rb"'):
        read(file)
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none.wav")


def test_a_file_says_what_it_is() -> None:
    with WavReader(wav_file(PCM16, 44100, channels=2)) as reader:
        assert reader.format == PcmFormat(44100, channels=2)
    with WavReader(wav_file(bytes(1200), channels=6)) as reader:
        assert reader.format == PcmFormat(16000, channels=2)


def test_without_the_library_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingExtraError, match=r"fishjam-server-sdk\[audio\]"):
        WavReader(wav_file(PCM16))
