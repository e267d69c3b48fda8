"""Calling a function of the user's, plain or async."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any


def check_handler(handler: object) -> None:
    """Raise `TypeError` for what cannot be called."""
    if not callable(handler):
        raise TypeError(f"{handler!r} is no handler: pass a function, def or async def")


async def call(function: Callable[[Any], Awaitable[None] | None], argument: Any) -> None:
    """Call a plain or an async function and wait for it."""
    result = function(argument)
    if inspect.isawaitable(result):
        await result
