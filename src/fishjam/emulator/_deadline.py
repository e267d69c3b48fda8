"""Work in the server's loop that is due at some moment of the emulator's clock."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from attrs import frozen

from fishjam.emulator._clock import EmulatorClock


@frozen
class _Running:
    """What there is while the server runs."""

    loop: asyncio.AbstractEventLoop
    news: asyncio.Event
    task: asyncio.Task[None]


class Deadline:
    """Calls something whenever its time has come, as long as the server runs.

    Args:
        lock: the emulator's lock.
        clock: the emulator's clock.
        work: does what is due, with the lock held, and returns when there is more to be done;
            None means that there is not, until `wake` is called.
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
        """Whether the server runs; the lock is held by who asks."""
        return self._running is not None

    def wake(self) -> None:
        """Tell that there is something to be done where there was nothing; the lock is held."""
        if self._running is not None:
            self._running.loop.call_soon_threadsafe(self._running.news.set)

    def reschedule(self) -> None:
        """Tell that there may be something to be done earlier than was said; the lock is held."""
        self.wake()
        self._clock.wake_all()

    async def open(self) -> None:
        """Begin to work; called inside the server's loop."""
        news = asyncio.Event()
        # What came before the start is due as well.
        news.set()
        task = asyncio.create_task(self._run(news))
        with self._lock:
            self._running = _Running(asyncio.get_running_loop(), news, task)

    async def aclose(self) -> None:
        """Stop to work."""
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
                # Whoever takes the work away touches the clock, too, so this ends then.
                await self._clock.wait_once(due)

    def _locked_work(self) -> float | None:
        with self._lock:
            return self._work()
