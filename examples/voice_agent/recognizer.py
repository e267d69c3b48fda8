"""Speech to text with PocketSphinx, whose model comes in its package: a few sentences alone."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Iterable
from typing import NamedTuple

import pocketsphinx

SAMPLE_RATE = 16000
_FRAME = SAMPLE_RATE // 100
"""The recogniser looks at frames of 10 ms."""
_NOISE = 30
"""How loud the noise is that is added: to the model, digital silence is like no sound it knows."""
_MARGIN = 3 * SAMPLE_RATE // 10
"""How many samples of noise come before and after what was said."""
_PHONES = (
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W "
    "Y Z ZH"
)

# Found by trial with 14 sentences and 120 others in five voices of espeak-ng; `tests/voice` holds
# two of the voices.
_MIN_FIT, _MIN_WORD_FIT = -0.9, -3.2
"""How well a sentence, and each of its words, must fit in comparison with any row of phones."""
_MAX_UNEXPLAINED = 12
"""How many loud frames may lie between the words."""
_LOUD = 15
"""So many decibels below the loudest frames."""


class _Word(NamedTuple):
    text: str
    start: int
    end: int
    score: float


class Recognizer:
    """Understands the sentences of a grammar, and rejects all that is something else.

    A grammar alone matches anything that is said with the sentence of it that is nearest. So what
    was said is also matched with any row of phones, and must fit the sentence about as well.

    Args:
        grammar: what is understood: the right side of a rule in JSGF, such as
            `hello (there | again) | goodbye`.
        others: sentences that sound like one of those, and are to be told from them.
    """

    def __init__(self, grammar: str, others: Iterable[str] = ()) -> None:
        # The lattice's best path, which is the default, may leave the grammar.
        self._decoder = pocketsphinx.Decoder(lm=None, loglevel="FATAL", bestpath=False)
        phones = _PHONES.split()
        for phone in phones:
            self._decoder.add_word(f"{phone}_", phone, False)
        others = [self._marked(sentence) for sentence in others]
        self._add("sentences", " | ".join([grammar, *others]))
        self._add("phones", f"( {' | '.join(f'{phone}_' for phone in phones)} )+")
        noise = random.Random(1)  # noqa: S311
        self._noise = array("h", (round(noise.gauss(0, _NOISE)) for _ in range(SAMPLE_RATE)))

    def recognize(self, audio: bytes) -> str | None:
        """Return the sentence that was said, or None.

        It takes about a fifth of the time that the audio lasts; call it in a thread, in one at a
        time.

        Args:
            audio: one utterance, 16-bit PCM at 16000 Hz with one channel.
        """
        samples = self._with_noise(audio)
        sentence, words = self._match("sentences", samples)
        if not sentence or "_" in sentence:
            return None
        if _unexplained(words, samples) > _MAX_UNEXPLAINED:
            return None
        _, phones = self._match("phones", samples)
        fits = _fits(words, phones)
        good = sum(fits) / len(fits) >= _MIN_FIT and min(fits) >= _MIN_WORD_FIT
        return sentence if good else None

    def _add(self, name: str, expansion: str) -> None:
        grammar = f"#JSGF V1.0;\ngrammar {name};\npublic <{name}> = {expansion};\n"
        self._decoder.add_jsgf_string(name, grammar)

    def _marked(self, sentence: str) -> str:
        """Return a sentence of words that sound as they do and are known by their names."""
        marked = [f"{word}_" for word in sentence.split()]
        for word, name in zip(sentence.split(), marked, strict=True):
            if self._decoder.lookup_word(name) is None:
                self._decoder.add_word(name, self._decoder.lookup_word(word), False)
        return " ".join(marked)

    def _with_noise(self, audio: bytes) -> array[int]:
        said = array("h", bytes(2 * _MARGIN) + audio + bytes(2 * _MARGIN))
        noise = self._noise * (len(said) // len(self._noise) + 1)
        added = (max(-32768, min(32767, a + b)) for a, b in zip(said, noise, strict=False))
        return array("h", added)

    def _match(self, name: str, samples: array[int]) -> tuple[str, list[_Word]]:
        decoder = self._decoder
        decoder.activate_search(name)
        decoder.start_utt()
        decoder.process_raw(samples.tobytes(), full_utt=True)
        decoder.end_utt()
        found = decoder.hyp()
        if found is None:
            return "", []
        words = [
            _Word(each.word, each.start_frame, each.end_frame + 1, 1000 * math.log(each.ascore))
            for each in decoder.seg()
            if each.end_frame >= each.start_frame >= 0 and each.word != "(NULL)"
        ]
        return found.hypstr, words


def _unexplained(words: list[_Word], samples: array[int]) -> int:
    """Count the loud frames that are not part of any word."""
    starts = range(0, len(samples) - _FRAME + 1, _FRAME)
    levels = [
        10 * math.log10(1 + sum(value * value for value in samples[start : start + _FRAME]))
        for start in starts
    ]
    loud = sorted(levels)[len(levels) * 19 // 20] - _LOUD
    gaps = [word for word in words if word.text.startswith("<")]
    return sum(level > loud for gap in gaps for level in levels[gap.start : gap.end])


def _fits(words: list[_Word], phones: list[_Word]) -> list[float]:
    """Return for each frame of each word how much better it fits than the best phones do."""
    length = max(part.end for part in [*words, *phones])
    best = [0.0] * length
    for phone in phones:
        best[phone.start : phone.end] = [phone.score / (phone.end - phone.start)] * (
            phone.end - phone.start
        )
    return [
        (word.score - sum(best[word.start : word.end])) / (word.end - word.start)
        for word in words
        if not word.text.startswith("<")
    ]
