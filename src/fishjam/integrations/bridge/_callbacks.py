"""The functions of the user that a bridge calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, NoReturn

from fishjam._concurrency.callbacks import call, check_handler
from fishjam._concurrency.lazy_event import Signal


class Callbacks:
    """Calls functions one after another in a task of its own.

    So a slow function delays neither the audio nor an interruption.
    """

    def __init__(self) -> None:
        self._calls: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._changed = Signal()

    def add(self, function: Callable[..., object] | None, *arguments: object) -> None:
        """Have a function called, after those that were added before."""
        if function is not None:
            self._calls.append((function, arguments))
            self._changed.notify()

    async def run(self) -> NoReturn:
        """Call what is added, `def` or `async def`; raises what a function raises."""
        while True:
            while self._calls:
                function, arguments = self._calls[0]
                await call(function, *arguments)
                # Not before: `finish` waits for the call to end.
                self._calls.popleft()
                self._changed.notify()
            await self._changed.wait()

    async def finish(self) -> None:
        """Wait until everything that was added has been called."""
        while self._calls:
            await self._changed.wait()


def check_callbacks(*functions: object) -> None:
    """Raise `TypeError` for what cannot be called; None stands for a function that is not given."""
    for function in functions:
        if function is not None:
            check_handler(function)
