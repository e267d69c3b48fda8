"""Events that cost next to nothing while no task waits for them."""

from __future__ import annotations

import anyio


class LazyEvent:
    """An event for any number of tasks, which can be cleared.

    Each session has several for which hardly ever a task waits, and an event of asyncio takes most
    of a kilobyte at once.
    """

    __slots__ = ("_waited_for", "is_set")

    def __init__(self, *, is_set: bool = False) -> None:
        """Make one that is set or not."""
        self.is_set: bool = is_set
        """Whether it is set."""
        self._waited_for: anyio.Event | None = None

    def set(self) -> None:
        """Let the tasks go on that wait, and those that come later."""
        self.is_set = True
        if self._waited_for is not None:
            self._waited_for.set()
            # An event of anyio cannot be cleared.
            self._waited_for = None

    def clear(self) -> None:
        """Let tasks wait again."""
        self.is_set = False

    async def wait(self) -> None:
        """Wait until it is set."""
        while not self.is_set:
            if self._waited_for is None:
                self._waited_for = anyio.Event()
            await self._waited_for.wait()


class Signal:
    """Wakes up the tasks that wait at that moment; it can be given again and again.

    A task has to look at what it waits for, and wait, without a pause between the two.
    """

    __slots__ = ("_waited_for",)

    def __init__(self) -> None:
        self._waited_for: anyio.Event | None = None

    def notify(self) -> None:
        """Wake up all that wait."""
        if self._waited_for is not None:
            self._waited_for.set()
            self._waited_for = None

    async def wait(self) -> None:
        """Wait for the next time."""
        if self._waited_for is None:
            self._waited_for = anyio.Event()
        await self._waited_for.wait()
