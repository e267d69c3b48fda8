"""The machine's clocks."""

from __future__ import annotations

import pytest

from fishjam.clock._system import AsyncSystemClock, SystemClock

SHORT = 0.02


def test_threads_wait_until_the_moment() -> None:
    clock = SystemClock()
    start = clock.now()
    clock.sleep_until(start + SHORT)
    assert clock.now() - start >= SHORT
    clock.sleep_until(start)


@pytest.mark.anyio
async def test_tasks_wait_until_the_moment() -> None:
    clock = AsyncSystemClock()
    start = clock.now()
    await clock.sleep_until(start + SHORT)
    assert clock.now() - start >= SHORT * 0.9  # the loop's own clock may be a little coarser
    await clock.sleep_until(start)
