"""What a backend does with its fleet: it asks for agents, ends them, and watches them."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

import anyio
from attrs import evolve, field, frozen

from fishjam._core.annotations import resolve_annotations
from fishjam.errors import FishjamError
from fishjam.fleet._engine import Engine, Request
from fishjam.fleet._events import JobExpired, StreamMessage, partition_of
from fishjam.fleet._jobs import JobKey, JobState, to_text
from fishjam.fleet._numbers import check_seconds
from fishjam.fleet._patience import patiently
from fishjam.fleet._webhooks import submit_webhook

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds for which a call tries to reach the engine."""

LOOK_EVERY = 0.05
"""Seconds between two looks at a job that is to start."""

_OVER = ("failed", "stopped", "unreadable")


class JobNotStartedError(FishjamError):
    """A job will not start: it has failed too often, was stopped, has expired, or has no room."""

    __module__ = "fishjam.fleet"


class JobStartTimeoutError(JobNotStartedError, TimeoutError):
    """A job has not started within its time; it may do so later."""

    __module__ = "fishjam.fleet"


@frozen
class WorkerState:
    """The state of a worker, as `Link.workers` returns it.

    Attributes:
        name: its name.
        capacity: how much it can run; None if it is not known.
        load: the weights of what it runs, together; None if it is not known.
        info: all that it told about itself, such as its "host" and the "version" of the SDK.
    """

    __module__ = "fishjam.fleet"

    name: str
    capacity: int | None = None
    load: int | None = None
    info: Mapping[str, Any] = field(factory=dict)


resolve_annotations(globals(), WorkerState)


class Link:
    """A connection of a backend to its fleet; made by `Fleet.connect`.

    Each call raises `EngineUnavailableError` when the engine cannot be reached for 10 seconds, and
    `EngineRefusedError` when it will not do what is asked, because of wrong credentials for
    example.
    """

    __module__ = "fishjam.fleet"

    def __init__(self, engine: Engine, partitions: int) -> None:
        self._engine = engine
        self._partitions = partitions
        self.events: LinkEvents = LinkEvents(engine, partitions)

    async def dispatch(
        self,
        room_id: str,
        agent: str,
        *,
        peer_id: str | None = None,
        data: Mapping[str, Any] | None = None,
        again: bool = False,
        max_wait: float | None = None,
    ) -> bool:
        """Ask for an agent in a room; it starts as soon as a worker has a place for it.

        Only the worker asks Fishjam for the room. If there is none, the job is shown as failed
        until a process with the role "dispatch" looks at the rooms, `started` raises, and a warning
        is in the log of the worker.

        Args:
            room_id: the room.
            agent: the name under which its handler was registered.
            peer_id: the peer that it is for, if there is one agent for each peer.
            data: for the handler, as `job.data`: what can be JSON, up to 64 KiB.
            again: also begin one that is done, or has failed too often.
            max_wait: seconds after which it expires if no worker has taken it, with a `JobExpired`
                event; by default it waits for ever.

        Returns:
            False if it is there already.

        Raises:
            ValueError: `data` cannot be kept, or `max_wait` is not a number of seconds above 0.
        """
        if max_wait is not None and not 0 < max_wait <= sys.float_info.max:
            raise ValueError(f"max_wait={max_wait!r:.40}: give seconds, more than 0, or None")
        job = JobKey(room_id, agent, peer_id)
        request = Request(
            data=to_text(dict(data), "data") if data else "", again=again, by_hand=True
        )
        if max_wait is not None:
            request = evolve(
                request,
                max_wait=max_wait,
                partition=partition_of(room_id, self._partitions),
                notice=StreamMessage(JobExpired(room_id, agent, peer_id)).to_payload(),
            )
        return await self._do(lambda: self._engine.dispatch(job, request))

    async def started(
        self,
        room_id: str,
        agent: str,
        *,
        peer_id: str | None = None,
        timeout: float = 10.0,  # noqa: ASYNC109 - it tells how the job is after that time
    ) -> None:
        """Wait until an agent is in its room, and its handler was called.

        Args:
            room_id: the room.
            agent: the name under which its handler was registered.
            peer_id: the peer that it is for.
            timeout: seconds to wait.

        Raises:
            ValueError: `timeout` is not a number of seconds.
            JobStartTimeoutError: it has not started in that time.
            JobNotStartedError: it will not start.
        """
        check_seconds("timeout", timeout)
        job = JobKey(room_id, agent, peer_id)
        state: JobState | None = None
        with anyio.move_on_after(timeout):
            while True:
                latest = await self._do(lambda: self._engine.job(job))
                if latest is None and state is not None:
                    raise JobNotStartedError(
                        f"The job {job} is gone: it was stopped, has expired or has no room."
                    )
                state = latest
                if state is not None and (state.started is not None or state.state == "done"):
                    return
                if state is not None and state.state in _OVER:
                    raise JobNotStartedError(
                        f"The job {job} will not start: it is {state.state} ({state.error})."
                    )
                await anyio.sleep(LOOK_EVERY)
        how = "it was not asked for" if state is None else f"it is {state.state}"
        raise JobStartTimeoutError(f"The job {job} has not started in {timeout} seconds: {how}.")

    async def stop(self, room_id: str, agent: str, *, peer_id: str | None = None) -> bool:
        """End an agent, or do not start it; False if there is none.

        It stays known as "stopped", so that it is not begun again for the users who are still in
        the room; `dispatch` begins it again.
        """
        job = JobKey(room_id, agent, peer_id)
        return await self._do(lambda: self._engine.stop(job, by_hand=True))

    async def forget(self, room_id: str, agent: str, *, peer_id: str | None = None) -> bool:
        """Remove a job from the engine, whatever its state; False if there is none.

        This is for jobs that have failed, or cannot be read. An agent that runs for it goes on,
        unknown to the fleet, until its session ends: use `stop` for that.
        """
        job = JobKey(room_id, agent, peer_id)
        return await self._do(lambda: self._engine.forget(job))

    async def jobs(self, room_id: str | None = None) -> list[JobState]:
        """Return the states of all jobs, or of those of one room."""
        return await self._do(lambda: self._engine.jobs(room_id))

    async def workers(self) -> list[WorkerState]:
        """Return the states of all workers that are alive."""
        told = await self._do(self._engine.workers)
        return [_worker_of(name, text) for name, text in told.items()]

    async def drain(self, worker: str) -> bool:
        """Let a worker give its jobs to others and end; False if there is none of that name."""
        return await self._do(lambda: self._engine.drain(worker))

    async def bury(self, worker: str) -> None:
        """Say that a worker's process has ended, so that its jobs move at once.

        Without this they move when its lease is over. Call it only for a process that is gone.
        """
        await self._do(lambda: self._engine.reap(dead=worker))

    async def _do(self, step: Callable[[], Awaitable[T]]) -> T:
        return await patiently(step, PATIENCE)


class LinkEvents:
    """What a backend can do with events; `Link.events`."""

    __module__ = "fishjam.fleet"

    def __init__(self, engine: Engine, partitions: int) -> None:
        self._engine = engine
        self._partitions = partitions

    async def submit(
        self, headers: Mapping[str, str], body: bytes, secret: str | Iterable[str]
    ) -> bool:
        """Check a webhook and write its events; the same as `Fleet.submit_webhook`."""
        return await submit_webhook(self._engine, self._partitions, headers, body, secret)


def _worker_of(name: str, text: str) -> WorkerState:
    try:
        info = json.loads(text)
    except (ValueError, RecursionError):
        return WorkerState(name)
    if not isinstance(info, dict):
        return WorkerState(name)
    return WorkerState(name, _whole(info.get("capacity")), _whole(info.get("load")), info)


def _whole(value: object) -> int | None:
    return value if type(value) is int else None
