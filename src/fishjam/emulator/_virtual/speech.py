"""What virtual peers say in words: recorded phrases, and whatever a synthesiser speaks."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from fishjam._audio.formats import PcmFormat
from fishjam._audio.wav import WavReader
from fishjam.emulator._virtual.audio import pcm_format

RECORDINGS = Path(__file__).parents[1] / "_recordings"
_SYNTHESIZER = "espeak-ng"
_VOICE = "en-us+f2"
_PAUSE = 0.06
"""Seconds of silence between two recordings."""


def speech(text: str = "hello, this is Fishjam", sample_rate: int = 16000) -> bytes:
    """Return English words as PCM16, mono.

    Some are recorded, with the free synthesiser espeak-ng, so that they are at hand everywhere and
    sound alike: the sentences "hello, this is Fishjam", "what time is it", "tell me the time",
    "what day is it today", "how many people are here", "what is your name", "what can you do",
    "tell me a joke", "flip a coin", "please count to twenty", "please say that again",
    "thank you very much", "good morning", "stop talking", "goodbye for now" and "what is the
    weather like"; the numbers from one to twenty, thirty, forty and fifty; the days of the week;
    "it is ...", "... o'clock", "today is ...", "... people are here". Any other text is spoken by
    espeak-ng, where that is installed; this takes some 50 ms and blocks.

    Args:
        text: what is said; case and punctuation make no difference to what is recorded.
        sample_rate: in Hz, from 8000 to 48000.

    Raises:
        ValueError: the text has no words, or some that are not recorded where espeak-ng is not
            installed, or the sample rate is out of its range.

    Example:
        >>> user.speak(speech("what time is it"))
    """
    target = pcm_format(sample_rate, 1)
    words = re.findall(r"[a-z0-9']+", text.lower())
    if not words:
        raise ValueError(f"there are no words in {text!r}")
    phrases = _find_phrases(words)
    if phrases is not None:
        pause = bytes(2 * round(_PAUSE * sample_rate))
        wanted = PcmFormat(sample_rate)
        return pause.join(_read(RECORDINGS / f"{phrase}.wav", wanted) for phrase in phrases)
    synthesizer = shutil.which(_SYNTHESIZER)
    if synthesizer is None:
        raise ValueError(
            f"{text!r} is not made of the phrases that are recorded, and {_SYNTHESIZER}, which "
            "speaks any text, is not installed"
        )
    command = espeak_command(synthesizer)
    spoken = subprocess.run(command, input=text.encode(), capture_output=True, check=True)  # noqa: S603
    with WavReader(spoken.stdout) as reader:
        return reader.read(target)


def espeak_command(synthesizer: str, words_per_minute: int = 160) -> list[str]:
    """Return the command that speaks what comes on its standard input, as a WAV file."""
    voice = ("-v", _VOICE, "-s", str(words_per_minute))
    # On standard input, because a text that begins with a dash would be an option.
    return [synthesizer, *voice, "--stdin", "--stdout"]


def _find_phrases(words: Sequence[str]) -> list[str] | None:
    """Return recorded phrases that together are these words, the longest first; None if none do."""
    phrases: list[str] = []
    start = 0
    while start < len(words):
        ends = range(len(words), start, -1)
        candidates = ("_".join(words[start:end]) for end in ends)
        phrase = next((each for each in candidates if each in _recorded()), None)
        if phrase is None:
            return None
        phrases.append(phrase)
        # The names of the files have an underscore between two words.
        start += phrase.count("_") + 1
    return phrases


@cache
def _recorded() -> frozenset[str]:
    return frozenset(path.stem for path in RECORDINGS.glob("*.wav"))


@cache
def _read(path: Path, wanted: PcmFormat) -> bytes:
    with WavReader(path) as reader:
        return reader.read(wanted)
