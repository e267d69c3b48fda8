"""A fleet: agents and events over many processes and machines."""

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
