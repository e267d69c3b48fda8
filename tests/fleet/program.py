"""A worker as a program of its own, which the tests kill, freeze and drain."""

from __future__ import annotations

import logging
import os
import signal
import sys
from functools import partial

import anyio

from fishjam.agent import AgentSession
from fishjam.fleet import Fleet, Job
from fishjam.fleet import _running as running
from fishjam.fleet._taking_over import TakeOver


class WithoutFence(TakeOver):
    """Takes over without making sure of the earlier owners, to show that the observer sees it."""

    async def fence(self, room_id: str, peers: list[str]) -> None:
        """Leave them alone."""


async def assistant(job: Job, session: AgentSession) -> None:
    await job.save({"runs": job.state.get("runs", 0) + 1})
    async for _ in session:
        pass


async def main(url: str, namespace: str, fishjam_id: str, token: str, lease: str) -> None:
    fleet = Fleet(
        url,
        namespace=namespace,
        fishjam_id=fishjam_id,
        management_token=token,
        lease=float(lease),
    )
    fleet.agent("assistant", start="room", stop="room_gone")(assistant)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(drain_on_sigterm, fleet)
        # The name tells the tests which process has a job.
        await fleet.run(capacity=100, handover_after=0.2, drain=30, name=f"{os.getpid()}")
        tasks.cancel_scope.cancel()


async def drain_on_sigterm(fleet: Fleet) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM) as signals:
        async for _ in signals:
            fleet.drain()


if __name__ == "__main__":
    if "LOG" in os.environ:
        logging.basicConfig(
            level=logging.INFO, format="%(relativeCreated)d %(process)d %(name)s %(message)s"
        )
    backend, *arguments = sys.argv[1:]
    if os.environ.get("FENCE") == "off":
        vars(running)["TakeOver"] = WithoutFence
    anyio.run(partial(main, *arguments), backend=backend)
