"""What virtual peers say: tones, PCM16 and WAV files, brought into the format of a track."""

from __future__ import annotations

import math
import os
import struct
import wave
from pathlib import Path

from attrs import frozen

from fishjam._audio.converter import convert
from fishjam._audio.wav import WavReader
from fishjam.emulator._media.audio import AudioFormat
from fishjam.emulator._seconds import check_seconds

MIN_RATE, MAX_RATE = 8000, 48000
"""The sample rates that are taken, in Hz."""
_LOUDEST = 32767
_WIDTH = 2
"""The bytes of one value."""

Speech = bytes | bytearray | memoryview | str | os.PathLike[str]
"""PCM16 audio, or the path of a WAV file."""


@frozen
class Audio:
    """PCM16 audio of whole samples."""

    format: AudioFormat
    data: bytes

    @property
    def seconds(self) -> float:
        """How long it sounds."""
        return len(self.data) / self.format.byte_rate

    def converted(self, wanted: AudioFormat) -> bytes:
        """Return the audio in another format."""
        return convert(self.data, self.format, wanted)


def tone(
    frequency: float, seconds: float, sample_rate: int = 16000, amplitude: float = 0.5
) -> bytes:
    """Return a sine tone as PCM16, mono.

    Args:
        frequency: in Hz, below half of the sample rate.
        seconds: how long it is.
        sample_rate: in Hz.
        amplitude: how loud it is, from 0 to 1.

    Raises:
        ValueError: if an argument is out of its range.
    """
    if not 0 < frequency < sample_rate / 2:
        raise ValueError(
            f"frequency must be above 0 and below half of the sample rate, not {frequency}"
        )
    if not 0 <= amplitude <= 1:
        raise ValueError(f"amplitude must be from 0 to 1, not {amplitude}")
    check_seconds("seconds", seconds)
    step = 2 * math.pi * frequency / sample_rate
    count = round(seconds * sample_rate)
    values = (round(amplitude * _LOUDEST * math.sin(step * number)) for number in range(count))
    return struct.pack(f"<{count}h", *values)


def pcm_format(sample_rate: int, channels: int) -> AudioFormat:
    """Return a format of PCM16.

    Raises:
        ValueError: if the rate or the number of channels is none that is taken.
    """
    if not MIN_RATE <= sample_rate <= MAX_RATE:
        raise ValueError(f"sample_rate must be from {MIN_RATE} to {MAX_RATE}, not {sample_rate}")
    if channels not in (1, 2):
        raise ValueError(f"channels must be 1 or 2, not {channels}")
    return AudioFormat("pcm16", sample_rate, channels)


def read_speech(source: Speech, sample_rate: int, channels: int) -> Audio:
    """Return audio from its bytes, which are of that rate, or from a WAV file, which knows its own.

    Raises:
        ValueError: if that cannot be played.
        OSError: if the file cannot be read.
        TypeError: if the source is of another type.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _read_pcm(bytes(source), pcm_format(sample_rate, channels))
    if isinstance(source, (str, os.PathLike)):
        return read_wav(source)
    raise TypeError(
        "what is spoken is PCM16 audio as bytes, or the path of a WAV file, "
        f"not {type(source).__name__}"
    )


def write_wav(path: str | os.PathLike[str], audio: Audio) -> None:
    """Write a WAV file."""
    # Opened here: wave prints a traceback of its own when a path cannot be opened.
    with Path(path).open("wb") as target, wave.open(target, "wb") as file:
        file.setnchannels(audio.format.channels)
        file.setsampwidth(_WIDTH)
        file.setframerate(audio.format.sample_rate)
        file.writeframes(audio.data)


def _read_pcm(data: bytes, audio_format: AudioFormat) -> Audio:
    size = audio_format.sample_size
    if len(data) % size:
        raise ValueError(
            f"PCM16 audio of {audio_format.channels} channel(s) has a multiple of {size} bytes, "
            f"not {len(data)}"
        )
    return Audio(audio_format, data)


def read_wav(source: str | os.PathLike[str] | bytes) -> Audio:
    """Return the audio of a WAV file, given by its path or its bytes.

    Raises:
        ValueError: if it cannot be read.
        OSError: likewise, because of the file system.
    """
    with WavReader(source, whole=False) as reader:
        # The file is converted while it is read, so that any rate will do.
        rate = min(max(MIN_RATE, reader.format.sample_rate), MAX_RATE)
        audio_format = AudioFormat("pcm16", rate, reader.format.channels)
        return Audio(audio_format, reader.read(audio_format))
