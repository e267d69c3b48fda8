"""A worker: its heartbeats, what it reads, and what it does after its engine was away."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from attrs import define, evolve, field

from fishjam import AsyncFishjamClient
from fishjam._concurrency.loop import background
from fishjam.agent import AgentSession
from fishjam.emulator import Emulator
from fishjam.errors import FishjamError
from fishjam.fleet import (
    EngineRefusedError,
    EngineUnavailableError,
    Fleet,
    Job,
    JobDataError,
    JobKey,
)
from fishjam.fleet._jobs import Beat, Offer, Taken, Takings
from fishjam.fleet._memory import MemoryEngine
from fishjam.fleet._metrics import Metrics
from fishjam.fleet._registration import AgentRegistration
from fishjam.fleet._worker import Worker
from tests.fleet.taking import take_one
from tests.fleet.waiting import until

pytestmark = pytest.mark.anyio

LEASE = 0.3
LONG = 100.0


class ControlledEngine(MemoryEngine):
    """An engine that can be cut off, be another one, and refuse single jobs."""

    def __init__(self) -> None:
        super().__init__()
        self.is_cut_off = False
        self.refused: set[JobKey] = set()
        self.is_answer_lost = False
        self.beats = 0
        self.counts: list[int] = []
        self.offered: list[Offer] = []
        self.given_back: list[Offer] = []
        self.before_take = anyio.Event()
        self.before_take.set()
        self.after_read = anyio.Event()
        self.after_read.set()
        self.takes = 0
        self.changes: dict[str, Any] = {}

    async def beat(
        self, worker: str, lease: float, info: str = "", *, fullness: float = 0.0, server: str = ""
    ) -> Beat:
        self.beats += 1
        await self._reach(worker)
        beat = await super().beat(worker, lease, info, fullness=fullness, server=server)
        return evolve(beat, **self.changes)

    async def next_offers(
        self, worker: str, agents: Sequence[str], count: int, seconds: float
    ) -> list[Offer]:
        self.counts.append(count)
        await self._reach(worker)
        offers = await super().next_offers(worker, agents, count, seconds)
        self.offered += offers
        await self.after_read.wait()
        return offers

    async def take(self, worker: str, offers: Sequence[Offer], quiet: float = 0.0) -> Takings:
        self.takes += 1
        await self.before_take.wait()
        await self._reach(worker)
        takings = await super().take(worker, offers, quiet)
        if self.is_answer_lost:
            self.is_answer_lost = False
            raise EngineUnavailableError("the answer is lost")
        results = [
            JobDataError("another version") if offer.job in self.refused else result
            for offer, result in zip(offers, takings.results, strict=True)
        ]
        return evolve(takings, results=tuple(results))

    async def keep(self, worker: str, jobs: Sequence[Taken]) -> list[bool | FishjamError]:
        if self.is_answer_lost:
            self.is_answer_lost = False
            raise EngineUnavailableError("the answer is lost")
        return [
            EngineRefusedError("spoilt") if taken.job in self.refused else result
            for taken, result in zip(jobs, await super().keep(worker, jobs), strict=True)
        ]

    async def disown(self, worker: str, job: JobKey) -> bool:
        if job in self.refused:
            raise EngineRefusedError("spoilt")
        return await super().disown(worker, job)

    async def give_back(self, offer: Offer) -> None:
        self.given_back.append(offer)
        await super().give_back(offer)

    async def _reach(self, worker: str) -> None:
        if self.is_cut_off and worker == "one":
            await anyio.sleep(0.01)
            raise EngineUnavailableError("cut off")


@define
class Play:
    """An engine, rooms, and what handlers were called for."""

    emulator: Emulator
    client: AsyncFishjamClient
    engine: ControlledEngine = field(factory=ControlledEngine)
    draining: anyio.Event = field(factory=anyio.Event)
    jobs: list[Job] = field(factory=list)
    losses: list[str] = field(factory=list)

    async def handle(self, job: Job, session: AgentSession) -> None:
        self.jobs.append(job)
        async for _ in session:
            pass

    @asynccontextmanager
    async def working(self, *, capacity: int = 10, **weights: int) -> AsyncIterator[Worker]:
        agents = {
            name: AgentRegistration(name=name, handler=self.handle, weight=weight)
            for name, weight in (weights or {"assistant": 1}).items()
        }
        worker = Worker(
            self.engine,
            self.client,
            agents,
            name="one",
            capacity=capacity,
            lease=LEASE,
            handover_after=0.0,
            draining=self.draining,
            metrics=Metrics(LEASE),
            on_loss=lambda: self.losses.append("loss"),
        )
        async with background(worker.run):
            yield worker

    async def dispatch(self, count: int = 1, agent: str = "assistant") -> list[JobKey]:
        rooms = [(await self.client.create_room()).id for _ in range(count)]
        for room in rooms:
            await self.engine.dispatch(JobKey(room, agent))
        return [JobKey(room, agent) for room in rooms]

    async def until_beats(self, count: int = 2) -> None:
        beats = self.engine.beats
        await until(lambda: self.engine.beats >= beats + count)


@pytest.fixture
async def play(emulator: Emulator) -> AsyncIterator[Play]:
    async with AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        yield Play(emulator, client)


async def test_a_worker_never_runs_more_than_fits(play: Play) -> None:
    await play.dispatch(2, "heavy")
    await play.dispatch(3, "light")
    async with play.working(capacity=5, heavy=3, light=1) as worker:
        await until(lambda: len(play.jobs) >= 3)
        await play.until_beats()
        assert worker.load <= 5
        for state in await play.engine.jobs():
            await play.engine.stop(state.job)
        await until(lambda: worker.load == 0)


async def test_a_worker_that_is_late_reads_many_at_once(play: Play) -> None:
    await play.dispatch(8)
    await anyio.sleep(0.06)
    async with play.working():
        await until(lambda: len(play.jobs) == 8)
    assert max(play.engine.counts) > 1


async def test_a_worker_out_of_touch_goes_on_and_comes_back(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fishjam.fleet._worker.READ_SECONDS", 0.05)
    await play.dispatch()
    async with play.working():
        await until(lambda: play.jobs)
        play.engine.is_cut_off = True
        await play.until_beats(3)
        await play.dispatch()
        await play.until_beats()
        assert len(play.jobs) == 1
        play.engine.is_cut_off = False
        await until(lambda: len(play.jobs) == 2)
    assert play.losses == []


async def test_an_engine_that_went_back_in_time(play: Play) -> None:
    """It knows less: what runs is kept, what it believes to be here is handed out."""
    [job] = await play.dispatch()
    async with play.working():
        await until(lambda: play.jobs)
        mistaken, spoilt = JobKey("room", "other"), JobKey("spoilt", "other")
        play.engine.refused = {spoilt}
        await play.engine.dispatch(mistaken)
        [offer] = await play.engine.next_offers("one", ["other"], 1, 5)
        assert await take_one(play.engine, "one", offer)
        play.engine.changes = {"run_id": "another", "owned": (job, mistaken, spoilt)}
        await until(lambda: play.losses)
        play.engine.changes = {"run_id": "another"}
        states = {state.job: state.state for state in await play.engine.jobs()}
        assert states == {job: "running", mistaken: "queued"}
    assert len(play.jobs) == 1


async def test_what_runs_is_kept_though_the_engine_was_gone_once_more(play: Play) -> None:
    [job] = await play.dispatch()
    async with play.working():
        await until(lambda: play.jobs)
        play.engine.is_answer_lost = True
        await play.engine.forget(job)
        play.engine.changes = {"run_id": "another"}
        await until(lambda: play.losses)
        assert [state.state for state in await play.engine.jobs()] == ["running"]
    assert not play.engine.is_answer_lost


async def test_a_job_that_another_has_meanwhile_is_dropped(play: Play) -> None:
    await play.dispatch()
    # Without a place for a second job, it does not take its own again.
    async with play.working(capacity=1) as worker:
        await until(lambda: play.jobs)
        # It counted as dead, and another took its job before it could say otherwise.
        play.engine.is_cut_off = True
        await play.until_beats()
        await play.engine.reap(dead="one")
        await play.engine.beat("two", 100)
        [offer] = await play.engine.next_offers("two", ["assistant"], 1, 5)
        assert await take_one(play.engine, "two", offer)
        play.engine.is_cut_off = False
        await until(lambda: play.losses and worker.load == 0)
        assert [state.worker for state in await play.engine.jobs()] == ["two"]


async def test_jobs_that_cannot_be_kept_or_taken_cost_the_others_nothing(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    spoilt, job = await play.dispatch(2)
    async with play.working():
        await until(lambda: len(play.jobs) == 2)
        play.engine.refused = {spoilt}
        play.engine.changes = {"run_id": "another"}
        await until(lambda: play.losses)
        [unknown, known] = await play.dispatch(2)
        play.engine.refused = {unknown}
        await until(lambda: known.room_id in [each.room_id for each in play.jobs])
    assert f"the job {spoilt} cannot be kept: spoilt" in caplog.text
    assert "cannot be taken: another version" in caplog.text
    assert job.room_id in [each.room_id for each in play.jobs]


async def test_what_was_read_just_before_a_loss_is_given_back(play: Play) -> None:
    async with play.working():
        await until(lambda: play.engine.counts)
        # While it reads, it learns that it may not take any.
        play.engine.after_read = anyio.Event()
        await play.dispatch(2)
        play.engine.changes = {"run_id": "another", "age": 0.0}
        await until(lambda: play.losses)
        play.engine.after_read.set()
        await until(lambda: play.engine.given_back)
        play.engine.changes = {"run_id": "another"}
        await until(lambda: len(play.jobs) == 2)


async def test_what_was_taken_without_an_answer_runs_all_the_same(play: Play) -> None:
    async with play.working():
        await until(lambda: play.engine.counts)
        play.engine.is_answer_lost = True
        await play.dispatch()
        await until(lambda: play.jobs)
    assert not play.engine.is_answer_lost


async def test_a_job_that_is_gone_before_it_is_taken(play: Play) -> None:
    async with play.working():
        play.engine.after_read = anyio.Event()
        [gone] = await play.dispatch()
        await until(lambda: play.engine.offered)
        await play.engine.forget(gone)
        play.engine.after_read.set()
        [job] = await play.dispatch()
        await until(lambda: play.jobs)
        assert [each.key for each in play.jobs] == [job]


async def test_a_worker_that_takes_its_own_job_runs_it_once(play: Play) -> None:
    await play.dispatch()
    async with play.working() as worker:
        await until(lambda: play.jobs)
        await play.jobs[0].hand_over()
        await until(lambda: len(play.jobs) == 2 and worker.load == 1)
        [state] = await play.engine.jobs()
        assert (state.state, state.worker) == ("running", "one")


async def test_a_drain_that_begins_out_of_touch(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fishjam.fleet._worker.READ_SECONDS", 0.05)
    await play.dispatch()
    async with play.working():
        await until(lambda: play.jobs)
        play.engine.is_cut_off = True
        await play.until_beats(3)
        play.draining.set()
        play.engine.is_cut_off = False
        await play.dispatch()
        await play.until_beats(3)
        assert len(play.jobs) == 1


async def test_a_worker_waits_for_an_emptier_one(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fishjam.fleet._worker.POLITENESS", 1000.0)
    # On a busy machine the jobs wait for longer than that anyway.
    monkeypatch.setattr("fishjam.fleet._worker.WAITED_LONG", 1000.0)
    await play.dispatch(2)
    await play.engine.beat("two", LONG, fullness=0.1)
    async with play.working(capacity=2):
        await until(lambda: play.jobs)
        await play.until_beats(2)
        assert len(play.jobs) == 1


async def test_equally_full_workers_do_not_wait(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fishjam.fleet._worker.POLITENESS", 1000.0)
    await play.dispatch(2)
    play.engine.changes = {"emptiest": 1.0}
    async with play.working(capacity=2):
        await until(lambda: len(play.jobs) == 2)


async def test_a_young_engine_is_left_alone_for_a_lease(play: Play) -> None:
    """Others may run what it has forgotten."""
    play.engine.changes = {"age": 0.0}
    await play.dispatch()
    async with play.working():
        await play.until_beats(4)
        assert play.jobs == []
        play.engine.changes = {}
        await until(lambda: play.jobs)


async def test_a_stop_of_a_job_that_is_not_here(play: Play) -> None:
    play.engine.changes = {"stops": (JobKey("room", "assistant"),)}
    async with play.working():
        await play.until_beats(2)


@pytest.mark.parametrize("roles", ["agents", [], ["agents", "other"]])
async def test_roles_that_are_none(roles: Any) -> None:
    fleet = Fleet("memory://", fishjam_id="id", management_token="token")
    with pytest.raises(ValueError, match="roles="):
        await fleet.run(roles=roles)


async def test_an_operator_drains_a_worker(play: Play) -> None:
    await play.dispatch()
    async with play.working() as worker:
        await until(lambda: play.jobs)
        assert await play.engine.drain("one")
        await until(play.jobs[0].leaving.is_set)
        await until(play.jobs[0].handed_over.is_set)
        assert worker.load == 1


async def test_a_job_that_comes_with_the_drain_leaves_at_once(play: Play) -> None:
    await play.dispatch()
    async with play.working():
        await until(lambda: play.jobs)
        play.engine.before_take = anyio.Event()
        takes = play.engine.takes
        await play.dispatch()
        await until(lambda: play.engine.takes > takes)
        play.draining.set()
        await anyio.sleep(0.05)
        play.engine.before_take.set()
        await until(lambda: len(play.jobs) == 2)
        assert play.jobs[1].leaving.is_set()


@pytest.mark.parametrize("capacity", [1, 2])
async def test_a_capacity_below_a_weight(capacity: int) -> None:
    fleet = Fleet("memory://", fishjam_id="id", management_token="token")

    @fleet.agent("heavy", weight=3)
    async def heavy(job: Job, session: AgentSession) -> None:
        raise NotImplementedError

    with pytest.raises(ValueError, match="less than the weight of an agent"):
        await fleet.run(capacity=capacity)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"name": ""}, "use up to 64 letters"),
        ({"name": "a b"}, "use up to 64 letters"),
        ({"name": 5}, "use up to 64 letters"),
        ({"start": "later"}, "start='later': use one of first_peer, room, peer, manual"),
        ({"stop": "never"}, "stop='never'"),
        ({"linger": -1}, "linger=-1"),
        ({"linger": float("nan")}, "linger=nan"),
        ({"weight": 0}, "weight=0"),
        ({"weight": 1.5}, "weight=1.5"),
        ({"weight": True}, "weight=True"),
    ],
)
def test_agents_that_cannot_be(options: dict[str, Any], error: str) -> None:
    fleet = Fleet("memory://", fishjam_id="id", management_token="token")
    name = options.pop("name", "assistant")
    with pytest.raises(ValueError, match=error):
        fleet.agent(name, **options)(handle)


async def handle(job: Job, session: AgentSession) -> None:
    raise NotImplementedError


def test_a_name_is_given_once_and_to_functions() -> None:
    fleet = Fleet("memory://", fishjam_id="id", management_token="token")
    fleet.agent("assistant")(handle)
    with pytest.raises(ValueError, match="there is one of that name already"):
        fleet.agent("assistant")(handle)
    other: Any = "text"
    with pytest.raises(TypeError, match="is not a handler"):
        fleet.agent("other")(other)


@pytest.mark.parametrize(
    "options",
    [{"namespace": ""}, {"namespace": "a{b}"}, {"lease": 0.01}, {"lease": float("nan")}],
)
def test_fleets_that_cannot_be(options: dict[str, Any]) -> None:
    [name] = options
    with pytest.raises(ValueError, match=f"{name}="):
        Fleet("memory://", fishjam_id="id", management_token="token", **options)
