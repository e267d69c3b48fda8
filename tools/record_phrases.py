"""Records what `fishjam.emulator.speech` says without a synthesiser, with espeak-ng 1.51 or newer.

    python -m tools.record_phrases

It needs `espeak-ng` on the PATH and writes src/fishjam/emulator/_recordings, anew each time.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from array import array
from pathlib import Path

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
FORMAT = PcmFormat(16000)
_QUIET, _MARGIN = 200, 320
"""The highest value of silence, and how many samples of it are left at both ends."""


def main() -> None:
    """Record everything."""
    if shutil.which("espeak-ng") is None:
        sys.exit("espeak-ng is not installed")
    for path in RECORDINGS.glob("*.wav"):
        path.unlink()
    for phrase in [*QUESTIONS.strip().splitlines(), *ANSWERS.strip().splitlines(), *WORDS.split()]:
        write(RECORDINGS / f"{phrase.replace(' ', '_')}.wav", trimmed(spoken(phrase)))


def spoken(phrase: str) -> bytes:
    """Let espeak-ng speak."""
    command = espeak_command("espeak-ng")
    done = subprocess.run(command, input=phrase.encode(), capture_output=True, check=True)  # noqa: S603
    with WavReader(done.stdout) as reader:
        return reader.read(FORMAT)


def trimmed(data: bytes) -> bytes:
    """Leave out the silence at both ends."""
    values = array("h", data)
    loud = [index for index, value in enumerate(values) if abs(value) > _QUIET]
    start, end = max(0, loud[0] - _MARGIN), loud[-1] + _MARGIN
    return values[start:end].tobytes()


def write(path: Path, data: bytes) -> None:
    """Write A-law, which halves the size and is good enough for speech."""
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(data) // 2)
    frame.sample_rate = FORMAT.sample_rate
    frame.planes[0].update(data.ljust(frame.planes[0].buffer_size, b"\0"))
    with av.open(str(path), "w", format="wav", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("pcm_alaw", rate=FORMAT.sample_rate, layout="mono")
        container.mux([*stream.encode(frame), *stream.encode(None)])


if __name__ == "__main__":
    main()
