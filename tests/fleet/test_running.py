"""One job on its worker: what may go wrong at its start, meanwhile and at its end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import anyio
import pytest
from attrs import define, evolve, field

from fishjam import AsyncFishjamClient
from fishjam._concurrency.loop import background
from fishjam.agent import AgentSession
from fishjam.emulator import Emulator
from fishjam.errors import NotFoundError
from fishjam.fleet import EngineRefusedError, Job, JobKey, JobMovedError
from fishjam.fleet._memory import MemoryEngine
from fishjam.fleet._metrics import Metrics
from fishjam.fleet._registration import AgentRegistration
from fishjam.fleet._running import JobRun
from fishjam.options import RoomOptions
from tests.fleet.taking import take_one
from tests.fleet.waiting import until
from tests.support.cancelled import fail_in_a_task_group

pytestmark = pytest.mark.anyio

LONG = 1000.0


class RefusingEngine(MemoryEngine):
    """An engine that refuses some steps, as one does whose keys somebody has spoilt."""

    refused: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()

    async def record(self, job: JobKey, epoch: str, **fields: Any) -> bool:
        name = next(iter(fields), "started")
        self._refuse(name)
        return name not in self.moved and await super().record(job, epoch, **fields)

    async def offer(self, job: JobKey, epoch: str, **fields: Any) -> bool:
        self._refuse("offer")
        return "offer" not in self.moved and await super().offer(job, epoch, **fields)

    def _refuse(self, name: str) -> None:
        if name in self.refused:
            raise EngineRefusedError("spoilt")


@define
class Play:
    """A room with a job in it, taken by a worker."""

    emulator: Emulator
    client: AsyncFishjamClient
    engine: RefusingEngine = field(factory=RefusingEngine)
    metrics: Metrics = field(factory=lambda: Metrics(5.0))
    jobs: list[Job] = field(factory=list)

    async def room(self, **options: Any) -> str:
        return (await self.client.create_room(RoomOptions(**options))).id

    async def take(
        self,
        room: str,
        handler: Callable[[Job, AgentSession], Awaitable[None]] | None = None,
        *,
        exclusive: bool = True,
        agent: str = "assistant",
        **known: Any,
    ) -> JobRun:
        await self.engine.dispatch(JobKey(room, agent))
        await self.engine.beat("one", LONG)
        [offer] = await self.engine.next_offers("one", [agent], 1, 5)
        taken = await take_one(self.engine, "one", offer)
        assert taken is not None
        return JobRun(
            engine=self.engine,
            client=self.client,
            registration=AgentRegistration(
                name=agent, handler=handler or self.listen, exclusive=exclusive
            ),
            taken=evolve(taken, **known),
            handover_after=0.0,
            starting=anyio.CapacityLimiter(1),
            metrics=self.metrics,
        )

    async def listen(self, job: Job, session: AgentSession) -> None:
        self.jobs.append(job)
        async for _ in session:
            pass

    async def states(self) -> list[tuple[str, int, str | None]]:
        return [(job.state, job.failures, job.error) for job in await self.engine.jobs()]

    async def agents(self, room: str) -> list[str]:
        peers = (await self.client.get_room(room)).peers
        return [peer.id for peer in peers]


@pytest.fixture
async def play(emulator: Emulator) -> AsyncIterator[Play]:
    async with AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        yield Play(emulator, client)


async def test_a_room_that_fishjam_does_not_know(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    await (await play.take("nowhere")).run()
    assert await play.states() == [("failed", 1, "Fishjam does not know the room")]
    [line] = [record for record in caplog.records if record.name == "fishjam"]
    text = "the job nowhere|assistant will not start: Fishjam does not know the room nowhere; "
    assert line.getMessage().startswith(text)
    assert line.levelname == "WARNING"
    assert play.metrics.failed == 0


async def test_the_room_of_a_job_that_has_been_tried_is_gone(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    leftovers: tuple[dict[str, Any], ...] = ({"failures": 1}, {"peers": ("old",)})
    for number, known in enumerate(leftovers):
        await (await play.take(f"gone {number}", **known)).run()
    assert await play.states() == []
    assert [record for record in caplog.records if record.name == "fishjam"] == []


async def test_a_full_room_is_freed_of_the_earlier_agent(play: Play) -> None:
    room = await play.room(max_peers=1)
    old = await play.client.create_agent(room)
    run = await play.take(room, exclusive=False, peers=(old.id, "long-gone"))
    async with background(run.run):
        await until(lambda: play.jobs)
        assert old.id not in await play.agents(room)
        assert run.state == "running"


async def test_a_room_that_is_full_of_others(play: Play) -> None:
    room = await play.room(max_peers=1)
    await play.client.create_peer(room)
    await (await play.take(room)).run()
    assert await play.states() == [("waiting", 1, "ConflictError")]


async def test_what_else_is_in_the_room_is_left_over_unless_a_job_has_it(play: Play) -> None:
    room = await play.room()
    stranger = await play.client.create_agent(room)
    beside = await play.client.create_agent(room)
    other = await play.take(room, agent="other")
    assert await play.engine.record(other.key, other.taken.epoch, peers=[beside.id])
    async with background((await play.take(room)).run):
        await until(lambda: play.jobs)
        agents = await play.agents(room)
        assert beside.id in agents
        assert stranger.id not in agents


async def test_fishjam_that_fails_for_a_while_is_asked_again(play: Play) -> None:
    room = await play.room()
    # More than the client tries by itself.
    play.emulator.fail_next(503, operation="get_room", times=8)
    async with background((await play.take(room)).run):
        await until(lambda: play.jobs)


async def test_a_job_that_moves_while_it_starts(play: Play) -> None:
    room = await play.room()
    play.engine.moved = ("peers",)
    await (await play.take(room)).run()
    assert await play.agents(room) == []
    assert play.metrics.moved == 1


async def test_data_that_cannot_be_read_fail_at_once(play: Play) -> None:
    await (await play.take(await play.room(), data="{")).run()
    assert await play.states() == [("failed", 1, "The data of the job is not JSON.")]


async def test_something_else_that_is_missing_is_a_failure(play: Play) -> None:
    async def look(job: Job, session: AgentSession) -> None:
        await play.client.get_room("nowhere")

    await (await play.take(await play.room(), look)).run()
    assert await play.states() == [("waiting", 1, NotFoundError.__name__)]


async def test_a_handler_that_is_cancelled_from_inside_is_a_failure(play: Play) -> None:
    """It would take all other jobs of its worker along."""
    await (await play.take(await play.room(), fail_in_a_task_group)).run()
    assert await play.states() == [("waiting", 1, "CallbackCancelledError")]


async def test_a_job_that_is_stopped_before_it_starts(play: Play) -> None:
    room = await play.room()
    run = await play.take(room)
    for _ in range(2):
        await run.stop()
    await run.run()
    assert await play.states() == [("done", 0, None)]
    assert await play.agents(room) == []
    assert play.jobs == []


async def test_a_stop_that_fails_is_tried_again(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    run = await play.take(await play.room())
    async with background(run.run):
        await until(lambda: play.jobs)
        play.emulator.fail_next(401, operation="delete_peer")
        await run.stop()
        assert "could not be ended" in caplog.text
        await run.stop()
        await until(lambda: is_state(play, "done"))


async def is_state(play: Play, state: str) -> bool:
    return [job.state for job in await play.engine.jobs()] == [state]


async def test_an_agent_that_somebody_removes_comes_back(play: Play) -> None:
    room = await play.room()
    async with background((await play.take(room)).run):
        await until(lambda: play.jobs)
        [agent] = await play.agents(room)
        await play.client.delete_peer(room, agent)
        await until(lambda: is_state(play, "waiting"))
    assert await play.states() == [("waiting", 1, "FishjamError")]


async def test_a_room_that_is_deleted_takes_its_job_along(play: Play) -> None:
    room = await play.room()
    async with background((await play.take(room)).run):
        await until(lambda: play.jobs)
        await play.client.delete_room(room)
        await until(lambda: no_jobs(play))


async def no_jobs(play: Play) -> bool:
    return not await play.engine.jobs()


async def test_a_fenced_agent_has_moved(play: Play) -> None:
    room = await play.room()
    async with background((await play.take(room)).run):
        await until(lambda: play.jobs)
        play.engine.moved = ("peers", "saved")
        with pytest.raises(JobMovedError):
            await play.jobs[0].save({})
        [agent] = await play.agents(room)
        await play.client.delete_peer(room, agent)
        await until(lambda: play.metrics.fenced == 1)


async def test_a_handler_that_ends_because_its_job_has_moved(play: Play) -> None:
    async def save(job: Job, session: AgentSession) -> None:
        play.engine.moved = ("saved",)
        await job.save({})

    await (await play.take(await play.room(), save)).run()
    assert await play.states() == [("running", 0, None)]


async def test_an_engine_that_refuses_what_is_told_of_one_job(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(job: Job, session: AgentSession) -> None:
        await anyio.wait_all_tasks_blocked()
        raise LookupError("mine")

    play.engine.refused = ("offer", "started")
    run = await play.take(await play.room(), fail)
    await run.run()
    assert "the start of the job" in caplog.text
    assert "the end of the job" in caplog.text
    assert run.known.peers == ()


async def test_a_handler_hands_its_job_over(play: Play) -> None:
    async def hand_over(job: Job, session: AgentSession) -> None:
        await job.save({"a": 1})
        await job.leaving.wait()
        await job.hand_over()
        play.jobs.append(job)
        async for _ in session:
            pass

    run = await play.take(await play.room(), hand_over)
    run.leave()
    assert run.state == "leaving"
    run.handover_after = LONG
    async with background(run.run):
        await until(lambda: play.jobs)
        assert await is_state(play, "offered")
        assert run.known.saved == '{"a":1}'
        play.engine.moved = ("offer",)
        with pytest.raises(JobMovedError):
            await play.jobs[0].hand_over()


@pytest.mark.parametrize("setting", ["moved", "refused"])
async def test_a_job_that_cannot_be_offered_in_time(play: Play, setting: str) -> None:
    setattr(play.engine, setting, ("offer",))
    run = await play.take(await play.room())
    async with background(run.run):
        await until(lambda: play.jobs)
        run.leave()
        await anyio.sleep(0.1)
        assert await is_state(play, "running")


async def test_a_job_that_another_has_ends_at_once(play: Play) -> None:
    run = await play.take(await play.room())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run.run)
        await until(lambda: play.jobs)
        run.drop()
    assert await play.states() == [("running", 0, None)]
