"""A schedule of actions."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

TOLERANCE = 1e-6
"""Seconds by which two moments may differ and count as equal: sums of floats are not exact."""


class Scheduler:
    """Actions by their moments; those of one moment run in the order they were added."""

    def __init__(self) -> None:
        self._actions: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()

    @property
    def next_due(self) -> float | None:
        """The moment of the next action, or None."""
        return self._actions[0][0] if self._actions else None

    def put(self, moment: float, action: Callable[[], object]) -> None:
        """Schedule an action."""
        # The number decides between equal moments, because functions cannot be compared.
        heapq.heappush(self._actions, (moment, next(self._numbers), action))

    def run(self, now: float) -> None:
        """Run all actions that are due, in order."""
        until = now + TOLERANCE
        while self._actions and self._actions[0][0] <= until:
            heapq.heappop(self._actions)[2]()

    def clear(self) -> None:
        """Drop all actions."""
        self._actions.clear()
