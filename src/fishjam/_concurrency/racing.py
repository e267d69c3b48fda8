"""Running functions side by side without ever raising an exception group."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
from anyio.abc import TaskGroup

from fishjam._concurrency.callbacks import failures_of

T = TypeVar("T")


async def race(*functions: Callable[[], Awaitable[T]]) -> T:
    """Run functions side by side until one ends; the others are cancelled and waited for.

    Returns what that one returns, or raises what it raises, as it is.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    async def run(function: Callable[[], Awaitable[T]]) -> None:
        try:
            with failures_of(function, in_group=True):
                results.append(await function())
        except BaseException as error:
            # After a result, the errors are those of functions that were cancelled because of it.
            if not results:
                errors.append(error)
            # The task group has to see a cancellation, as everything above it does. Anything else,
            # Ctrl+C as well, would come out of it in a group.
            if isinstance(error, anyio.get_cancelled_exc_class()):
                raise
        finally:
            tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        for function in functions:
            tasks.start_soon(run, function)
    if errors:
        raise errors[0]
    return results[0]


async def all_of(*functions: Callable[[], Awaitable[object]]) -> None:
    """Run functions side by side until all have ended; the first error stops the rest."""
    group = anyio.create_task_group()
    tasks = Tasks(group)
    async with group:
        for function in functions:
            tasks.start(function)
    tasks.raise_first()


async def with_tasks(function: Callable[[Tasks], Awaitable[None]]) -> None:
    """Run a function that starts others beside it; those left are cancelled when it ends.

    Raises the first error of any of them, as it is; that stops all.
    """
    group = anyio.create_task_group()
    tasks = Tasks(group)

    async def run() -> None:
        await function(tasks)
        group.cancel_scope.cancel()

    async with group:
        tasks.start(run)
    tasks.raise_first()


class Tasks:
    """A task group whose errors do not come out as a group."""

    def __init__(self, group: TaskGroup) -> None:
        self._group = group
        self._errors: list[BaseException] = []

    def start(self, function: Callable[[], Awaitable[object]]) -> None:
        """Run a function beside the others."""
        self._group.start_soon(self._run, function)

    def raise_first(self) -> None:
        """Raise the error that stopped the tasks, if there was one."""
        if self._errors:
            raise self._errors[0]

    async def _run(self, function: Callable[[], Awaitable[object]]) -> None:
        try:
            with failures_of(function, in_group=True):
                await function()
        except anyio.get_cancelled_exc_class():
            raise
        except BaseException as error:
            self._errors.append(error)
            self._group.cancel_scope.cancel()
