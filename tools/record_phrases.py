"""Records what `fishjam.emulator.speech` says without a synthesiser, and what the tests hear.

    python -m tools.record_phrases

It needs `espeak-ng` (1.51 or newer) on the PATH, and writes src/fishjam/emulator/_recordings and
tests/voice/sounds anew.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from array import array
from pathlib import Path
from typing import Literal

import av

from fishjam._audio.formats import PcmFormat
from fishjam._audio.wav import WavReader
from fishjam.emulator._virtual.speech import RECORDINGS, espeak_command

QUESTIONS = """
what time is it
tell me the time
what day is it today
how many people are here
what is your name
what can you do
tell me a joke
flip a coin
please count to twenty
please say that again
thank you very much
good morning
stop talking
goodbye for now
what is the weather like
"""
ANSWERS = """
hello this is fishjam
it is
today is
people are here
one person is here
nobody is here
my name is jam and i am a voice agent
ask me for the time or the day or a joke
why do programmers prefer dark mode because light attracts bugs
it is heads
it is tails
you are welcome
good morning to you too
goodbye
i have not said anything yet
"""
WORDS = """
one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty thirty forty fifty oh o'clock
monday tuesday wednesday thursday friday saturday sunday
"""
SLOW = {"sixteen", "fifty"}
"""What a recogniser takes for "fifteen" and "fifty two" when it is said as fast as the rest."""
OTHERS = """
i would like a cup of coffee
where is the train station
please call me tomorrow
can you open the window
who won the game yesterday
the meeting starts at noon
my dog likes long walks
is it raining outside
play some music
send a message to bob
we should meet on thursday
what is the capital of france
what time does the shop close
what is your favorite food
how many apples are there
tell me a story about pirates
thank you for nothing
good evening everybody
yes
time
"""
"""What a recogniser of the questions is to reject."""
SOUNDS = RECORDINGS.parents[3] / "tests" / "voice" / "sounds"
FORMAT = PcmFormat(16000)
_QUIET, _MARGIN = 200, 320
"""The highest value of silence, and how many samples of it are left at both ends."""


def main() -> None:
    """Record everything."""
    if shutil.which("espeak-ng") is None:
        sys.exit("espeak-ng is not installed")
    for path in [*RECORDINGS.glob("*.wav"), *SOUNDS.glob("*/*.wav")]:
        path.unlink()
    questions, answers, others = (
        text.strip().splitlines() for text in (QUESTIONS, ANSWERS, OTHERS)
    )
    for phrase in [*questions, *answers, *WORDS.split()]:
        speed = 145 if phrase in SLOW else 160
        write(RECORDINGS, phrase, espeak_command("espeak-ng", speed), "pcm_alaw")
    for folder, phrases in (("understood", questions), ("others", others)):
        # Its own voice, as it speaks without any option.
        for phrase in phrases:
            write(SOUNDS / folder, phrase, ["espeak-ng", "--stdin", "--stdout"], "adpcm_ima_wav")


def spoken(phrase: str, command: list[str]) -> bytes:
    """Let espeak-ng speak."""
    done = subprocess.run(command, input=phrase.encode(), capture_output=True, check=True)  # noqa: S603
    with WavReader(done.stdout) as reader:
        return reader.read(FORMAT)


def trimmed(data: bytes) -> bytes:
    """Leave out the silence at both ends."""
    values = array("h", data)
    loud = [index for index, value in enumerate(values) if abs(value) > _QUIET]
    start, end = max(0, loud[0] - _MARGIN), loud[-1] + _MARGIN
    return values[start:end].tobytes()


def write(
    folder: Path, phrase: str, command: list[str], codec: Literal["pcm_alaw", "adpcm_ima_wav"]
) -> None:
    """Record a phrase, in a codec that makes it small and is good enough for speech."""
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / f"{phrase.replace(' ', '_')}.wav"
    data = trimmed(spoken(phrase, command))
    with av.open(str(path), "w", format="wav", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec, rate=FORMAT.sample_rate, layout="mono")
        if not isinstance(stream, av.AudioStream):
            raise TypeError(f"{codec} is not a codec of audio")
        size = 2 * (stream.frame_size or len(data) // 2)
        for start in range(0, len(data), size):
            container.mux(stream.encode(frame_of(data[start : start + size].ljust(size, b"\0"))))
        container.mux(stream.encode(None))


def frame_of(data: bytes) -> av.AudioFrame:
    """Return PCM16 as a frame of the library."""
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(data) // 2)
    frame.sample_rate = FORMAT.sample_rate
    frame.planes[0].update(data.ljust(frame.planes[0].buffer_size, b"\0"))
    return frame


if __name__ == "__main__":
    main()
