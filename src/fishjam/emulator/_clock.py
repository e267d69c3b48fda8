"""The emulator's clock: the time of day plus what a test added, or a manual clock."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

from fishjam.clock._manual import ManualClock
from fishjam.emulator._seconds import check_seconds


class EmulatorClock:
    """The time in seconds, which tests can advance.

    Args:
        manual: the source of the time; by default the time of day in Unix seconds.
    """

    def __init__(self, manual: ManualClock | None = None) -> None:
        self._manual = manual
        # A time of day that is set back while the emulator runs would make audio stand still.
        self._base = time.time() - time.monotonic()
        self._ahead = 0.0
        self._lock = threading.Lock()
        self._sleepers: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._watchers: list[Callable[[], object]] = []

    def start(self) -> None:
        """Follow the manual clock from now on, if there is one."""
        if self._manual is not None:
            self._manual.watch(self._notify)
            # It may have been advanced since it was last read.
            self._notify()

    def stop(self) -> None:
        """Stop following the manual clock, which may outlive this emulator."""
        if self._manual is not None:
            self._manual.unwatch(self._notify)

    def now(self) -> float:
        """Return the emulator's time in seconds."""
        if self._manual is not None:
            return self._manual.now()
        return self._base + time.monotonic() + self._ahead

    async def sleep_until(self, moment: float) -> None:
        """Wait, on asyncio, until a moment of the clock."""
        while not await self.wait_once(moment):
            pass

    async def wait_once(self, moment: float) -> bool:
        """Wait once, on asyncio: until a moment, a change of the clock, or `wake_all`.

        Returns:
            Whether the moment was past already; then there is no wait.
        """
        loop, woken = asyncio.get_running_loop(), asyncio.Event()
        with self._lock:
            left = moment - self.now()
            if left <= 0:
                return True
            self._sleepers[woken] = loop
        # A manual clock reaches a moment only by `advance`, which wakes this.
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
        """Call something whenever the clock was advanced, in the thread that did so."""
        self._watchers.append(callback)

    def advance(self, seconds: float) -> None:
        """Advance the clock; a manual one with everything else that uses it.

        Raises:
            ValueError: if `seconds` is negative.
        """
        check_seconds("a clock can only be advanced: seconds", seconds, may_be_infinite=True)
        if self._manual is not None:
            self._manual.advance(seconds)
        else:
            with self._lock:
                self._ahead += seconds
            # After the lock, which is not reentrant and is taken again in there.
            self._notify()

    def reset(self) -> None:
        """Return to the machine's time; a manual clock keeps its time."""
        self._ahead = 0.0
        self._notify()

    def wake_all(self) -> None:
        """End every `wait_once`, so that its caller can check what it waits for."""
        with self._lock:
            for woken, loop in self._sleepers.items():
                loop.call_soon_threadsafe(woken.set)

    def _notify(self) -> None:
        self.wake_all()
        for callback in self._watchers:
            callback()
