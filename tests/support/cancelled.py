"""Functions of a user that end with a cancellation of their own, and the Python that tells it."""

from __future__ import annotations

import asyncio
import contextlib
import sys

import anyio
import pytest

from fishjam._concurrency.loop import is_trio

NEEDS_COUNTING = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="Python 3.10 does not count cancellations"
)


async def wait_for_something_cancelled(*arguments: object) -> None:
    """Fail as a function does that awaits a task which was cancelled."""
    raise asyncio.CancelledError


async def fail_in_a_task_group(*arguments: object) -> None:
    """Fail like that where the count of cancellations says nothing (anyio 4.16)."""
    # On trio a group would put it into a group.
    group = contextlib.nullcontext() if is_trio() else anyio.create_task_group()
    async with group:
        await wait_for_something_cancelled()
