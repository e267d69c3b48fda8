"""Running functions side by side without ever raising an exception group."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

T = TypeVar("T")


async def race(*functions: Callable[[], Awaitable[T]]) -> T:
    """Run functions side by side until one ends; the others are cancelled and waited for.

    Returns what that one returns, or raises what it raises, as it is.
    """
    ends: list[T | Exception] = []

    async def run(function: Callable[[], Awaitable[T]]) -> None:
        try:
            ends.append(await function())
        except Exception as error:
            ends.append(error)
        tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        for function in functions:
            tasks.start_soon(run, function)
    if isinstance(ends[0], Exception):
        raise ends[0]
    return ends[0]


async def all_of(*functions: Callable[[], Awaitable[object]]) -> None:
    """Run functions side by side until all have ended; the first error stops the rest."""
    errors: list[Exception] = []

    async def run(function: Callable[[], Awaitable[object]]) -> None:
        try:
            await function()
        except Exception as error:
            errors.append(error)
            tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        for function in functions:
            tasks.start_soon(run, function)
    if errors:
        raise errors[0]
