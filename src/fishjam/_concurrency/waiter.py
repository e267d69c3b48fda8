"""What one task waits for and another one sets, lighter than an event."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Protocol

import anyio

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
    # On trio an event of anyio is as light as one of trio.
    return anyio.Event if is_trio() else AsyncioWaiter
