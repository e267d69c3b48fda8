"""What the health endpoint of a process reports, and the tasks that measure it."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from functools import partial

import anyio
from attrs import frozen

from fishjam.fleet._engine import EngineRefusedError, EngineUnavailableError
from fishjam.fleet._health import Health, Place
from fishjam.fleet._metrics import Family, by_label, render
from fishjam.fleet._process import Process

LAG_INTERVAL = 0.25
"""Seconds between two measurements of how late the loop is."""

ENGINE_PATIENCE = 1.0
"""Seconds that the engine has to answer for its queues; after that they are left out."""


@frozen
class Observer:
    """Observes one process.

    Attributes:
        process: the process.
        agents: the names whose queues are reported.
        partitions: how many partitions of events are reported.
    """

    process: Process
    agents: Collection[str]
    partitions: int

    async def trouble(self) -> str | None:
        """Return why the process takes no new work, or None if it does."""
        if self.process.draining.is_set():
            return "draining"
        margin = self.process.metrics.margin
        return None if margin > 0 else "no connection to the engine"

    async def text(self) -> str:
        """Return the metrics of the process, of the queues and of the events."""
        families = [*self.process.metrics.families(), *await self._of_fleet()]
        return render({self.process.name: families})

    async def _of_fleet(self) -> list[Family]:
        backlog: list[tuple[str, float]] = []
        waits: list[tuple[str, float]] = []
        lags: list[int] = []
        unless_untold = partial(suppress, EngineUnavailableError, EngineRefusedError)
        with anyio.move_on_after(ENGINE_PATIENCE):
            for agent in self.agents:
                # One whose queue is corrupted does not hide the others.
                with unless_untold():
                    backlog.append((agent, await self.process.engine.backlog(agent)))
                    waits.append((agent, await self.process.engine.oldest(agent)))
            with unless_untold():
                lags = await self.process.engine.lags(self.partitions) if self.partitions else []
        return [
            by_label("backlog", "gauge", "Jobs that wait for a worker.", "agent", backlog),
            by_label(
                "oldest_wait_seconds", "gauge", "How long the first one waits.", "agent", waits
            ),
            by_label(
                "events_lag",
                "gauge",
                "Events that are not handled yet.",
                "partition",
                [(str(partition), count) for partition, count in enumerate(lags)],
            ),
        ]

    async def measure_lag(self) -> None:
        """Measure for ever how late the loop wakes a task."""
        while True:
            due = anyio.current_time() + LAG_INTERVAL
            await anyio.sleep_until(due)
            self.process.metrics.lagged(anyio.current_time() - due)

    async def stay_in_touch(self) -> None:
        """Ask the engine for its time for ever, as a worker's heartbeats do."""
        while True:
            with suppress(EngineUnavailableError):
                self.process.metrics.touched(await self.process.engine.now())
            await anyio.sleep(self.process.lease / 3)


def observe(observer: Observer, health: str, *, beats: bool) -> None:
    """Add the tasks of a health endpoint to the process that is observed.

    Args:
        observer: observes it.
        health: where to listen.
        beats: whether a worker in the process sends heartbeats to the engine.

    Raises:
        ConfigurationError: `health` is not an address.
    """
    roles = [Health(Place.parse(health), observer.trouble, observer.text).run, observer.measure_lag]
    for role in roles if beats else [*roles, observer.stay_in_touch]:
        observer.process.add(role, drains=False)
