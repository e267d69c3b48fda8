"""The emulator's clock: the time of day, and what a test added to it."""

from __future__ import annotations

import asyncio
import threading
import time


class EmulatorClock:
    """The time of day in Unix seconds, which tests may move forward."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._lock = threading.Lock()
        self._sleepers: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    def now(self) -> float:
        """Return the emulator's time in Unix seconds."""
        return time.time() + self._ahead

    async def sleep_until(self, moment: float) -> None:
        """Wait, on asyncio, until the clock has come to a moment, by itself or moved forward."""
        while not await self.doze(moment):
            pass

    async def doze(self, moment: float) -> bool:
        """Wait, on asyncio, until a moment may have come, or somebody touches the clock.

        Returns:
            Whether it had come before; then there is no wait.
        """
        loop, woken = asyncio.get_running_loop(), asyncio.Event()
        with self._lock:
            left = moment - self.now()
            if left <= 0:
                return True
            self._sleepers[woken] = loop
        timer = loop.call_later(left, woken.set)
        try:
            await woken.wait()
        finally:
            timer.cancel()
            with self._lock:
                del self._sleepers[woken]
        return False

    def advance(self, seconds: float) -> None:
        """Move the clock forward.

        Raises:
            ValueError: if `seconds` is negative; time does not run backwards here.
        """
        if seconds < 0:
            raise ValueError("a clock can only be advanced: seconds must not be negative")
        self._set(self._ahead + seconds)

    def reset(self) -> None:
        """Go back to the machine's time."""
        self._set(0.0)

    def _set(self, ahead: float) -> None:
        with self._lock:
            self._ahead = ahead
            for woken, loop in self._sleepers.items():
                loop.call_soon_threadsafe(woken.set)
