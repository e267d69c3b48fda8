"""What a virtual peer heard, as one WAV: all voices in their time, with the silence between."""

from __future__ import annotations

import io
import struct
import wave
from collections.abc import Iterable

from fishjam._audio.formats import PcmFormat
from fishjam.emulator._virtual.received_audio import HeardAudio

_SETTLED = 0.1
"""Seconds after which no more audio of a moment is expected."""
_JITTER = 0.12
"""Seconds by which a voice may come early or late and still goes on without a gap.

What comes from a browser has the time at which it came, which differs from frame to frame.
"""
_LIMIT = 32767
LONGEST = 600.0
"""Seconds that are given at once: what was heard before would be silence and fill the memory."""


def window(
    pieces: Iterable[HeardAudio], after: float | None, now: float, peer_id: str | None
) -> tuple[list[HeardAudio], float, float] | None:
    """Return the pieces of a time, with its begin and its end; None if nothing was heard yet.

    Args:
        pieces: what was heard, the oldest first.
        after: where the time begins, at most `LONGEST` ago; None for the first piece.
        now: the present moment.
        peer_id: only audio of this peer; None for all.
    """
    chosen = [
        piece
        for piece in pieces
        if piece.encoding == "pcm16"
        and peer_id in (None, piece.peer_id)
        and (after is None or piece.end > after)
    ]
    if after is None:
        if not chosen:
            return None
        after = min(piece.time for piece in chosen)
    until = max(after, now - _SETTLED)
    after = max(after, until - LONGEST)
    return [piece for piece in chosen if piece.time < until], after, until


def mixed(pieces: Iterable[HeardAudio], begin: float, end: float, audio: PcmFormat) -> bytes:
    """Return pieces as PCM16 of exactly that time; those that reach beyond it are cut."""
    size = audio.sample_size
    target = bytearray(round((end - begin) * audio.sample_rate) * size)
    ends: dict[str, int] = {}
    filled = 0
    for piece in pieces:
        start = round((piece.time - begin) * audio.sample_rate) * size
        goes_on = ends.get(piece.track_id)
        if goes_on is not None and abs(start - goes_on) <= _JITTER * audio.sample_rate * size:
            start = goes_on
        ends[piece.track_id] = start + len(piece.data)
        filled = max(filled, _put(target, start, piece.data, filled))
    return bytes(target)


def wav(pcm: bytes, audio: PcmFormat) -> bytes:
    """Return PCM16 as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(audio.channels)
        writer.setsampwidth(2)
        writer.setframerate(audio.sample_rate)
        writer.writeframes(pcm)
    return file.getvalue()


def _put(target: bytearray, start: int, data: bytes, filled: int) -> int:
    """Add audio at a place, and return where it ends; up to `filled` there is audio already."""
    data = data[max(0, -start) :]
    start = max(0, start)
    data = data[: max(0, len(target) - start)]
    shared = max(0, min(filled - start, len(data)))
    if shared:
        target[start : start + shared] = _sum(target[start : start + shared], data[:shared])
    target[start + shared : start + len(data)] = data[shared:]
    return start + len(data)


def _sum(one: bytes | bytearray, other: bytes) -> bytes:
    form = f"<{len(other) // 2}h"
    pairs = zip(struct.unpack(form, one), struct.unpack(form, other), strict=True)
    return struct.pack(form, *(max(-_LIMIT, min(_LIMIT, a + b)) for a, b in pairs))
