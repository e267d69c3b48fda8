"""What can be spoken: tones, PCM16 and WAV files."""

from __future__ import annotations

import struct
import wave
from pathlib import Path
from typing import Any

import pytest

from fishjam.emulator import tone
from tests.emulator.virtual.conftest import Scene
from tests.emulator.virtual.sound import channels_of
from tests.support.tones import frequency_of, values_of
from tests.support.wav_files import wav_file


def write_wav(
    path: Path, audio: bytes, rate: int = 16000, channels: int = 1, width: int = 2
) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(audio)
    return path


@pytest.mark.parametrize(("frequency", "rate"), [(440, 16000), (100, 8000), (3000, 24000)])
def test_a_tone_has_its_frequency_and_length(frequency: float, rate: int) -> None:
    audio = tone(frequency, 0.5, sample_rate=rate)
    assert len(audio) == rate
    assert frequency_of(audio, rate) == pytest.approx(frequency, rel=1e-3)


def test_a_tone_is_as_loud_as_it_is_asked_to_be() -> None:
    assert max(values_of(tone(1000, 1))) == pytest.approx(16384, abs=2)
    loudest = values_of(tone(1000, 1, amplitude=1))
    assert (max(loudest), min(loudest)) == (32767, -32767)
    assert not any(values_of(tone(1000, 1, amplitude=0)))
    assert tone(1000, 0) == b""


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"frequency": 0}, "frequency must be above 0 and below half of the sample rate, not 0"),
        ({"frequency": 8000}, "frequency must be above 0 and below half"),
        ({"amplitude": 1.1}, "amplitude must be from 0 to 1, not 1.1"),
        ({"amplitude": -0.1}, "amplitude must be from 0 to 1"),
        ({"seconds": -1}, "seconds must not be negative, not -1"),
        ({"seconds": float("inf")}, "seconds must not be negative, not inf"),
    ],
)
def test_other_tones_are_refused(arguments: dict[str, float], text: str) -> None:
    values: Any = {"frequency": 440, "seconds": 1, **arguments}
    with pytest.raises(ValueError, match=text):
        tone(**values)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_wav_file_is_heard_as_it_is(
    scene: Scene, tmp_path: Path, rate: int, channels: int
) -> None:
    mono = values_of(tone(440, 0.2, rate))
    values = [value for value in mono for _ in range(channels)]
    path = write_wav(tmp_path / "a.wav", struct.pack(f"<{len(values)}h", *values), rate, channels)
    speaker, listener = scene.join(), scene.join()
    assert speaker.speak(path) == pytest.approx(0.2)
    audio = listener.hear(0.2)
    assert frequency_of(audio, 16000) == pytest.approx(440, rel=0.01)
    assert max(values_of(audio)) == pytest.approx(16384, rel=0.01)


def test_a_stereo_peer_hears_both_channels(scene: Scene, tmp_path: Path) -> None:
    sides = tone(440, 0.2), tone(880, 0.2)
    both = [value for pair in zip(*map(values_of, sides), strict=True) for value in pair]
    path = write_wav(tmp_path / "a.wav", struct.pack("<6400h", *both), channels=2)
    speaker, listener = scene.join(channels=2), scene.join(channels=2)
    speaker.speak(str(path))
    assert channels_of(listener.hear(0.2)) == sides


def test_bytes_are_of_the_rate_and_the_channels_that_are_named(scene: Scene) -> None:
    speaker, listener = scene.join(), scene.join(sample_rate=48000, channels=2)
    assert speaker.speak(bytearray(tone(500, 0.1, 24000)), sample_rate=24000) == 0.1
    assert speaker.speak(memoryview(b"\1\0\3\0" * 1600), channels=2) == 0.1
    left, right = (channels_of(listener.hear(0.1)) for _ in range(2))
    assert frequency_of(left[0], 48000) == pytest.approx(500, rel=0.01)
    assert left[0] == left[1]
    assert values_of(right[0])[-1] == 2


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((b"\0",), r"PCM16 audio of 1 channel\(s\) has a multiple of 2 bytes, not 1"),
        ((b"\0" * 6, 16000, 2), r"PCM16 audio of 2 channel\(s\) has a multiple of 4 bytes, not 6"),
        ((b"", 4000), "sample_rate must be from 8000 to 48000, not 4000"),
        ((b"", 16000, 0), "channels must be 1 or 2, not 0"),
    ],
)
def test_bytes_that_are_no_such_audio_are_refused(
    scene: Scene, arguments: tuple[Any, ...], text: str
) -> None:
    user = scene.join()
    with pytest.raises(ValueError, match=text):
        user.speak(*arguments)


def test_something_else_is_refused(scene: Scene) -> None:
    source: Any = 440
    with pytest.raises(TypeError, match="or the path of a WAV file, not int"):
        scene.join().speak(source)


def test_files_of_other_kinds_are_spoken_too(scene: Scene, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    values = values_of(tone(440, 0.2, 96000))
    content = b"".join((256 * value).to_bytes(3, "little", signed=True) for value in values)
    write_wav(path, content, 96000, width=3)
    speaker, listener = scene.join(), scene.join()
    assert speaker.speak(path) == pytest.approx(0.2)
    assert frequency_of(listener.hear(0.2), 16000) == pytest.approx(440, rel=0.01)


def test_files_that_cannot_be_spoken_are_refused(scene: Scene, tmp_path: Path) -> None:
    user, path = scene.join(), tmp_path / "a.wav"
    for content, reason in (
        (b"", "is empty: it has no bytes"),
        (b"RIFF", "is not a WAV file: it begins with b'RIFF'"),
        (b"ID3 is another sound", "is not a WAV file: it begins with b'ID3 is anoth'"),
        (wav_file(b"")[:30], "is cut off: it ends before its audio begins"),
    ):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=rf"a\.wav {reason}"):
            user.speak(path)
    with pytest.raises(FileNotFoundError):
        user.speak(tmp_path / "none.wav")
    assert "TrackAdded" not in scene.kinds()


def test_of_a_file_that_is_cut_off_the_rest_is_spoken(scene: Scene, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav_file(b"\0\0\1\0" * 800 + b"\2", channels=2, announced=1 << 30))
    assert scene.join().speak(path) == 0.05
