"""Mixing several voices into one stream, for one listener."""

from __future__ import annotations

import struct
from collections.abc import Hashable

_LOWEST, _HIGHEST = -32768, 32767


class Mixer:
    """Adds up 16-bit mono audio of several sources that speak at the same time.

    A single speaker is passed on at once. Of several, the mixer waits for those that are at most
    `lead` bytes behind; a speaker further behind has stopped, and is forgotten until it goes on.
    """

    def __init__(self, lead: int) -> None:
        self._lead = lead
        self._mixed = bytearray()
        self._ends: dict[Hashable, int] = {}
        """Where in the mixed audio each source has arrived, in bytes."""

    def push(self, source: Hashable, data: bytes) -> None:
        """Add what a source says next; half a sample at its end is left out."""
        data = data[: len(data) & ~1]
        start = self._ends.get(source, 0)
        beside = data[: len(self._mixed) - start]
        end = start + len(beside)
        self._mixed[start:end] = _sum(self._mixed[start:end], beside)
        self._mixed += data[len(beside) :]
        self._ends[source] = start + len(data)

    def take(self) -> bytes:
        """Remove and return what nobody can add to any more."""
        oldest = len(self._mixed) - self._lead
        self._ends = {source: end for source, end in self._ends.items() if end >= oldest}
        return self._cut(min(self._ends.values()))

    def drain(self) -> bytes:
        """Remove and return everything, and forget who has spoken."""
        self._ends.clear()
        return self._cut(len(self._mixed))

    def _cut(self, size: int) -> bytes:
        data = bytes(self._mixed[:size])
        del self._mixed[:size]
        self._ends = {source: end - size for source, end in self._ends.items()}
        return data


def _sum(first: bytes | bytearray, second: bytes) -> bytes:
    """Add up two pieces of audio of the same length; what is too loud is cut off."""
    # `audioop`, which added samples up, left the standard library with Python 3.13.
    form = f"<{len(first) // 2}h"
    pairs = zip(struct.unpack(form, first), struct.unpack(form, second), strict=True)
    return struct.pack(form, *(max(_LOWEST, min(_HIGHEST, a + b)) for a, b in pairs))
