"""What one task waits for and another one sets, again and again, lighter than an event."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Generator
from contextvars import Context
from functools import partial
from typing import Any, NoReturn, Protocol, cast

from fishjam._concurrency.loop import is_trio

_PAUSE = 0.001
"""Seconds in which a task that went on at once does not do so again.

Audio comes every 20 ms from each speaker, and what came together is handed over much faster.
"""


class Waiter(Protocol):
    """Awaited by one task at a time, which goes on when it is set afterwards."""

    def __await__(self) -> Generator[Any, Any, None]:
        """Wait until it is set."""
        ...

    def set(self) -> None:
        """Let the task go on, perhaps before this returns; without one it does nothing."""
        ...


class AsyncioWaiter:
    """A future for one task that is used again, and can let its task go on at once.

    A future of asyncio has its task wait for the next turn of the loop. Where a turn brings a
    single chunk of audio, the second one is a system call and half of what else is done for it.
    """

    __slots__ = (
        "_asyncio_future_blocking",
        "_cancelled",
        "_context",
        "_go_on",
        "_loop",
        "_went_on",
    )

    def __init__(self) -> None:
        """Make one for the running loop."""
        # `_asyncio_future_blocking` and `_loop` are what a task looks for in a future.
        self._loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self._asyncio_future_blocking: bool = False
        self._go_on: Callable[[AsyncioWaiter], object] | None = None
        self._context: Context
        self._cancelled: tuple[Any, ...] | None = None
        self._went_on = -math.inf

    def __await__(self) -> Generator[AsyncioWaiter, None, None]:
        """Wait until it is set."""
        self._asyncio_future_blocking = True
        # What a generator with `yield self` does, in half the time.
        return cast("Generator[AsyncioWaiter, None, None]", iter((self,)))

    def set(self) -> None:
        """Let the task go on; without one it does nothing.

        It goes on before this returns, unless this is called by a task, or it has just done so:
        where much comes at once, others have their turn in between.
        """
        go_on, self._go_on = self._go_on, None
        if go_on is None:
            return
        if asyncio.current_task(self._loop) or time.monotonic() - self._went_on < _PAUSE:
            self._loop.call_soon(go_on, self, context=self._context)
            return
        try:
            self._context.run(go_on, self)
        except (KeyboardInterrupt, SystemExit) as error:
            # The task has ended with it, and so must the loop; the caller has no part in that.
            self._loop.call_soon(_raise, error)
        self._went_on = time.monotonic()

    # Called by the task, and by those that look at what it waits for

    def done(self) -> bool:
        """Tell whether no task waits any more."""
        return self._go_on is None

    def add_done_callback(
        self, go_on: Callable[[AsyncioWaiter], object], *, context: Context
    ) -> None:
        """Take the function by which the task goes on."""
        self._go_on, self._context = go_on, context

    def cancel(self, msg: object = None) -> bool:
        """Let the task go on with a cancellation, unless it is about to go on anyway."""
        if self._go_on is None:
            return False
        self._cancelled = () if msg is None else (msg,)
        go_on, self._go_on = self._go_on, None
        self._loop.call_soon(go_on, self, context=self._context)
        return True

    def result(self) -> None:
        """Raise the cancellation, if that is what the task goes on with."""
        if self._cancelled is not None:
            args, self._cancelled = self._cancelled, None
            raise asyncio.CancelledError(*args)


def waiter_of_loop() -> Waiter:
    """Return a waiter for the running loop."""
    if is_trio():
        from fishjam._concurrency._trio_waiter import TrioWaiter

        return TrioWaiter()
    return AsyncioWaiter()


def checkpoint_function() -> Callable[[], Awaitable[object]]:
    """Return what lets other tasks have their turn, and takes notice of a cancellation.

    It is what anyio's `checkpoint` calls once it has found out which loop runs.
    """
    if is_trio():
        import trio

        return trio.lowlevel.checkpoint
    return partial(asyncio.sleep, 0)


def _raise(error: BaseException) -> NoReturn:
    raise error
