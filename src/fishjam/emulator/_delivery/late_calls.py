"""Calls that are made some time later, each at its own moment of the emulator's clock."""

from __future__ import annotations

import threading
from collections.abc import Callable

from fishjam.emulator._clock import EmulatorClock
from fishjam.emulator._deadline import Deadline

Call = Callable[[], object]


class LateCalls:
    """Makes calls when their time has come; callers hold the emulator's lock.

    Args:
        lock: the emulator's lock, held by callers and during the calls.
        clock: the emulator's clock.
    """

    def __init__(self, lock: threading.RLock, clock: EmulatorClock) -> None:
        self._lock = lock
        self._clock = clock
        self._waiting: list[tuple[float, Call]] = []
        self._deadline = Deadline(lock, clock, self._make_what_is_due)

    def put(self, seconds: float, call: Call) -> None:
        """Make a call so many seconds from now, and at once for 0 or while nothing is served."""
        if seconds > 0 and self._deadline.is_on:
            self._waiting.append((self._clock.now() + seconds, call))
            # Not only woken: the last moment that it waits for may be later than this one.
            self._deadline.reschedule()
        else:
            call()

    def reset(self) -> None:
        """Forget the calls that wait."""
        self._waiting.clear()

    async def open(self) -> None:
        """Start working; called inside the server's loop."""
        await self._deadline.open()

    async def aclose(self) -> None:
        """Stop working; what waits is called now."""
        await self._deadline.aclose()
        with self._lock:
            waiting, self._waiting = self._waiting, []
            for _, call in waiting:
                call()

    def _make_what_is_due(self) -> float | None:
        now = self._clock.now()
        due = [call for moment, call in self._waiting if moment <= now]
        self._waiting = [(moment, call) for moment, call in self._waiting if moment > now]
        for call in due:
            call()
        return min((moment for moment, _ in self._waiting), default=None)
