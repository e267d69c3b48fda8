"""A worker: sends heartbeats, takes jobs while it has free places, and drains."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

import anyio

from fishjam._concurrency.lazy_event import LazyEvent, Signal
from fishjam._concurrency.racing import Tasks, with_tasks
from fishjam._version import __version__
from fishjam.client import AsyncFishjamClient
from fishjam.errors import FishjamError
from fishjam.fleet._engine import Engine, EngineRefusedError, EngineUnavailableError
from fishjam.fleet._jobs import Beat, JobKey, Offer, Taken
from fishjam.fleet._metrics import Metrics
from fishjam.fleet._patience import patiently
from fishjam.fleet._registration import AgentRegistration
from fishjam.fleet._running import JobRun

READ_SECONDS = 2.0
"""Seconds that one wait for a job lasts; a drain ends it at once."""

POLITENESS = 0.02
"""Seconds that a full worker waits before it reads when another is empty, which gets the job."""

STARTING = 8
"""How many jobs are taken over at once."""

MOVING = 2
"""How many of those whose agent runs elsewhere: the more at once, the longer is each gap."""

WAITED_LONG = 0.05
"""Seconds that a job waits only when workers are too slow: then none waits for another."""

READ_AT_ONCE = 16
"""How many jobs are read at once, at most."""

KEEPING = 50
"""How many jobs one step writes down again after the engine has lost data: up to 6 MiB of data."""

GOODBYE = 1.0
"""Seconds that telling the others of the end may take."""

_log = logging.getLogger("fishjam")


class Worker:
    """Runs jobs in this process.

    Args:
        engine: hands jobs out; it is open.
        client: the Fishjam.
        agents: the handlers, by name.
        name: the name of the worker, which no other one has.
        capacity: how many jobs it runs at most.
        lease: seconds without a heartbeat after which it counts as dead.
        handover_after: seconds that a handler has to hand its job over by itself.
        draining: set when it is to take no more jobs, and to give away those that there are.
        metrics: what the process counts.
        on_loss: called when the engine may have lost jobs that no worker runs.
    """

    def __init__(
        self,
        engine: Engine,
        client: AsyncFishjamClient,
        agents: Mapping[str, AgentRegistration],
        *,
        name: str,
        capacity: int,
        lease: float,
        handover_after: float,
        draining: anyio.Event,
        metrics: Metrics,
        on_loss: Callable[[], object],
    ) -> None:
        self._engine = engine
        self._client = client
        self._agents = agents
        self._name = name
        self._host = socket.gethostname()
        self._capacity = capacity
        self._lease = lease
        self._handover_after = handover_after
        self._metrics = metrics
        self._on_loss = on_loss
        self._starting = anyio.CapacityLimiter(STARTING)
        self._moving = anyio.CapacityLimiter(MOVING)
        self._is_late = False
        """Whether the job that was read last had waited for long."""
        self._share = 1
        """How many jobs may be read at once, so that the other workers find as many."""
        self._reading = anyio.CancelScope()
        self._runs: dict[JobKey, JobRun] = {}
        self._load = 0
        metrics.slots = capacity
        metrics.states = self._states
        self._changed = Signal()
        self._draining = draining
        self._in_touch = LazyEvent()
        self._last: Beat | None = None
        self._has_lost = False
        """Whether the engine may know less than it did, until it has been told all."""
        self._engine_ahead = 0.0
        """Seconds by which the engine's clock is ahead of the local one."""
        self._quiet_until = 0.0
        """By the local clock: until then no job is taken, so that others can keep theirs."""
        self._in_touch_since: float | None = None

    def _states(self) -> list[str]:
        return [run.state for run in self._runs.values()]

    @property
    def load(self) -> int:
        """The weights of the jobs that it runs, together."""
        # Counted, because it is asked for at each read, and thousands may run.
        return self._load

    @property
    def _fullness(self) -> float:
        # While it drains it takes nothing, so the others need not wait for it.
        return 1.0 if self._draining.is_set() else self.load / self._capacity

    async def run(self, drain: float = 600.0) -> None:
        """Work until it drains and all jobs are gone, or so many seconds later."""
        try:
            await with_tasks(partial(self._work, drain))
        finally:
            # The others need not wait for the end of the lease.
            with anyio.move_on_after(GOODBYE, shield=True), suppress(FishjamError):
                await patiently(partial(self._engine.reap, dead=self._name))

    async def _work(self, drain: float, tasks: Tasks) -> None:
        tasks.start(partial(self._beat_for_ever, tasks))
        tasks.start(partial(self._read_for_ever, tasks))
        await self._draining.wait()
        # What is handed out in this moment is handed out again when this worker is gone.
        self._reading.cancel()
        for run in self._runs.values():
            run.leave()
        with anyio.move_on_after(drain):
            await self._wait_until_empty()

    async def _wait_until_empty(self) -> None:
        while self._runs:
            await self._changed.wait()

    async def _beat_for_ever(self, tasks: Tasks) -> None:
        while True:
            try:
                await self._beat(tasks)
            except EngineUnavailableError as error:
                self._lose_touch()
                _log.warning("the worker %s cannot send its heartbeat: %s", self._name, error)
            await anyio.sleep(self._lease / 3)

    async def _beat(self, tasks: Tasks) -> None:
        told = {"capacity": self._capacity, "load": self.load, "running": len(self._runs)}
        info = json.dumps({**told, "host": self._host, "version": __version__})
        last = self._last
        beat = await self._engine.beat(
            self._name,
            self._lease,
            info,
            fullness=self._fullness,
            server="" if last is None or self._has_lost else last.run_id,
        )
        self._metrics.touched(beat.now)
        now = anyio.current_time()
        self._last = beat
        self._engine_ahead = beat.now - now
        if beat.age < self._lease:
            self._quiet_until = now + self._lease - beat.age
        if last is not None and (not beat.is_known or beat.run_id != last.run_id):
            # Data may be lost, or this worker was taken for dead.
            self._has_lost = True
            if beat.run_id != last.run_id:
                self._quiet_until = now + self._lease
        if self._has_lost:
            await self._keep_all(beat)
            self._has_lost = False
            self._on_loss()
        for job in beat.stops:
            if job in self._runs:
                tasks.start(self._runs[job].stop)
        if beat.is_to_drain:
            self._draining.set()
        await self._reap(now)
        self._in_touch.set()

    async def _reap(self, now: float) -> None:
        # Others that were out of touch as well get the time of a lease to come back.
        self._in_touch_since = self._in_touch_since or now
        if now - self._in_touch_since >= self._lease and now >= self._quiet_until:
            await self._engine.reap()

    def _lose_touch(self) -> None:
        self._in_touch_since = None
        self._in_touch.clear()

    async def _keep_all(self, beat: Beat) -> None:
        # Many at once, because all have to be kept before others take jobs again.
        runs = list(self._runs.values())
        for start in range(0, len(runs), KEEPING):
            await self._keep(runs[start : start + KEEPING])
        for job in set(beat.owned) - self._runs.keys():
            await self._unless_refused(partial(self._engine.disown, self._name, job))

    async def _keep(self, runs: Sequence[JobRun]) -> None:
        results = await self._engine.keep(self._name, [run.known for run in runs])
        for run, result in zip(runs, results, strict=True):
            if isinstance(result, FishjamError):
                _log.error("the job %s cannot be kept: %s", run.key, result)
            elif not result:
                run.drop()

    async def _unless_refused(self, step: Callable[[], Awaitable[object]]) -> None:
        """Do a step for one job; one whose keys are corrupted must not end the worker."""
        try:
            await step()
        except EngineRefusedError as error:
            _log.error("a job cannot be given back: %s", error)

    async def _read_for_ever(self, tasks: Tasks) -> None:
        while True:
            await self._wait_for_room()
            try:
                offers = await self._next_offers()
            except EngineUnavailableError:
                self._lose_touch()
                continue
            if offers:
                # Until it has an answer: the engine may have done it, and then they are ours.
                await patiently(partial(self._take, offers, tasks))

    async def _wait_for_room(self) -> None:
        while self._draining.is_set() or not self._fitting():
            await self._changed.wait()
        # What is read before the first heartbeat could not be taken.
        await self._in_touch.wait()
        # Another beat may make it longer meanwhile.
        while (now := anyio.current_time()) < self._quiet_until:  # noqa: ASYNC110 - it is a time
            await anyio.sleep(self._quiet_until - now)
        excess = self._fullness - (self._last.emptiest if self._last else 0.0)
        if excess > 0 and not self._is_late:
            await anyio.sleep(POLITENESS * excess)

    def _fitting(self) -> list[str]:
        """Return the agents for which there is room."""
        free = self._capacity - self.load
        return [name for name, agent in self._agents.items() if agent.weight <= free]

    async def _take(self, offers: Sequence[Offer], tasks: Tasks) -> None:
        if anyio.current_time() < self._quiet_until:
            # It began to read before it knew that others may have lost these.
            for offer in offers:
                await self._unless_refused(partial(self._engine.give_back, offer))
            return
        takings = await self._engine.take(self._name, offers, self._lease)
        self._share = takings.share
        for offer, result in zip(offers, takings.results, strict=True):
            if isinstance(result, Taken):
                self._start(result, tasks)
            elif result is not None:
                # This job alone. If everything is refused, the next heartbeat is too.
                _log.error("the job %s cannot be taken: %s", offer.job, result)

    def _start(self, taken: Taken, tasks: Tasks) -> None:
        self._is_late = self._engine_time() - taken.queued > WAITED_LONG
        run = JobRun(
            engine=self._engine,
            client=self._client,
            registration=self._agents[taken.job.agent],
            taken=taken,
            handover_after=self._handover_after,
            starting=self._moving if taken.peers else self._starting,
            metrics=self._metrics,
        )
        self._runs[taken.job] = run
        self._load += run.registration.weight
        if self._draining.is_set():
            run.leave()
        tasks.start(partial(self._run, run))

    def _engine_time(self) -> float:
        """Return the engine's time, without asking."""
        return anyio.current_time() + self._engine_ahead

    async def _next_offers(self) -> list[Offer]:
        agents = self._fitting()
        heaviest = max(self._agents[name].weight for name in agents)
        free = (self._capacity - self.load) // heaviest
        count = max(1, min(READ_AT_ONCE, self._share, free))
        self._share, self._is_late = 1, False
        with anyio.CancelScope() as self._reading:
            if not self._draining.is_set():
                return await self._engine.next_offers(self._name, agents, count, READ_SECONDS)
        return []

    async def _run(self, run: JobRun) -> None:
        try:
            await run.run()
        finally:
            self._load -= run.registration.weight
            # By the run: the job may have gone to another worker and come back.
            if self._runs.get(run.key) is run:
                del self._runs[run.key]
            self._changed.notify()
