"""What is to happen at which moment."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

TOLERANCE = 1e-6
"""Seconds by which two moments may differ and yet are the same: sums of floats are not exact."""


class Scheduler:
    """Acts that wait for their moments; those of the same moment happen in the order they came."""

    def __init__(self) -> None:
        self._actions: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()

    @property
    def next_due(self) -> float | None:
        """The moment of the next act, or None if there is none."""
        return self._actions[0][0] if self._actions else None

    def put(self, moment: float, action: Callable[[], object]) -> None:
        """Let something happen at a moment."""
        heapq.heappush(self._actions, (moment, next(self._numbers), action))

    def run(self, now: float) -> None:
        """Do everything whose moment has come, in order."""
        until = now + TOLERANCE
        while self._actions and self._actions[0][0] <= until:
            heapq.heappop(self._actions)[2]()

    def clear(self) -> None:
        """Let nothing happen any more."""
        self._actions.clear()
