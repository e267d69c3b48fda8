"""The functions of the user that a bridge calls."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, NoReturn

from fishjam._concurrency.callbacks import failures_of


class Callbacks:
    """Calls functions one after another in a task of its own.

    So a slow function delays neither the audio nor an interruption.
    """

    def __init__(self) -> None:
        self._calls: asyncio.Queue[tuple[Callable[..., object], tuple[Any, ...]]] = asyncio.Queue()

    def add(self, function: Callable[..., object] | None, *arguments: object) -> None:
        """Have a function called, after those that were added before."""
        if function is not None:
            self._calls.put_nowait((function, arguments))

    async def run(self) -> NoReturn:
        """Call what is added, `def` or `async def`; raises what a function raises."""
        while True:
            function, arguments = await self._calls.get()
            with failures_of(function):
                result = function(*arguments)
                if inspect.isawaitable(result):
                    await result
            self._calls.task_done()

    async def finish(self) -> None:
        """Wait until everything that was added has been called."""
        await self._calls.join()
