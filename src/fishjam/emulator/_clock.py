"""The emulator's clock: the time of day and what a test added to it, or a manual clock."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

from fishjam.clock._manual import ManualClock


class EmulatorClock:
    """The time in seconds, which tests may move forward.

    Args:
        manual: what the time is taken from, and moved by; by default it is the time of day, as
            Unix seconds.
    """

    def __init__(self, manual: ManualClock | None = None) -> None:
        self._manual = manual
        # The machine's time of day may be set while the emulator runs, and audio would stand still.
        self._base = time.time() - time.monotonic()
        self._ahead = 0.0
        self._lock = threading.Lock()
        self._sleepers: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._watchers: list[Callable[[], object]] = []

    def start(self) -> None:
        """Begin to follow the manual clock, if there is one."""
        if self._manual is not None:
            self._manual.watch(self._notify)
            # It may have been moved since somebody looked at it.
            self._notify()

    def stop(self) -> None:
        """Follow the manual clock no more, which may go on without this emulator."""
        if self._manual is not None:
            self._manual.unwatch(self._notify)

    def now(self) -> float:
        """Return the emulator's time in seconds."""
        if self._manual is not None:
            return self._manual.now()
        return self._base + time.monotonic() + self._ahead

    async def sleep_until(self, moment: float) -> None:
        """Wait, on asyncio, until the clock has come to a moment, by itself or moved forward."""
        while not await self.wait_once(moment):
            pass

    async def wait_once(self, moment: float) -> bool:
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
        # A manual clock does not come to a moment by itself.
        timer = loop.call_later(left, woken.set) if self._manual is None else None
        try:
            await woken.wait()
        finally:
            if timer is not None:
                timer.cancel()
            with self._lock:
                del self._sleepers[woken]
        return False

    def watch(self, callback: Callable[[], object]) -> None:
        """Call something whenever somebody has moved the clock, in the thread that did."""
        self._watchers.append(callback)

    def advance(self, seconds: float) -> None:
        """Move the clock forward; a manual one with everything else that goes by it.

        Raises:
            ValueError: if `seconds` is negative; time does not run backwards here.
        """
        if not seconds >= 0:
            raise ValueError("a clock can only be advanced: seconds must not be negative")
        if self._manual is not None:
            self._manual.advance(seconds)
        else:
            with self._lock:
                self._ahead += seconds
            self._notify()

    def reset(self) -> None:
        """Go back to the machine's time; a manual clock stays where it is."""
        self._ahead = 0.0
        self._notify()

    def wake_all(self) -> None:
        """End every `doze`, so that those who wait think again about what they wait for."""
        with self._lock:
            for woken, loop in self._sleepers.items():
                loop.call_soon_threadsafe(woken.set)

    def _notify(self) -> None:
        self.wake_all()
        for callback in self._watchers:
            callback()
