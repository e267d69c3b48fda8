"""The fleet: one agent for each room, on whichever worker has a place for it."""

from __future__ import annotations

import anyio

from fishjam.agent import AgentSession
from fishjam.fleet import Fleet, Job

fleet = Fleet.from_env()


@fleet.agent("host", start="room", stop="room_gone")
async def host(job: Job, session: AgentSession) -> None:
    """Stay in a room, and count how many workers it has had."""
    workers = job.state.get("workers", 0) + 1
    await job.save({"workers": workers})
    print(f"{job.room_id}: worker number {workers}", flush=True)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(hand_over_in_time, job)
        async for _ in session:
            pass
        tasks.cancel_scope.cancel()


async def hand_over_in_time(job: Job) -> None:
    """Let another worker have the job as soon as this one is to end."""
    await job.leaving.wait()
    await job.hand_over()
