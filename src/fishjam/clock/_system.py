"""Time as a parameter: what waits or expires takes a clock, so that tests can hold it."""

from __future__ import annotations

import time
from typing import Protocol

import anyio


class Clock(Protocol):
    """A clock for threads: reads the time, and blocks until a moment has come."""

    def now(self) -> float:
        """Return the time in seconds; it never goes back."""
        ...

    def sleep_until(self, moment: float) -> None:
        """Block until `now()` has reached `moment`; return at once when it has."""
        ...


class AsyncClock(Protocol):
    """A clock for tasks of asyncio and trio."""

    def now(self) -> float:
        """Return the time in seconds; it never goes back."""
        ...

    async def sleep_until(self, moment: float) -> None:
        """Wait until `now()` has reached `moment`."""
        ...


# Not inside the classes, where it would be one more thing that a clock has to have.
Clock.__module__ = AsyncClock.__module__ = "fishjam.clock"


class SystemClock:
    """The machine's own clock, for threads."""

    __module__ = "fishjam.clock"

    def now(self) -> float:
        """Return the monotonic time in seconds."""
        return time.monotonic()

    def sleep_until(self, moment: float) -> None:
        """Block until `now()` has reached `moment`."""
        time.sleep(max(0.0, moment - self.now()))


class AsyncSystemClock:
    """The machine's own clock, for tasks."""

    __module__ = "fishjam.clock"

    def now(self) -> float:
        """Return the monotonic time in seconds."""
        return time.monotonic()

    async def sleep_until(self, moment: float) -> None:
        """Wait until `now()` has reached `moment`."""
        await anyio.sleep(max(0.0, moment - self.now()))
