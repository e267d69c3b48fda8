"""Work in the server's loop that is due at some moment of the emulator's clock."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from attrs import frozen

from fishjam.emulator._clock import EmulatorClock


@frozen
class _Running:
    """What exists while the server runs."""

    loop: asyncio.AbstractEventLoop
    news: asyncio.Event
    task: asyncio.Task[None]


class Deadline:
    """Calls a function whenever its time has come, while the server runs.

    Args:
        lock: the emulator's lock.
        clock: the emulator's clock.
        work: does what is due, with the lock held, and returns when to be called again; None
            means not before `wake` is called.
    """

    def __init__(
        self, lock: threading.RLock, clock: EmulatorClock, work: Callable[[], float | None]
    ) -> None:
        self._lock = lock
        self._clock = clock
        self._work = work
        self._running: _Running | None = None

    @property
    def is_on(self) -> bool:
        """Whether the server runs; the lock is held."""
        return self._running is not None

    def wake(self) -> None:
        """Call the function soon, although it expected nothing to do; the lock is held."""
        if self._running is not None:
            self._running.loop.call_soon_threadsafe(self._running.news.set)

    def reschedule(self) -> None:
        """Call the function soon, although it expected a later moment; the lock is held."""
        self.wake()
        self._clock.wake_all()

    async def open(self) -> None:
        """Start working; called inside the server's loop."""
        news = asyncio.Event()
        # What was due before the start is due now.
        news.set()
        task = asyncio.create_task(self._run(news))
        with self._lock:
            self._running = _Running(asyncio.get_running_loop(), news, task)

    async def aclose(self) -> None:
        """Stop working."""
        with self._lock:
            running, self._running = self._running, None
        if running is not None:
            running.task.cancel()
            await asyncio.wait([running.task])

    async def _run(self, news: asyncio.Event) -> None:
        while True:
            await news.wait()
            news.clear()
            while (due := self._locked_work()) is not None:
                # Code that removes work wakes the clock, so that this wait ends.
                await self._clock.wait_once(due)

    def _locked_work(self) -> float | None:
        with self._lock:
            return self._work()
