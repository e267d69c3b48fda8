"""A worker of the benchmark, which takes jobs and holds them without an agent."""

from __future__ import annotations

import sys
import time
from typing import Any

import anyio
from anyio import to_thread

from fishjam import AsyncFishjamClient
from fishjam.agent import AgentSession
from fishjam.fleet import Job, JobKey
from fishjam.fleet import _worker as worker_module
from fishjam.fleet._jobs import Taken
from fishjam.fleet._metrics import Metrics
from fishjam.fleet._redis import redis_engine
from fishjam.fleet._registration import AgentRegistration
from fishjam.fleet._worker import Worker

TIMES: list[str] = []


class Held:
    """Stands for a job that runs: it keeps when it was asked for and taken."""

    state = "running"

    def __init__(self, *, taken: Taken, registration: AgentRegistration, **_: Any) -> None:
        self.key: JobKey = taken.job
        self.known = taken
        self.registration = registration
        TIMES.append(f"{taken.asked},{time.time()}")

    async def run(self) -> None:
        """Hold it for ever."""
        await anyio.sleep_forever()


async def handle(_: Job, __: AgentSession) -> None:
    """Stand for a handler, which is never called."""


async def main(*arguments: str) -> None:
    """Work; print all times for each line that is read, until there are no more."""
    url, namespace, name, capacity = arguments
    vars(worker_module)["JobRun"] = Held
    engine = redis_engine(url, namespace)
    agents = {"listener": AgentRegistration(name="listener", handler=handle)}
    async with (
        AsyncFishjamClient("http://127.0.0.1:9", "none") as client,
        engine.open(),
        anyio.create_task_group() as tasks,
    ):
        worker = Worker(
            engine,
            client,
            agents,
            name=name,
            capacity=int(capacity),
            lease=5.0,
            handover_after=1.0,
            draining=anyio.Event(),
            metrics=Metrics(5.0),
            on_loss=list,
        )
        tasks.start_soon(worker.run)
        while await to_thread.run_sync(sys.stdin.readline):
            print(*TIMES, flush=True)
        tasks.cancel_scope.cancel()


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])
