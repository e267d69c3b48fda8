"""What the voice agent understands, and what it rejects."""

from __future__ import annotations

import math
import random
import struct
from datetime import datetime
from pathlib import Path

import pytest

from examples.voice_agent.detector import Detector, Started, Utterance
from examples.voice_agent.recognizer import Recognizer
from examples.voice_agent.skills import ANSWERS, GRAMMAR, OTHERS, TIME_GRAMMAR, time_in_words
from fishjam._audio.formats import PcmFormat
from fishjam._audio.wav import WavReader
from fishjam.emulator import speech, tone

SOUNDS = Path(__file__).parent / "sounds"


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer(GRAMMAR, OTHERS)


@pytest.fixture(scope="module")
def clock_reader() -> Recognizer:
    return Recognizer(TIME_GRAMMAR)


def recorded(kind: str, sentence: str) -> bytes:
    with WavReader(SOUNDS / kind / f"{sentence.replace(' ', '_')}.wav") as reader:
        return reader.read(PcmFormat())


def noise(height: float, seconds: float = 1.5) -> bytes:
    source = random.Random(2)  # noqa: S311
    count = round(seconds * 16000)
    return struct.pack(f"<{count}h", *(round(source.gauss(0, height)) for _ in range(count)))


def test_there_are_enough_intents() -> None:
    assert len(set(ANSWERS.values())) >= 8


@pytest.mark.parametrize("sentence", ANSWERS)
@pytest.mark.parametrize("loudness", [1.0, 0.25])
def test_sentences_are_understood(recognizer: Recognizer, sentence: str, loudness: float) -> None:
    audio = speech(sentence)
    values = struct.unpack(f"<{len(audio) // 2}h", audio)
    quieter = struct.pack(f"<{len(values)}h", *(round(loudness * value) for value in values))
    assert recognizer.recognize(quieter) == sentence


@pytest.mark.parametrize("sentence", ANSWERS)
def test_another_voice_is_understood(recognizer: Recognizer, sentence: str) -> None:
    assert recognizer.recognize(recorded("understood", sentence)) == sentence


@pytest.mark.parametrize(
    "path", sorted((SOUNDS / "others").glob("*.wav")), ids=lambda path: path.stem
)
def test_other_sentences_are_rejected(recognizer: Recognizer, path: Path) -> None:
    assert recognizer.recognize(recorded("others", path.stem)) is None


@pytest.mark.parametrize(
    "text",
    [
        "what is the weather like",
        "hello, this is Fishjam",
        "my name is Jam, and I am a voice agent",
        "why do programmers prefer dark mode? Because light attracts bugs",
        "one two three four five",
        "today is monday",
        "you are welcome",
        "thank you very much what time is it",
    ],
)
def test_what_the_agent_says_is_rejected_too(recognizer: Recognizer, text: str) -> None:
    assert recognizer.recognize(speech(text)) is None


@pytest.mark.parametrize(
    "sound",
    [
        b"",
        bytes(320),
        bytes(48000),
        noise(30),
        noise(300),
        noise(5000),
        tone(440, 1.5),
        b"".join(tone(hertz, 0.2) for hertz in (300, 700, 1500, 2500)),
        speech("what time is it")[:9000],
    ],
    ids=["nothing", "10 ms", "silence", "hiss", "noise", "loud noise", "tone", "tones", "a part"],
)
def test_what_is_not_speech_is_rejected(recognizer: Recognizer, sound: bytes) -> None:
    assert recognizer.recognize(sound) is None


@pytest.mark.parametrize("minute", [0, 1, 5, 9, 10, 13, 19, 20, 21, 30, 37, 42, 50, 59])
@pytest.mark.parametrize("hour", [0, 1, 7, 10, 12, 23])
def test_a_time_is_read_back_from_its_sound(
    clock_reader: Recognizer, hour: int, minute: int
) -> None:
    words = f"it is {time_in_words(datetime(2026, 11, 28, hour, minute))}"
    assert clock_reader.recognize(speech(words)) == words


def events_of(audio: bytes, size: int = 640) -> list[Started | Utterance]:
    detector = Detector()
    pieces = (audio[start : start + size] for start in range(0, len(audio), size))
    return [event for piece in pieces for event in detector.hear(piece)]


@pytest.mark.parametrize("size", [640, 641, 5000])
def test_utterances_are_found_in_a_stream(recognizer: Recognizer, size: int) -> None:
    silence = bytes(32000)
    questions = ("what time is it", "tell me a joke")
    stream = silence + silence.join(map(speech, questions)) + silence
    events = events_of(stream, size)
    assert [type(event) for event in events] == [Started, Utterance] * 2
    utterances = [event.audio for event in events if isinstance(event, Utterance)]
    assert tuple(map(recognizer.recognize, utterances)) == questions


def test_silence_and_clicks_are_no_utterances() -> None:
    click = struct.pack("<160h", *(round(20000 * math.sin(index)) for index in range(160)))
    assert events_of(bytes(32000) + click + bytes(64000)) == []


def test_a_microphone_that_is_switched_off_ends_an_utterance(recognizer: Recognizer) -> None:
    detector = Detector()
    assert [type(event) for event in detector.hear(speech("flip a coin"))] == [Started]
    assert detector.speaking
    (utterance,) = detector.end()
    assert recognizer.recognize(utterance.audio) == "flip a coin"
    assert [*detector.end()] == []
    assert not detector.speaking


def test_an_endless_utterance_is_cut() -> None:
    talk = speech("why do programmers prefer dark mode? because light attracts bugs") * 6
    cut = next(event for event in events_of(talk) if isinstance(event, Utterance))
    assert len(cut.audio) / 32000 == pytest.approx(15, abs=0.5)
