"""Clocks that move by themselves, and yet take no time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.lowlevel import checkpoint

from fishjam._concurrency.loop import background
from fishjam.clock import ManualClock

TICK = 0.02
PAUSE = 0.001
"""Seconds of the machine's own time between two moments of a clock that ticks beside a server."""


@asynccontextmanager
async def ticking(
    clock: ManualClock, step: float = TICK, turns: int = 15, pause: float = 0
) -> AsyncIterator[None]:
    """Let time pass, with a few turns of the loop between any two moments.

    Where a server has to do something meanwhile, a pause of the machine's own time lets its thread
    run; without one a connection takes minutes by this clock when the machine is busy.
    """

    async def tick() -> None:
        while True:
            for _ in range(turns):
                await checkpoint()
            await anyio.sleep(pause)
            clock.advance(step)

    async with background(tick):
        yield


class LeapingClock:
    """A clock that is at once where somebody wants to sleep to."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    async def sleep_until(self, moment: float) -> None:
        await checkpoint()
        self._now = max(self._now, moment)
