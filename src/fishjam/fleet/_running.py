"""One job on its worker: takes it over, runs its handler, and reports its end to the engine."""

from __future__ import annotations

import logging
from contextlib import AbstractAsyncContextManager
from functools import partial

import anyio
from attrs import define, evolve, field

import fishjam
from fishjam._concurrency.callbacks import failures_of
from fishjam._concurrency.loop import background
from fishjam._core.backoff import Backoff
from fishjam.agent import AgentSession, SessionEnd
from fishjam.client import AsyncFishjamClient
from fishjam.errors import FishjamError, NotFoundError
from fishjam.fleet._engine import MAX_FAILURES, Engine
from fishjam.fleet._job import Job, JobMovedError, moved
from fishjam.fleet._jobs import UNKNOWN_ROOM, JobDataError, JobKey, Taken
from fishjam.fleet._metrics import Metrics
from fishjam.fleet._patience import patiently
from fishjam.fleet._registration import AgentRegistration
from fishjam.fleet._taking_over import TakeOver

LOST_AFTER = 15.0
"""Seconds that an agent may be without a connection before others get its job."""

_FAILURES = Backoff(initial_delay=0.5, max_delay=30.0)
_log = logging.getLogger("fishjam")


@define(eq=False)
class JobRun:
    """Runs one job."""

    engine: Engine
    client: AsyncFishjamClient
    registration: AgentRegistration
    taken: Taken
    handover_after: float
    """Seconds that a handler has to hand its job over by itself when its worker drains."""
    starting: AbstractAsyncContextManager[object]
    """Held while it takes the job over, so that not too many do at once."""
    metrics: Metrics
    _job: Job | None = field(default=None, init=False)
    _agent: fishjam.Agent | None = field(default=None, init=False)
    _is_connected: bool = field(default=False, init=False)
    _handler_error: Exception | None = field(default=None, init=False)
    _is_stopping: bool = field(default=False, init=False)
    _leaving: anyio.Event = field(factory=anyio.Event, init=False)
    _scope: anyio.CancelScope = field(factory=anyio.CancelScope, init=False)

    @property
    def key(self) -> JobKey:
        """The name of the job."""
        return self.taken.job

    @property
    def known(self) -> Taken:
        """What to write down when the engine has lost it."""
        return self.taken if self._job is None else evolve(self.taken, saved=self._job.saved)

    @property
    def state(self) -> str:
        """How far it is: "starting", "running" or "leaving"."""
        if self._leaving.is_set():
            return "leaving"
        return "running" if self._is_connected else "starting"

    async def run(self) -> None:
        """Take the job over and run it to its end; raises nothing but cancellation."""
        with self._scope:
            try:
                await self._run_once()
            except FishjamError:
                # The engine or Fishjam refuses this job; others may go on.
                _log.exception("the end of the job %s could not be recorded", self.key)

    async def _run_once(self) -> None:
        try:
            await self._run()
        except JobMovedError:
            _log.info("the job %s has moved to another worker", self.key)
            self._count_move()
        except NotFoundError as error:
            if error is self._handler_error:
                await self._fail(error)
            elif self._has_never_started:
                await self._refuse_room()
            else:
                # Of the room: everything else that is missing has been dealt with.
                await patiently(partial(self.engine.forget, self.key))
        except Exception as error:
            await self._fail(error)

    @property
    def _has_never_started(self) -> bool:
        return self._agent is None and not self.taken.peers and not self.taken.failures

    async def _refuse_room(self) -> None:
        """Let the job fail, so that what asked for it sees why, until the rooms are looked at."""
        _log.warning(
            "the job %s will not start: Fishjam does not know the room %s; it may have been "
            "deleted, or belong to another Fishjam",
            self.key,
            self.key.room_id,
        )
        give = partial(self.engine.offer, self.key, self.taken.epoch, failure=UNKNOWN_ROOM)
        await patiently(partial(give, tries=1))

    def leave(self) -> None:
        """Let the handler know that the worker drains, and offer the job after a while."""
        self._leaving.set()
        if self._job is not None:
            self._job.leaving.set()

    async def stop(self) -> None:
        """End the agent: its peer goes, with which the session ends in order."""
        if self._is_stopping:
            return
        self._is_stopping = True
        if self._agent is not None:
            try:
                await self._take_over.delete(self.key.room_id, self._agent.id)
            except FishjamError as error:
                _log.warning("the agent of the job %s could not be ended: %s", self.key, error)
                # The answer to the next heartbeat asks for it again.
                self._is_stopping = False

    def drop(self) -> None:
        """End at once: another worker has the job."""
        self._scope.cancel()

    @property
    def _take_over(self) -> TakeOver:
        registration = self.registration
        return TakeOver(self.engine, self.client, registration.options, registration.exclusive)

    async def _run(self) -> None:
        taken = self.taken
        job = Job(self.engine, taken)
        async with self.starting:
            self._agent = await self._take_over.run(self.taken, self._record)
        self._job = job
        if self._leaving.is_set():
            job.leaving.set()
        if self._is_stopping:
            await self._finish(self._agent)
            return
        ends: list[SessionEnd] = []

        async def handle(session: AgentSession) -> None:
            self._is_connected = True
            self.metrics.connected(taken)
            async with background(self._tell_start):
                try:
                    # The others that this worker runs would be cancelled with it.
                    with failures_of(self.registration.handler, in_group=True):
                        await self.registration.handler(job, session)
                except Exception as error:
                    self._handler_error = error
                    raise
                finally:
                    self.metrics.dropped_chunks += session.dropped

        async with background(partial(self._offer_in_time, job)):
            await self._agent.run(handle, lost_after=LOST_AFTER, on_ended=ends.append)
        await self._conclude(self._agent, ends[0])

    async def _conclude(self, agent: fishjam.Agent, end: SessionEnd) -> None:
        if end.by_us or self._is_stopping:
            await self._finish(agent)
            return
        if not await self._record([]):
            raise moved(self.key)
        # The room may have stopped, which is an end; a peer that was removed by others is not.
        await self.client.get_room(self.key.room_id)
        raise FishjamError(f"The server ended the session of the agent: {end.reason or end.code}.")

    async def _finish(self, agent: fishjam.Agent) -> None:
        await self._take_over.delete(self.key.room_id, agent.id)
        await self._record([])
        await patiently(partial(self.engine.finish, self.key, self.taken.epoch))

    async def _fail(self, error: Exception) -> None:
        _log.error("the job %s has failed", self.key, exc_info=error)
        self.metrics.failed += 1
        if self._agent is not None:
            await self._take_over.delete(self.key.room_id, self._agent.id)
            await self._record([])
        delay = _FAILURES.delay(self.taken.failures + 1)
        # The name alone: a message may hold secrets, which do not belong in the engine.
        failure, tries = type(error).__name__, MAX_FAILURES
        if isinstance(error, JobDataError):
            # That is ours, and what is stored stays the same at another try.
            failure, tries = str(error), 1
        give = partial(self.engine.offer, self.key, self.taken.epoch, failure=failure)
        await patiently(partial(give, delay=delay, tries=tries))

    async def _tell_start(self) -> None:
        try:
            await patiently(partial(self.engine.record, self.key, self.taken.epoch))
        except FishjamError as error:
            _log.warning("the start of the job %s could not be recorded: %s", self.key, error)

    def _count_move(self) -> None:
        self.metrics.moved += 1
        if not self._leaving.is_set():
            self.metrics.fenced += 1

    async def _record(self, peers: list[str]) -> bool:
        epoch = self.taken.epoch
        if not await patiently(partial(self.engine.record, self.key, epoch, peers=peers)):
            return False
        self.taken = evolve(self.taken, peers=tuple(peers))
        return True

    async def _offer_in_time(self, job: Job) -> None:
        await job.leaving.wait()
        with anyio.move_on_after(self.handover_after):
            await job.handed_over.wait()
            return
        try:
            await job.hand_over()
        except FishjamError as error:
            # It has moved already, or the worker learns of the refusal with its next heartbeat.
            _log.info("the job %s could not be offered: %s", self.key, error)
