"""What a fleet needs of its engine: jobs and events handed out and kept, in atomic steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from attrs import frozen

from fishjam.errors import FishjamConnectionError, FishjamError
from fishjam.fleet._jobs import Beat, JobKey, JobState, Offer, StoredEvent, Taken, Takings

MAX_FAILURES = 5
"""How often in a row a job may fail before it is not tried again."""

HEALTHY = 60.0
"""Seconds after which a job that ran does not count as one that fails in a row."""

PENDING = 5.0
"""Seconds after which a job that was handed out and never taken is handed out again."""


class EngineUnavailableError(FishjamConnectionError):
    """The engine cannot be reached, or cannot answer now; another try may work."""

    __module__ = "fishjam.fleet"


class EngineRefusedError(FishjamError):
    """The engine refuses what was asked, and will refuse it again.

    The credentials are wrong or do not allow everything that a fleet needs, or it is too old.
    """

    __module__ = "fishjam.fleet"


@frozen(kw_only=True)
class Request:
    """How a job is asked for.

    Attributes:
        data: for the handler, as JSON.
        again: whether one that is done or has failed begins another time.
        by_hand: whether it was asked for by name, not because of the state of its room: that also
            begins one that was stopped by name.
        is_visited: whether users are, or were, in the room.
        max_wait: seconds that it may wait for a worker before it expires; 0 is for ever.
        partition: where to write that it has expired.
        notice: the event to write then.
    """

    data: str = ""
    again: bool = False
    by_hand: bool = False
    is_visited: bool = False
    max_wait: float = 0.0
    partition: int = 0
    notice: str = ""


PLAIN = Request()
"""As a look at the rooms asks."""


@frozen
class Leadership:
    """That a process leads, for as long as no other one has taken over."""

    name: str
    id: str
    epoch: str
    server: str = ""
    """The server that said so: another one may know less."""


@frozen
class Progress:
    """How far the leader of a name has come."""

    server: str
    heard: float
    """The engine's time until which it has written all that it heard; 0 if none ever has."""
    now: float
    """The engine's time."""


def too_late() -> EngineUnavailableError:
    """Make the error of a webhook that could not be written in time."""
    return EngineUnavailableError("webhook: it was too late to write it.")


class Engine(Protocol):
    """The steps of a fleet, each of which is atomic, and may be repeated.

    Every one of them raises `EngineUnavailableError` while the engine cannot be reached.
    """

    def open(self) -> AbstractAsyncContextManager[None]:
        """Use the engine for the length of a block."""
        ...

    async def dispatch(self, job: JobKey, request: Request = PLAIN) -> bool:
        """Ask for a job; False if it is there already.

        One that is being stopped goes on, or begins again.
        """
        ...

    async def visit(self, job: JobKey) -> bool:
        """Note that users were in the room of a job; False if there is no such job."""
        ...

    async def next_offers(
        self, worker: str, agents: Sequence[str], count: int, seconds: float
    ) -> list[Offer]:
        """Wait so many seconds for jobs of these agents; empty if there were none."""
        ...

    async def take(self, worker: str, offers: Sequence[Offer], quiet: float = 0.0) -> Takings:
        """Become the owner of jobs that were handed out; one that fails does not affect the others.

        In the first `quiet` seconds of an engine that holds nothing, they are handed out again:
        another worker may run them, and have had no time to say so.

        The result of a job is a `JobDataError` if its version is not known here, and an
        `EngineRefusedError` if its keys are corrupted.
        """
        ...

    async def give_back(self, offer: Offer) -> None:
        """Hand a job out again that was read and is not taken."""
        ...

    async def record(
        self,
        job: JobKey,
        epoch: str,
        *,
        peers: Sequence[str] | None = None,
        saved: str | None = None,
    ) -> bool:
        """Write down the peers of a job, or what it saved; False if it has another owner.

        With neither, it writes down that the handler was started.
        """
        ...

    async def finish(self, job: JobKey, epoch: str) -> bool:
        """Say that a job is done, or has stopped as it should; False if it has another owner."""
        ...

    async def offer(
        self,
        job: JobKey,
        epoch: str,
        *,
        failure: str | None = None,
        delay: float = 0.0,
        tries: int = MAX_FAILURES,
    ) -> bool:
        """Give a job to others; False if it has another owner.

        Without a `failure` it stays with its worker until another has taken it. With one it is
        counted, and tried again after `delay` seconds, so many times in all.
        """
        ...

    async def stop(
        self, job: JobKey, before: float | None = None, *, by_hand: bool = False
    ) -> bool:
        """End a job; False if there is none, or it was asked for at `before` or later.

        What was stopped by hand stays known as "stopped", and begins again only by hand.
        """
        ...

    async def forget(self, job: JobKey) -> bool:
        """Drop all that is known of a job, whatever its state; False if there is none."""
        ...

    async def now(self) -> float:
        """Return the engine's time in Unix seconds."""
        ...

    async def beat(
        self, worker: str, lease: float, info: str = "", *, fullness: float = 0.0, server: str = ""
    ) -> Beat:
        """Send a heartbeat that counts for so many seconds; 0 says that the worker ends.

        Args:
            worker: the name of the worker.
            lease: the seconds.
            info: what it reports about itself, as JSON.
            fullness: how full it is, from 0 to 1.
            server: the `run_id` of its last heartbeat. What the worker owns is read only if
                another server answers, or one that does not know it, for it may be a lot.
        """
        ...

    async def keep(self, worker: str, jobs: Sequence[Taken]) -> list[bool | FishjamError]:
        """Write down once more what a worker runs; one that fails does not affect the others.

        The result of a job is False if another worker owns it by now, and an `EngineRefusedError`
        if its keys are corrupted.
        """
        ...

    async def disown(self, worker: str, job: JobKey) -> bool:
        """Hand out a job that is the worker's only by mistake of the engine."""
        ...

    async def reap(self, pending: float = PENDING, dead: str = "") -> list[JobKey]:
        """Hand out the jobs of dead workers, and those whose wait is over; returns the former.

        Jobs that have waited for longer than their `max_wait` expire.

        `dead` is a worker that has ended for certain. Then the others are left alone, since after
        an outage of the engine their leases may be over though they are alive.
        """
        ...

    async def lead(self, name: str, id_: str, seconds: float) -> Leadership | None:
        """Become or stay the leader; None if another process is."""
        ...

    async def resign(self, name: str, id_: str) -> bool:
        """Let another process lead."""
        ...

    async def attend(self, name: str, id_: str, seconds: float) -> list[str]:
        """Be a member for so many seconds, none to leave; returns all members, oldest first."""
        ...

    async def publish(
        self,
        leadership: Leadership,
        batch: int,
        events: Sequence[tuple[int, str]],
        heard: float | None = None,
    ) -> bool:
        """Write events into the streams of their partitions.

        A batch that is not larger than the last one was written already. `heard` says until when,
        in the engine's time, all is written then that was heard.

        Returns False if another process leads, or another server answers than the leader knows.
        """
        ...

    async def progress(self, name: str) -> Progress:
        """Return how far the leader, whichever it is, has come."""
        ...

    async def webhook(
        self,
        room: str,
        digest: str,
        partition: int,
        payloads: Sequence[str],
        *,
        before: float | None = None,
        seconds: int = 86_400,
    ) -> bool:
        """Write what a webhook brought, unless it repeats the last one of its room.

        Raises `EngineUnavailableError` after `before`, in the engine's time.
        """
        ...

    async def next_events(self, partition: int, count: int, seconds: float) -> list[StoredEvent]:
        """Wait for events of a partition; those that are not acknowledged come first."""
        ...

    async def read_events(
        self, after: Mapping[int, str], count: int, seconds: float
    ) -> list[tuple[int, StoredEvent]]:
        """Wait for what is written after certain events, each named by its partition.

        Others get those events as well. An id begins with the engine's time in milliseconds.
        """
        ...

    async def acknowledge(self, leadership: Leadership, partition: int, event_id: str) -> bool:
        """Say that an event was handled; False if the partition has another worker."""
        ...

    async def lags(self, partitions: int) -> list[int]:
        """Return how many events of each partition, from 0 on, are not acknowledged yet."""
        ...

    async def peers_beside(self, job: JobKey) -> set[str]:
        """Return the agent peers that other jobs of the same room have written down."""
        ...

    async def room(self, room_id: str) -> tuple[float, list[JobState]]:
        """Return the engine's time, and the states of the jobs of a room at that time."""
        ...

    async def job(self, job: JobKey) -> JobState | None:
        """Return the state of a job; None if there is none."""
        ...

    async def jobs(self, room_id: str | None = None) -> list[JobState]:
        """Return the states of all jobs, or of those of one room."""
        ...

    async def workers(self) -> dict[str, str]:
        """Return the workers that count as alive, with what they last reported as JSON."""
        ...

    async def drain(self, worker: str) -> bool:
        """Ask a worker to give its jobs away and end; False if there is none."""
        ...

    async def oldest(self, agent: str) -> float:
        """Return for how many seconds the first job in the queue of an agent has waited."""
        ...

    async def backlog(self, agent: str) -> int:
        """Return how many jobs of an agent wait for a worker."""
        ...
