"""The engine in the memory of one process, for tests and for a fleet of one."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import islice

from anyio.lowlevel import checkpoint

from fishjam.clock._system import AsyncClock
from fishjam.errors import FishjamError
from fishjam.fleet._engine import HEALTHY, MAX_FAILURES, PENDING, PLAIN, Request
from fishjam.fleet._jobs import Beat, JobKey, JobState, Offer, Taken, Takings
from fishjam.fleet._memory_events import MemoryEvents
from fishjam.fleet._memory_jobs import JobTable, Queue, StoredJob, StoredWorker


class MemoryEngine(MemoryEvents):
    """The engine of one process and one event loop.

    Args:
        clock: tells the time, and how long to wait for something.
    """

    def __init__(self, clock: AsyncClock | None = None) -> None:
        super().__init__(clock)
        self._jobs = JobTable()
        self._workers: dict[str, StoredWorker] = {}
        self._queues: dict[str, Queue] = {}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Use the engine for the length of a block."""
        await checkpoint()
        yield

    async def dispatch(self, job: JobKey, request: Request = PLAIN) -> bool:
        """Ask for a job."""
        await checkpoint()
        found = self._jobs.get(job)
        is_new = found is None
        if found is None:
            found = self._jobs.add(StoredJob(job, self._now()))
        found.is_visited = found.is_visited or request.is_visited
        if found.is_held and not request.by_hand:
            return False
        found.is_held = False
        if found.stop == "1":
            found.stop = ""
            self._unstop(found)
            return True
        is_over = found.state == "stopped" or (request.again and found.state in ("done", "failed"))
        if not is_new and found.stop != "2" and not is_over:
            return False
        found.data, found.max_wait = request.data, request.max_wait
        found.partition, found.notice = request.partition, request.notice
        if found.stop == "2":
            found.again = True
        else:
            self._begin(found)
        return True

    async def visit(self, job: JobKey) -> bool:
        """Note that users were there."""
        await checkpoint()
        found = self._jobs.get(job)
        if found is not None:
            found.is_visited = True
        return found is not None

    async def next_offers(
        self, worker: str, agents: Sequence[str], count: int, seconds: float
    ) -> list[Offer]:
        """Wait for jobs."""
        return await self._wait(partial(self._hand_out, worker, agents, count), seconds)

    async def give_back(self, offer: Offer) -> None:
        """Hand a job out again."""
        await checkpoint()
        self._give_back(offer)

    async def take(self, worker: str, offers: Sequence[Offer], quiet: float = 0.0) -> Takings:
        """Become the owner of jobs."""
        await checkpoint()
        results = tuple(self._take(worker, offer) for offer in offers)
        queues = [self._queue(agent) for agent in {offer.job.agent for offer in offers}]
        waiting = sum(len(queue.waiting) + len(queue.pending) for queue in queues)
        return Takings(results, math.ceil(waiting / max(1, len(self._workers))))

    def _take(self, worker: str, offer: Offer) -> Taken | None:
        owner = self._workers.get(worker)
        job = self._jobs.get(offer.job)
        if owner is None:
            self._give_back(offer)
            return None
        is_repeated = (
            job is not None
            and job.state == "running"
            and job.worker == worker
            and job.last == offer.message
        )
        if job is None or not is_repeated:
            queue = self._queue(offer.job.agent)
            queue.pending.pop(offer.message, None)
            queue.waiting.pop(offer.message, None)
            if job is None or job.message != offer.message:
                return None
            self._own(job, worker, owner, self._new_epoch(job.epoch))
            job.message, job.last = None, offer.message
        return Taken(
            job.key, job.epoch, job.peers, job.data, job.saved, job.asked, job.failures, job.at
        )

    async def record(
        self,
        job: JobKey,
        epoch: str,
        *,
        peers: Sequence[str] | None = None,
        saved: str | None = None,
    ) -> bool:
        """Write down peers, or what was saved."""
        await checkpoint()
        found = self._current(job, epoch)
        if found is None:
            return False
        if peers is not None:
            found.peers = tuple(peers)
        elif saved is not None:
            found.saved = saved
        else:
            found.started = self._now()
        return True

    async def finish(self, job: JobKey, epoch: str) -> bool:
        """Say that a job is done."""
        await checkpoint()
        found = self._current(job, epoch)
        if found is None:
            return False
        if found.finished == epoch:
            return True
        found.finished = epoch
        if found.again:
            self._begin(found)
        elif found.stop:
            self._settle(found)
        else:
            self._unqueue(found)
            self._leave(found)
            found.state = "done"
        return True

    async def offer(
        self,
        job: JobKey,
        epoch: str,
        *,
        failure: str | None = None,
        delay: float = 0.0,
        tries: int = MAX_FAILURES,
    ) -> bool:
        """Give a job to others."""
        await checkpoint()
        found = self._current(job, epoch)
        if found is None:
            return False
        if failure is None:
            if found.state == "running" and not found.stop:
                self._announce(found, "offered")
            return True
        if found.given == epoch:
            return True
        found.given = epoch
        if found.stop and not found.again:
            self._settle(found)
            return True
        found.again, found.stop = False, ""
        self._unqueue(found)
        self._leave(found)
        found.error = failure or "failed"
        ran_well = found.started is not None and self._now() - found.started >= HEALTHY
        found.failures = 1 if ran_well else found.failures + 1
        if found.failures >= tries:
            found.state = "failed"
        else:
            found.state, found.due = "waiting", self._now() + delay
        return True

    async def stop(
        self, job: JobKey, before: float | None = None, *, by_hand: bool = False
    ) -> bool:
        """End a job."""
        await checkpoint()
        found = self._jobs.get(job)
        if found is None or (before is not None and found.asked >= before):
            return False
        if by_hand and found.state == "stopped":
            return False
        found.is_held = by_hand
        if found.worker is None:
            self._settle(found)
            return True
        found.again = False
        if found.state == "offered":
            self._unqueue(found)
            found.state = "running"
        found.stop = found.stop or "1"
        self._workers[found.worker].stops[job] = None
        return True

    async def forget(self, job: JobKey) -> bool:
        """Drop a job."""
        await checkpoint()
        found = self._jobs.get(job)
        if found is None:
            return False
        self._forget(found)
        return True

    async def now(self) -> float:
        """Return the time."""
        await checkpoint()
        return self._now()

    async def beat(
        self, worker: str, lease: float, info: str = "", *, fullness: float = 0.0, server: str = ""
    ) -> Beat:
        """Send a heartbeat."""
        await checkpoint()
        now = self._now()
        is_known = worker in self._workers
        found = self._workers.setdefault(worker, StoredWorker(now))
        found.until, found.info, found.fullness = now + lease, info, fullness
        for key in found.stops:
            self._jobs[key].stop = "2"
        owned = () if is_known and server == self._run_id else tuple(found.owned)
        emptiest = min(each.fullness for each in self._workers.values())
        # What is in this process is never lost without it, so that no worker has to be waited for.
        stops = tuple(found.stops)
        return Beat(
            is_known, math.inf, now, self._run_id, stops, owned, found.is_to_drain, emptiest
        )

    async def drain(self, worker: str) -> bool:
        """Ask a worker to end."""
        await checkpoint()
        found = self._workers.get(worker)
        if found is None:
            return False
        found.is_to_drain = True
        return True

    async def keep(self, worker: str, jobs: Sequence[Taken]) -> list[bool | FishjamError]:
        """Write jobs down once more."""
        await checkpoint()
        return [self._keep(worker, taken) for taken in jobs]

    def _keep(self, worker: str, taken: Taken) -> bool:
        owner = self._workers.get(worker)
        if owner is None:
            return False
        job = self._jobs.get(taken.job)
        if job is None:
            job = self._jobs.add(StoredJob(taken.job, taken.asked))
        elif job.epoch > taken.epoch or job.finished == taken.epoch:
            return False
        elif job.epoch == taken.epoch and job.worker == worker:
            return True
        self._unqueue(job)
        job.data, job.peers, job.saved = taken.data, taken.peers, taken.saved
        job.asked, job.given = taken.asked, ""
        self._own(job, worker, owner, taken.epoch)
        if job.stop:
            owner.stops[job.key] = None
        return True

    async def disown(self, worker: str, job: JobKey) -> bool:
        """Hand out what is not the worker's."""
        await checkpoint()
        found = self._jobs.get(job)
        if found is None or found.worker != worker:
            return False
        self._give_up(found)
        return True

    async def reap(self, pending: float = PENDING, dead: str = "") -> list[JobKey]:
        """Hand out the jobs of dead workers."""
        await checkpoint()
        now = self._now()
        moved: list[JobKey] = []
        for name, worker in list(self._workers.items()):
            if name == dead if dead else worker.until <= now:
                moved += [key for key in list(worker.owned) if self._give_up(self._jobs[key])]
                del self._workers[name]
        for job in self._jobs.values():
            if job.state == "waiting" and job.due is not None and job.due <= now:
                self._enqueue(job)
        for job in list(self._jobs.values()):
            if job.expiry is not None and job.expiry <= now:
                self._expire(job)
        for queue in self._queues.values():
            for message, (key, worker_name, since) in list(queue.pending.items()):
                if worker_name not in self._workers or now - since >= pending:
                    moved += self._hand_out_again(queue, message, key)
        return moved

    async def peers_beside(self, job: JobKey) -> set[str]:
        """Return what other jobs of the room have written down."""
        await checkpoint()
        beside = (other for other in self._jobs.of_room(job.room_id) if other.key != job)
        return {peer for other in beside for peer in other.peers}

    async def room(self, room_id: str) -> tuple[float, list[JobState]]:
        """Return the time, and the states of the jobs of a room."""
        now = self._now()
        return now, await self.jobs(room_id)

    async def job(self, job: JobKey) -> JobState | None:
        """Return the state of a job."""
        await checkpoint()
        found = self._jobs.get(job)
        return None if found is None else found.state_for_people

    async def jobs(self, room_id: str | None = None) -> list[JobState]:
        """Return the states of jobs."""
        await checkpoint()
        jobs = self._jobs.values() if room_id is None else self._jobs.of_room(room_id)
        states = [job.state_for_people for job in jobs]
        return sorted(states, key=lambda state: str(state.job))

    async def workers(self) -> dict[str, str]:
        """Return the workers that count as alive."""
        await checkpoint()
        return {name: worker.info for name, worker in self._workers.items()}

    async def oldest(self, agent: str) -> float:
        """Return how long the first job has waited."""
        await checkpoint()
        queue = self._queue(agent)
        keys = [*queue.waiting.values(), *(key for key, _, _ in queue.pending.values())]
        now = self._now()
        return max((now - self._jobs[key].at for key in keys), default=0.0)

    async def backlog(self, agent: str) -> int:
        """Return how many jobs wait."""
        await checkpoint()
        queue = self._queue(agent)
        return len(queue.waiting) + len(queue.pending)

    def _queue(self, agent: str) -> Queue:
        return self._queues.setdefault(agent, Queue())

    def _current(self, job: JobKey, epoch: str) -> StoredJob | None:
        found = self._jobs.get(job)
        return found if found is not None and found.epoch == epoch else None

    def _unqueue(self, job: StoredJob) -> None:
        if job.message is not None:
            queue = self._queue(job.key.agent)
            queue.waiting.pop(job.message, None)
            queue.pending.pop(job.message, None)
        job.message = job.due = None

    def _unstop(self, job: StoredJob) -> None:
        for worker in self._workers.values():
            worker.stops.pop(job.key, None)

    def _leave(self, job: StoredJob) -> None:
        if job.worker is not None:
            self._unstop(job)
            self._workers[job.worker].owned.pop(job.key, None)
        job.worker = None

    def _forget(self, job: StoredJob) -> None:
        self._unqueue(job)
        self._leave(job)
        self._jobs.remove(job.key)

    def _announce(self, job: StoredJob, state: str) -> None:
        self._unqueue(job)
        job.message = self._next_message()
        self._queue(job.key.agent).waiting[job.message] = job.key
        job.state, job.at = state, self._now()
        self._news.notify()

    def _enqueue(self, job: StoredJob) -> None:
        self._leave(job)
        self._announce(job, "queued")

    def _begin(self, job: StoredJob) -> None:
        """Begin a job for the first time, or again."""
        now = self._now()
        job.again, job.stop, job.error = False, "", None
        job.failures, job.saved, job.asked = 0, "", now
        self._enqueue(job)
        job.expiry = now + job.max_wait if job.max_wait else None

    def _settle(self, job: StoredJob) -> None:
        """End a job that was to stop; one that was stopped by hand stays known."""
        if not job.is_held:
            self._forget(job)
            return
        self._unqueue(job)
        self._leave(job)
        job.again, job.stop, job.expiry, job.state = False, "", None, "stopped"

    def _expire(self, job: StoredJob) -> None:
        self._forget(job)
        if job.notice:
            self._write(job.partition, job.notice)

    def _own(self, job: StoredJob, name: str, worker: StoredWorker, epoch: str) -> None:
        self._leave(job)
        job.state, job.worker, job.epoch = "running", name, epoch
        job.expiry = job.started = None
        worker.owned[job.key] = None

    def _give_up(self, job: StoredJob) -> bool:
        """Hand out a job of a worker that does not have it any more; False if it ends instead."""
        if job.stop and not job.again:
            self._settle(job)
            return False
        job.again, job.stop = False, ""
        if job.state == "offered":
            self._leave(job)
            job.state = "queued"
        else:
            self._enqueue(job)
        return True

    def _hand_out(self, worker: str, agents: Sequence[str], count: int) -> list[Offer]:
        offers: list[Offer] = []
        for agent in agents:
            queue = self._queue(agent)
            for message in list(islice(queue.waiting, count - len(offers))):
                key = queue.waiting.pop(message)
                queue.pending[message] = key, worker, self._now()
                offers.append(Offer(message, key))
        return offers

    def _give_back(self, offer: Offer) -> None:
        job = self._jobs.get(offer.job)
        if job is not None and job.message == offer.message:
            self._announce(job, job.state)

    def _hand_out_again(self, queue: Queue, message: str, key: JobKey) -> list[JobKey]:
        del queue.pending[message]
        job = self._jobs[key]
        self._announce(job, job.state)
        return [key]
