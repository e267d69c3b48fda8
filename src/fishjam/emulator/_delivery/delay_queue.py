"""A queue that delays items without changing their order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from fishjam.emulator._clock import EmulatorClock
from fishjam.emulator._deadline import Deadline

T = TypeVar("T")


class DelayQueue(Generic[T]):
    """Hands items on, at once or so many seconds later.

    Items are delayed only while the server runs; without it nothing could receive them.

    Args:
        lock: the emulator's lock; held by callers, and while an item is handed on.
        clock: the emulator's clock.
        hand_on: takes the items.

    Attributes:
        seconds: how long the items that come from now on are delayed.
    """

    def __init__(
        self, lock: threading.RLock, clock: EmulatorClock, hand_on: Callable[[T], None]
    ) -> None:
        self.seconds = 0.0
        self._lock = lock
        self._clock = clock
        self._hand_on = hand_on
        self._late: deque[tuple[float, T]] = deque()
        self._deadline = Deadline(lock, clock, self._hand_on_what_is_due)

    def put(self, thing: T) -> None:
        """Hand an item on when its time has come, and never before an earlier item."""
        # Also without a delay as long as earlier items wait, because nothing may overtake them.
        if self._deadline.is_on and (self.seconds or self._late):
            self._late.append((self._clock.now() + self.seconds, thing))
            self._deadline.wake()
        else:
            self._hand_on(thing)

    def reset(self) -> None:
        """Drop the delayed items, and delay no more."""
        self.seconds = 0.0
        self._late.clear()

    async def open(self) -> None:
        """Start working; called inside the server's loop."""
        await self._deadline.open()

    async def aclose(self) -> None:
        """Stop working; delayed items are dropped."""
        await self._deadline.aclose()
        with self._lock:
            self._late.clear()

    def _hand_on_what_is_due(self) -> float | None:
        """Hand on the items that are due, and return when the next one is, if any."""
        while self._late and self._late[0][0] <= self._clock.now():
            self._hand_on(self._late.popleft()[1])
        return self._late[0][0] if self._late else None
