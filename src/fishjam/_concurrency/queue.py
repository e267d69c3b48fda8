"""The bounded queue between what comes from a connection and the task that takes it."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, Literal, TypeVar

import anyio
from attrs import define, field

from fishjam._concurrency.waiter import Waiter, checkpoint_function, waiter_of_loop

T = TypeVar("T")

Overflow = Literal["wait", "drop_oldest"]
ItemSize = tuple[str, int]
"""The key that an item counts for, for example its track, and how much it counts."""

MAX_KEYS = 50
"""How many keys may be full at once: a sender that makes up new ones must not fill the memory."""


@define(eq=False)
class BoundedQueue(Generic[T]):
    """A queue for one writer and one reader on one event loop.

    An item comes with its size: the key that it counts for, and how much. Each key has room for
    `size`. When there is none left, the writer waits, or with `overflow="drop_oldest"` the oldest
    items of that key are dropped and counted. All keys together have room for `MAX_KEYS` times
    `size`. A failure that ended the queue is raised once all before it has been taken.

    It is not a memory stream of anyio, because those count items and not seconds of audio, cannot
    drop the oldest, and lose what was handed to a task that is cancelled at that moment.
    """

    _size: int
    _overflow: Overflow
    _busy: Callable[[], Exception]
    """Makes the error for a second task that takes."""
    _at_end: Callable[[], T | None] = lambda: None
    """Gives, or raises, what `take` does at an end without a failure."""
    _items: deque[tuple[T, ItemSize | None]] = field(factory=deque, init=False)
    _sizes: dict[str, int] = field(factory=dict, init=False)
    _total: int = field(default=0, init=False)
    _end: BaseException | None = field(default=None, init=False)
    _ended: bool = field(default=False, init=False)
    _reading: bool = field(default=False, init=False)
    _arrived: Waiter | None = field(default=None, init=False)
    _checkpoint: Callable[[], Awaitable[object]] = field(init=False)
    _taken: anyio.Event | None = field(default=None, init=False)
    dropped: int = field(default=0, init=False)

    async def put(self, item: T, item_size: ItemSize) -> None:
        """Add an item; waits or drops when there is no room for it."""
        if self._overflow == "drop_oldest":
            self.push(item, item_size)
            return
        while not self._has_room(item_size):
            self._taken = anyio.Event()
            await self._taken.wait()
        self.push(item, item_size)

    def push(self, item: T, item_size: ItemSize) -> None:
        """Add an item at once; where there is no room for it, the oldest ones are dropped.

        A reader that waits may go on before this returns.
        """
        # An empty queue has room for anything.
        while self._items and not self._has_room(item_size):
            self._drop_oldest(None if self._is_full(item_size) else item_size[0])
        key, amount = item_size
        self._sizes[key] = self._sizes.get(key, 0) + amount
        self._total += amount
        self._items.append((item, item_size))
        # As `_wake_reader` does; it is written out where each chunk passes.
        if self._arrived is not None:
            self._arrived.set()

    def put_at_once(self, item: T) -> None:
        """Add an item that must be neither dropped nor held up, whether there is room or not."""
        self._items.append((item, None))
        self._wake_reader()

    def end(self, error: BaseException | None = None) -> None:
        """Say that nothing more will come, and why if it is a failure."""
        self._ended = True
        self._end = error
        self._wake_reader()

    async def take(self) -> T | None:
        """Return the next item; at the end, raise the failure or do what `at_end` does.

        Being cancelled loses none. Raises what `busy` makes while another task waits here.
        """
        if self._reading:
            raise self._busy()
        self._reading = True
        arrived = self._arrived or self._begin_reading()
        items = self._items
        try:
            if items or self._ended:
                # A backlog must not keep timeouts, pings and other tasks from having their turn.
                await self._checkpoint()
            while not items:
                if self._ended:
                    if self._end is not None:
                        raise self._end
                    return self._at_end()
                await arrived
        finally:
            self._reading = False
        item, item_size = items.popleft()
        if items:
            self._free(item_size)
        else:
            self._sizes.clear()
            self._total = 0
        if self._taken is not None:
            self._taken.set()
        return item

    def _wake_reader(self) -> None:
        if self._arrived is not None:
            self._arrived.set()

    def _begin_reading(self) -> Waiter:
        self._arrived, self._checkpoint = waiter_of_loop(), checkpoint_function()
        return self._arrived

    def _has_room(self, item_size: ItemSize) -> bool:
        return not (self._is_full(item_size) or self._is_full_for(item_size))

    # An item that is larger than all the room there is goes in alone, or it would wait for ever.
    def _is_full(self, item_size: ItemSize) -> bool:
        return self._total > 0 and self._total + item_size[1] > MAX_KEYS * self._size

    def _is_full_for(self, item_size: ItemSize) -> bool:
        filled = self._sizes.get(item_size[0], 0)
        return filled > 0 and filled + item_size[1] > self._size

    def _drop_oldest(self, key: str | None) -> None:
        """Drop the oldest item of a key, or of all keys."""
        sizes = (size for _, size in self._items)
        index = next(i for i, size in enumerate(sizes) if size and key in (None, size[0]))
        self._free(self._items[index][1])
        del self._items[index]
        self.dropped += 1

    def _free(self, item_size: ItemSize | None) -> None:
        if item_size is not None:
            key, amount = item_size
            self._total -= amount
            left = self._sizes.pop(key) - amount
            if left:
                # Otherwise it stays out: what comes and goes, like tracks, leaves no trace.
                self._sizes[key] = left
