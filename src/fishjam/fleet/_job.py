"""A job as its handler sees it."""

from __future__ import annotations

from typing import Any

import anyio

from fishjam.errors import FishjamError
from fishjam.fleet._engine import Engine
from fishjam.fleet._jobs import JobKey, Taken, from_text, to_text
from fishjam.fleet._patience import patiently


class JobMovedError(FishjamError):
    """Another worker has the job by now; the handler should return."""

    __module__ = "fishjam.fleet"


def moved(job: JobKey) -> JobMovedError:
    """Make the error of a job that another worker has."""
    return JobMovedError(f"Another worker has the job {job} by now.")


class Job:
    """One agent in one room, as long as this worker has it; given to the handler.

    Attributes:
        room_id: the room.
        agent: the name under which the handler was registered.
        peer_id: the peer that the agent is for, with `start="peer"`.
        data: what it was dispatched with.
        state: what the last owner saved; empty at first.
        failures: how often it has failed in a row before.
        leaving: set when the worker is to end: finish what is being said, then `hand_over`.
        handed_over: set once the job was offered to others.
    """

    __module__ = "fishjam.fleet"

    def __init__(self, engine: Engine, taken: Taken) -> None:
        """Made by the worker.

        Raises `JobDataError` for what cannot be used.
        """
        self._engine = engine
        self._taken = taken
        self._saved = taken.saved
        self.data: dict[str, Any] = from_text(taken.data, "data")
        self.state: dict[str, Any] = from_text(taken.saved, "saved state")
        self.leaving: anyio.Event = anyio.Event()
        self.handed_over: anyio.Event = anyio.Event()

    @property
    def key(self) -> JobKey:
        """The name of the job."""
        return self._taken.job

    @property
    def room_id(self) -> str:
        """The room."""
        return self.key.room_id

    @property
    def agent(self) -> str:
        """The name under which the handler was registered."""
        return self.key.agent

    @property
    def peer_id(self) -> str | None:
        """The peer that the agent is for, with `start="peer"`."""
        return self.key.peer_id

    @property
    def saved(self) -> str:
        """What was saved last, as it is kept."""
        return self._saved

    @property
    def failures(self) -> int:
        """How often it has failed in a row before."""
        return self._taken.failures

    async def save(self, state: dict[str, Any]) -> None:
        """Keep something for the next owner; it is safe once this returns.

        It waits while the engine cannot be reached.

        Args:
            state: what can be JSON, up to 64 KiB.

        Raises:
            TypeError: it is not a dictionary.
            ValueError: it cannot be JSON, or is too large.
            JobMovedError: another worker has the job.
        """
        if not isinstance(state, dict):
            # The next owner could not read it.
            raise TypeError(f"save: pass a dictionary, not {type(state).__name__}")
        text = to_text(state, "state")
        job = self._taken
        if not await patiently(lambda: self._engine.record(job.job, job.epoch, saved=text)):
            raise moved(job.job)
        self._saved = text
        self.state = state

    async def hand_over(self) -> None:
        """Offer the job to other workers now; this one goes on until another has taken it.

        Raises:
            JobMovedError: another worker has the job already.
        """
        job = self._taken
        if not await patiently(lambda: self._engine.offer(job.job, job.epoch)):
            raise moved(job.job)
        self.handed_over.set()
