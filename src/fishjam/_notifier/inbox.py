"""The bounded queue between the socket and who handles the events."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, Literal, TypeVar

import anyio

from fishjam.errors import FishjamError

T = TypeVar("T")

Overflow = Literal["wait", "drop_oldest"]


class Inbox(Generic[T]):
    """A queue of at most `size` items for one reader on one event loop.

    When it is full, `overflow="wait"` makes the writer wait and "drop_oldest" drops the oldest item
    that `may_go`, and counts it. A failure put in is raised once all before it has been taken.
    """

    def __init__(
        self, size: int, overflow: Overflow, may_go: Callable[[T], bool] = lambda item: True
    ) -> None:
        self._items: deque[T] = deque()
        self._size = size
        self._overflow = overflow
        self._may_go = may_go
        self._end: BaseException | None = None
        self._ended = False
        self._reading = False
        self._arrived = anyio.Event()
        self._taken = anyio.Event()
        self.dropped: int = 0

    async def put(self, item: T) -> None:
        """Add an item; waits or drops when the queue is full."""
        if self._overflow == "drop_oldest":
            self._make_room()
        else:
            while len(self._items) >= self._size:
                self._taken = anyio.Event()
                await self._taken.wait()
        self.put_at_once(item)

    def put_at_once(self, item: T) -> None:
        """Add an item that must be neither dropped nor held up, whether there is room or not."""
        self._items.append(item)
        self._arrived.set()

    def _make_room(self) -> None:
        oldest = next(filter(self._may_go, self._items), None)
        if oldest is not None and len(self._items) >= self._size:
            self._items.remove(oldest)
            self.dropped += 1

    def end(self, error: BaseException | None = None) -> None:
        """Say that nothing more will come, and why if it is a failure."""
        self._ended = True
        self._end = error
        self._arrived.set()

    async def take(self) -> T | None:
        """Return the next item; None when the end was reached, or raise the failure there."""
        if self._reading:
            raise FishjamError("Events are read in two places at once; subscribe twice instead.")
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
        self._taken.set()
        return self._items.popleft()
