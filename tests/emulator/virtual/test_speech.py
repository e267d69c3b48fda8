"""What virtual peers say in words."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from fishjam.emulator import speech
from fishjam.emulator._virtual.speech import RECORDINGS, _recorded, espeak_command
from tests.emulator.virtual.conftest import Scene
from tests.support.tones import loudness_of, values_of

STAND_IN = """#!{python}
import sys
sys.path.insert(0, {root!r})
from tests.support.wav_files import wav_file
text = sys.stdin.read()
assert sys.argv[1:] == {arguments!r}
sys.stdout.buffer.write(wav_file(bytes(2 * 22050 * len(text.split())), 22050, announced=0x7ffff000))
"""


@pytest.fixture
def no_espeak(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let nothing be installed but what is put into this folder."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_a_greeting_is_always_at_hand(no_espeak: Path) -> None:
    data = speech()
    assert 1 < len(data) / 32000 < 3
    assert loudness_of(data) > 1000


@pytest.mark.parametrize("rate", [8000, 24000, 48000])
def test_it_is_spoken_at_any_rate(no_espeak: Path, rate: int) -> None:
    data = speech("What time is it?", sample_rate=rate)
    assert len(data) / 2 / rate == pytest.approx(len(speech("what time is it")) / 32000, abs=0.001)


def test_sentences_are_put_together(no_espeak: Path) -> None:
    pause = bytes(2 * 960)
    expected = pause.join(speech(phrase) for phrase in ("it is", "ten", "thirty"))
    assert speech("It is ten thirty.") == expected


def test_the_longest_recording_is_taken(no_espeak: Path) -> None:
    whole = speech("good morning to you too")
    assert not whole.startswith(speech("good morning"))


def test_every_recording_is_speech(no_espeak: Path) -> None:
    for phrase in _recorded():
        values = values_of(speech(phrase.replace("_", " ")))
        assert 0.15 < len(values) / 16000 < 6
        assert max(map(abs, values)) > 5000


@pytest.mark.parametrize(
    ("text", "rate", "reason"),
    [
        ("", 16000, "there are no words in ''"),
        ("...", 16000, r"there are no words in '\.\.\.'"),
        ("it is raining", 16000, "'it is raining' is not made of the phrases that are recorded"),
        ("what time is it", 4000, "sample_rate must be from 8000 to 48000, not 4000"),
    ],
)
def test_what_cannot_be_said(no_espeak: Path, text: str, rate: int, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        speech(text, rate)


def test_a_synthesiser_says_the_rest(no_espeak: Path) -> None:
    program = no_espeak / "espeak-ng"
    root, arguments = str(Path(__file__).parents[3]), espeak_command("")[1:]
    program.write_text(STAND_IN.format(python=sys.executable, root=root, arguments=arguments))
    program.chmod(0o755)
    assert shutil.which("espeak-ng") == str(program)
    assert len(speech("something else entirely")) == pytest.approx(3 * 32000, abs=2)


def test_a_virtual_peer_is_heard_speaking(scene: Scene) -> None:
    speaker, listener = scene.join(), scene.join()
    data = speech("what time is it")
    speaker.speak(data)
    assert listener.hear(len(data) / 32000) == data


def test_the_recordings_say_how_they_were_made() -> None:
    assert "espeak-ng" in (RECORDINGS / "README.md").read_text("utf-8")
