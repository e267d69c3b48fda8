"""What happens in an emulator, in order, for those who watch it."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from heapq import merge
from operator import attrgetter
from typing import Any, Literal

from attrs import frozen

KEPT = 1000
"""How many items of each kind are kept; the oldest ones are dropped."""

ActivityKind = Literal["event", "request", "webhook", "speech", "reset"]


@frozen
class Activity:
    """Something that happened.

    Attributes:
        id: its number, which rises.
        time: when, in seconds of the emulator's clock.
        kind: what kind of thing it is.
        value: the thing itself, which may still change.
    """

    id: int
    time: float
    kind: ActivityKind
    value: Any


Watcher = Callable[[Activity], object]
"""Takes an item at once, in any thread and perhaps with the emulator's lock; it must not wait."""

_get_id = attrgetter("id")


class ActivityLog:
    """The last things that happened, and how to wait for more; usable from any thread.

    Args:
        now: reads the emulator's clock, in seconds.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._last_id = 0
        # By kind, so that many of one do not drive out the few of another.
        self._kept: dict[str, deque[Activity]] = {}
        self._sleepers: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._watchers: tuple[Watcher, ...] = ()

    @property
    def position(self) -> int:
        """The number of the last item; 0 before the first one."""
        return self._last_id

    def put(self, kind: ActivityKind, value: Any = None) -> None:
        """Note that something happened."""
        with self._lock:
            self._last_id += 1
            activity = Activity(self._last_id, self._now(), kind, value)
            self._kept.setdefault(kind, deque(maxlen=KEPT)).append(activity)
            for woken, loop in self._sleepers.items():
                loop.call_soon_threadsafe(woken.set)
            self._sleepers.clear()
        for watcher in self._watchers:
            watcher(activity)

    def after(self, position: int) -> list[Activity]:
        """Return what is kept of all that happened after an item."""
        with self._lock:
            return list(
                merge(*(_newer(kept, position) for kept in self._kept.values()), key=_get_id)
            )

    async def wait(self, position: int, seconds: float) -> bool:
        """Wait, on asyncio, until there is something after an item.

        Returns:
            Whether there is; otherwise the time is up.
        """
        woken = asyncio.Event()
        with self._lock:
            if self._last_id > position:
                return True
            self._sleepers[woken] = asyncio.get_running_loop()
        try:
            await asyncio.wait_for(woken.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        finally:
            with self._lock:
                self._sleepers.pop(woken, None)
        return True

    def watch(self, watcher: Watcher) -> None:
        """Call something with every item from now on."""
        self._watchers += (watcher,)

    @contextmanager
    def watching(self, watcher: Watcher) -> Iterator[None]:
        """Call something with every item until the end of the block."""
        self.watch(watcher)
        try:
            yield
        finally:
            self._watchers = tuple(other for other in self._watchers if other is not watcher)

    def reset(self) -> None:
        """Forget everything but the numbering, and say so."""
        with self._lock:
            self._kept.clear()
        self.put("reset")


def _newer(kept: deque[Activity], position: int) -> list[Activity]:
    newer: list[Activity] = []
    # From the end, because mostly only the last few are wanted.
    for activity in reversed(kept):
        if activity.id <= position:
            break
        newer.append(activity)
    return newer[::-1]
