"""A fleet: agents and events over many processes and machines, with a Redis between them.

Needs `pip install 'fishjam-server-sdk[fleet]'`, except for `memory://`, a fleet of one process. It
runs on asyncio and trio.

Example:
    ```python
    from fishjam.agent import AgentSession
    from fishjam.fleet import Fleet, Job

    fleet = Fleet.from_env()  # FISHJAM_FLEET_URL is the address of the Redis


    @fleet.agent("assistant", start="room", stop="room_gone")
    async def assistant(job: Job, session: AgentSession) -> None:
        async for message in session:
            if job.leaving.is_set():
                await job.save({"topic": "weather"})
                await job.hand_over()
    ```

    `fishjam fleet worker MODULE:fleet` runs it, in as many processes as are started.
"""

from fishjam.fleet._engine import EngineRefusedError as EngineRefusedError
from fishjam.fleet._engine import EngineUnavailableError as EngineUnavailableError
from fishjam.fleet._events import Delivery as Delivery
from fishjam.fleet._events import EventsMissed as EventsMissed
from fishjam.fleet._events import JobExpired as JobExpired
from fishjam.fleet._fleet import Fleet as Fleet
from fishjam.fleet._job import Job as Job
from fishjam.fleet._job import JobMovedError as JobMovedError
from fishjam.fleet._jobs import JobDataError as JobDataError
from fishjam.fleet._jobs import JobKey as JobKey
from fishjam.fleet._jobs import JobState as JobState
from fishjam.fleet._link import JobNotStartedError as JobNotStartedError
from fishjam.fleet._link import JobStartTimeoutError as JobStartTimeoutError
from fishjam.fleet._link import Link as Link
from fishjam.fleet._link import WorkerState as WorkerState

__all__ = (
    "Delivery",
    "EngineRefusedError",
    "EngineUnavailableError",
    "EventsMissed",
    "Fleet",
    "Job",
    "JobDataError",
    "JobExpired",
    "JobKey",
    "JobMovedError",
    "JobNotStartedError",
    "JobStartTimeoutError",
    "JobState",
    "Link",
    "WorkerState",
)
