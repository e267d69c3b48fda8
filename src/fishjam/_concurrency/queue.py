"""The bounded queue between a reader that never stops and who takes what it has read."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from typing import Generic, Literal, TypeVar

import anyio

T = TypeVar("T")

Overflow = Literal["wait", "drop_oldest"]
Load = tuple[str, int]
"""What an item fills, and how much of it."""

MOST_KINDS = 50
"""How many things may be full at once. Those that are gone, like old tracks, count too."""


class Inbox(Generic[T]):
    """A queue for one writer and one reader on one event loop.

    An item comes with a load: what it fills, and how much of that. There may be several things to
    fill, each with room for `size`. When there is none left, the writer waits, or with
    `overflow="drop_oldest"` the oldest items of that kind are dropped and counted. All together
    have room for `MOST_KINDS` times `size`. A failure put in is raised once all before it has been
    taken.
    """

    def __init__(self, size: int, overflow: Overflow, busy: Callable[[], Exception]) -> None:
        self._items: deque[tuple[T, Load | None]] = deque()
        self._size = size
        self._overflow = overflow
        self._busy = busy
        self._loads: Counter[str] = Counter()
        self._total = 0
        self._end: BaseException | None = None
        self._ended = False
        self._reading = False
        self._arrived = anyio.Event()
        self._taken = anyio.Event()
        self.dropped: int = 0

    async def put(self, item: T, load: Load) -> None:
        """Add an item; waits or drops when there is no room for it."""
        while (all_full := self._is_full(load)) or self._is_full_for(load):
            if self._overflow == "drop_oldest":
                self._drop_oldest(None if all_full else load[0])
            else:
                self._taken = anyio.Event()
                await self._taken.wait()
        self._loads[load[0]] += load[1]
        self._total += load[1]
        self._append(item, load)

    def put_at_once(self, item: T) -> None:
        """Add an item that must be neither dropped nor held up, whether there is room or not."""
        self._append(item, None)

    def end(self, error: BaseException | None = None) -> None:
        """Say that nothing more will come, and why if it is a failure."""
        self._ended = True
        self._end = error
        self._arrived.set()

    async def take(self) -> T | None:
        """Return the next item; None when the end was reached, or raise the failure there.

        Being cancelled loses none. Raises what `busy` makes while another task waits here.
        """
        if self._reading:
            raise self._busy()
        self._reading = True
        try:
            while not self._items:
                if self._ended:
                    if self._end is not None:
                        raise self._end
                    return None
                self._arrived = anyio.Event()
                await self._arrived.wait()
        finally:
            self._reading = False
        item, load = self._items.popleft()
        self._unload(load)
        self._taken.set()
        return item

    def _append(self, item: T, load: Load | None) -> None:
        self._items.append((item, load))
        self._arrived.set()

    def _is_full(self, load: Load) -> bool:
        return self._total > 0 and self._total + load[1] > MOST_KINDS * self._size

    def _is_full_for(self, load: Load) -> bool:
        filled = self._loads[load[0]]
        return filled > 0 and filled + load[1] > self._size

    def _drop_oldest(self, kind: str | None) -> None:
        """Drop the oldest item of a kind, or of all kinds."""
        loads = (load for _, load in self._items)
        index = next(i for i, load in enumerate(loads) if load and kind in (None, load[0]))
        self._unload(self._items[index][1])
        del self._items[index]
        self.dropped += 1

    def _unload(self, load: Load | None) -> None:
        if load is not None:
            self._loads[load[0]] -= load[1]
            self._total -= load[1]
            if not self._loads[load[0]]:
                # What comes and goes, like tracks, leaves no trace.
                del self._loads[load[0]]
