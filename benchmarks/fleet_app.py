"""The fleet whose workers the benchmark kills and drains; its agents only listen."""

from __future__ import annotations

import os

from fishjam.agent import AgentSession
from fishjam.fleet import Fleet, Job

fleet = Fleet.from_env(lease=float(os.environ.get("LEASE", "5")))


@fleet.agent("listener", start="room", stop="room_gone")
async def listener(job: Job, session: AgentSession) -> None:
    """Stay in the room."""
    async for _ in session:
        if job.leaving.is_set():
            await job.hand_over()
