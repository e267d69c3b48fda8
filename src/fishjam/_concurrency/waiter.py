"""What one task waits for and another one sets, lighter than an event."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from fishjam._concurrency.loop import is_trio


class Waiter(Protocol):
    """Waited for by one task, and set once."""

    def set(self) -> object:
        """Let the task go on; again, it does nothing."""
        ...

    def wait(self) -> Awaitable[object]:
        """Return what the task awaits."""
        ...


class AsyncioWaiter:
    """A bare future: an event of anyio takes several times as long, 50 times a second each."""

    __slots__ = ("_future",)

    def __init__(self) -> None:
        self._future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def set(self) -> None:
        """Let the task go on; again, it does nothing."""
        if not self._future.done():
            self._future.set_result(None)

    def wait(self) -> asyncio.Future[None]:
        """Return what the task awaits."""
        return self._future


def waiter_class() -> type[Waiter]:
    """Return the class of waiters for the running loop."""
    if is_trio():
        import trio

        return trio.Event
    return AsyncioWaiter


def checkpoint_function() -> Callable[[], Awaitable[object]]:
    """Return what lets other tasks have their turn, and takes notice of a cancellation.

    It is what anyio's `checkpoint` calls once it has found out which loop runs.
    """
    if is_trio():
        import trio

        return trio.lowlevel.checkpoint
    return partial(asyncio.sleep, 0)
