"""Waiting for a condition by looking at it again and again."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import anyio

PATIENCE = 60.0


async def until(condition: Callable[[], object]) -> None:
    """Wait until a condition, plain or async, holds."""
    with anyio.fail_after(PATIENCE):
        while True:
            found = condition()
            if await found if inspect.isawaitable(found) else found:
                return
            await anyio.sleep(0.02)
