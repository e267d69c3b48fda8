"""Which agents are wanted: asked for and ended as rooms and users come and go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from fishjam import AsyncFishjamClient
from fishjam._concurrency.loop import background
from fishjam.emulator import Emulator
from fishjam.fleet import EngineUnavailableError, JobKey
from fishjam.fleet import _reconciling as reconciling
from fishjam.fleet._dispatching import Dispatcher
from fishjam.fleet._engine import Leadership, Request
from fishjam.fleet._jobs import UNKNOWN_ROOM
from fishjam.fleet._memory import MemoryEngine
from fishjam.fleet._registration import AgentRegistration
from fishjam.notifier import FishjamNotifier
from fishjam.room import Room
from tests.fleet.taking import take_one
from tests.fleet.waiting import until

pytestmark = pytest.mark.anyio

LEASE = 0.3


class FlakyEngine(MemoryEngine):
    """An engine that can be cut off."""

    is_cut_off = False
    forgets = False
    asked = 0

    async def stop(
        self, job: JobKey, before: float | None = None, *, by_hand: bool = False
    ) -> bool:
        if self.forgets:
            await self.forget(job)
        return await super().stop(job, before, by_hand=by_hand)

    async def visit(self, job: JobKey) -> bool:
        if self.forgets:
            await self.forget(job)
        return await super().visit(job)

    async def lead(self, name: str, id_: str, seconds: float) -> Leadership | None:
        self.asked += 1
        if self.is_cut_off:
            await anyio.lowlevel.checkpoint()
            raise EngineUnavailableError("cut off")
        return await super().lead(name, id_, seconds)


@pytest.fixture
def engine() -> FlakyEngine:
    return FlakyEngine()


@pytest.fixture
async def client(emulator: Emulator) -> AsyncIterator[AsyncFishjamClient]:
    async with AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        yield client


async def never(*_: object) -> None:
    raise NotImplementedError


def agent(name: str = "assistant", **options: Any) -> AgentRegistration:
    return AgentRegistration(name=name, handler=never, **{"linger": 0.0, **options})


@asynccontextmanager
async def dispatching(
    engine: MemoryEngine,
    emulator: Emulator,
    client: AsyncFishjamClient,
    *agents: AgentRegistration,
    name: str = "one",
    lease: float = LEASE,
) -> AsyncIterator[Dispatcher]:
    dispatcher = Dispatcher(
        engine=engine,
        client=client,
        make_notifier=partial(FishjamNotifier, emulator.fishjam_id, emulator.management_token),
        agents={each.name: each for each in agents},
        name=name,
        lease=lease,
    )
    async with background(dispatcher.run):
        yield dispatcher


async def wait_for(engine: MemoryEngine, *jobs: JobKey) -> None:
    """Wait until there are these jobs, and no others."""

    async def is_so() -> bool:
        return {state.job for state in await engine.jobs()} == set(jobs)

    await until(is_so)


async def connect_user(client: AsyncFishjamClient, emulator: Emulator, room: str) -> Any:
    _, token = await client.create_peer(room)
    return emulator.connect_peer(token)


async def test_each_kind_of_start(
    engine: FlakyEngine, emulator: Emulator, client: AsyncFishjamClient
) -> None:
    agents = [
        agent("room", start="room"),
        agent("first", start="first_peer"),
        agent("each", start="peer"),
        agent("manual", start="manual"),
    ]
    async with dispatching(engine, emulator, client, *agents):
        room = (await client.create_room()).id
        await wait_for(engine, JobKey(room, "room"))
        one = await connect_user(client, emulator, room)
        two = await connect_user(client, emulator, room)
        always = [JobKey(room, "room"), JobKey(room, "first")]
        await wait_for(engine, *always, JobKey(room, "each", one.id), JobKey(room, "each", two.id))
        one.leave()
        await wait_for(engine, *always, JobKey(room, "each", two.id))
        two.leave()
        # It is wanted as long as there is a room.
        await wait_for(engine, JobKey(room, "room"))
        await client.delete_room(room)
        await wait_for(engine)


async def test_each_kind_of_stop(
    engine: FlakyEngine, emulator: Emulator, client: AsyncFishjamClient
) -> None:
    agents = [agent(stop, stop=stop) for stop in ("last_peer_left", "room_gone", "manual")]
    async with dispatching(engine, emulator, client, *agents):
        room = (await client.create_room()).id
        user = await connect_user(client, emulator, room)
        await wait_for(engine, *(JobKey(room, each.name) for each in agents))
        user.leave()
        await wait_for(engine, JobKey(room, "room_gone"), JobKey(room, "manual"))
        await client.delete_room(room)
        await wait_for(engine)


async def test_an_agent_lingers_for_users_that_return(
    engine: FlakyEngine, emulator: Emulator, client: AsyncFishjamClient
) -> None:
    async with dispatching(engine, emulator, client, agent(linger=0.4)):
        room = (await client.create_room()).id
        user = await connect_user(client, emulator, room)
        await wait_for(engine, JobKey(room, "assistant"))
        user.leave()
        await anyio.sleep(0.1)
        user = await connect_user(client, emulator, room)
        await anyio.sleep(0.6)
        await wait_for(engine, JobKey(room, "assistant"))
        [state] = await engine.jobs()
        assert not state.is_stopping
        user.leave()
        await wait_for(engine)


async def test_what_people_asked_for_in_an_empty_room_waits_for_users(
    engine: FlakyEngine, emulator: Emulator, client: AsyncFishjamClient
) -> None:
    async with dispatching(engine, emulator, client, agent(start="manual")) as dispatcher:
        room = (await client.create_room()).id
        job = JobKey(room, "assistant")
        await engine.dispatch(job, Request(by_hand=True))
        for _ in range(3):
            dispatcher.ask()
            await anyio.sleep(0.1)
        await wait_for(engine, job)
        (await connect_user(client, emulator, room)).leave()
        await wait_for(engine)


async def test_users_who_came_and_left_before_the_look_count(
    engine: FlakyEngine, emulator: Emulator, client: AsyncFishjamClient
) -> None:
    async with dispatching(engine, emulator, client, agent(start="manual")):
        room = (await client.create_room()).id
        job = JobKey(room, "assistant")
        await engine.dispatch(job, Request(by_hand=True))
        await anyio.to_thread.run_sync(emulator.wait_for_subscribers)
        emulator.delay_next(0.3, operation="get_room")
        (await connect_user(client, emulator, room)).leave()
        await wait_for(engine)


async def test_a_predicate_chooses_rooms_and_may_fail(
    engine: FlakyEngine,
    emulator: Emulator,
    client: AsyncFishjamClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked: list[str] = []

    def fail(room: Room) -> bool:
        asked.append(room.id)
        raise LookupError("mine")

    chosen: set[str] = set()
    agents = [
        agent("failing", start="room", when=fail),
        agent(start="room", when=lambda room: room.id in chosen),
    ]
    async with dispatching(engine, emulator, client, *agents) as dispatcher:
        room = (await client.create_room()).id
        await until(lambda: room in asked)
        await wait_for(engine)
        chosen.add(room)
        dispatcher.ask()
        await wait_for(engine, JobKey(room, "assistant"))
    assert "`when` of the agent failing failed" in caplog.text


async def test_all_rooms_are_looked_at_when_nothing_was_heard(
    engine: FlakyEngine,
    emulator: Emulator,
    client: AsyncFishjamClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reconciling, "SWEEP", 0.1)
    monkeypatch.setattr(reconciling, "YIELD_AFTER", 1)
    rooms = [(await client.create_room()).id for _ in range(3)]
    await engine.dispatch(JobKey("gone", "assistant"))
    await engine.dispatch(JobKey(rooms[0], "assistant"), Request(is_visited=True))
    async with dispatching(engine, emulator, client, agent()):
        # Of the room that is gone, and of one without users.
        await wait_for(engine)
        emulator.drop_connections()
        await connect_user(client, emulator, rooms[1])
        await wait_for(engine, JobKey(rooms[1], "assistant"))


async def test_all_rooms_are_looked_at_after_a_return(
    engine: FlakyEngine, emulator: Emulator, client: AsyncFishjamClient
) -> None:
    async with dispatching(engine, emulator, client, agent()):
        await anyio.to_thread.run_sync(emulator.wait_for_subscribers)
        room = (await client.create_room()).id
        await anyio.sleep(0.2)
        emulator.drop_connections()
        # Nobody hears of this one.
        await connect_user(client, emulator, room)
        await wait_for(engine, JobKey(room, "assistant"))


async def test_a_job_that_is_forgotten_lingers_no_more(
    engine: FlakyEngine, emulator: Emulator, client: AsyncFishjamClient
) -> None:
    async with dispatching(engine, emulator, client, agent(linger=100.0)) as dispatcher:
        room = (await client.create_room()).id
        job = JobKey(room, "assistant")
        user = await connect_user(client, emulator, room)
        await wait_for(engine, job)
        user.leave()
        reconciler = dispatcher._reconciler
        assert reconciler is not None
        await until(lambda: job in reconciler._empty_since)
        await engine.forget(job)
        reconciler.ask()
        await until(lambda: job not in reconciler._empty_since)


async def test_a_job_that_goes_while_its_visitors_are_noted(
    engine: FlakyEngine, emulator: Emulator, client: AsyncFishjamClient
) -> None:
    async with dispatching(engine, emulator, client, agent(start="manual")):
        room = (await client.create_room()).id
        await anyio.to_thread.run_sync(emulator.wait_for_subscribers)
        engine.forgets = True
        await engine.dispatch(JobKey(room, "assistant"), Request(by_hand=True))
        await connect_user(client, emulator, room)
        await wait_for(engine)


async def test_a_job_that_goes_while_it_is_stopped(
    engine: FlakyEngine, emulator: Emulator, client: AsyncFishjamClient
) -> None:
    async with dispatching(engine, emulator, client, agent()):
        room = (await client.create_room()).id
        user = await connect_user(client, emulator, room)
        await wait_for(engine, JobKey(room, "assistant"))
        engine.forgets = True
        user.leave()
        await wait_for(engine)


async def test_a_look_that_fails_is_repeated(
    engine: FlakyEngine,
    emulator: Emulator,
    client: AsyncFishjamClient,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reconciling, "SWEEP", 0.1)
    emulator.fail_next(401, operation="get_all_rooms")
    emulator.fail_next(503, operation="get_all_rooms")
    async with dispatching(engine, emulator, client, agent(start="room")):
        room = (await client.create_room()).id
        await wait_for(engine, JobKey(room, "assistant"))
    assert "looking at rooms failed" in caplog.text


async def test_what_is_done_begins_again_when_the_room_was_empty(
    engine: FlakyEngine, emulator: Emulator, client: AsyncFishjamClient
) -> None:
    async with dispatching(engine, emulator, client, agent()) as dispatcher:
        room = (await client.create_room()).id
        job = JobKey(room, "assistant")
        user = await connect_user(client, emulator, room)
        await wait_for(engine, job)
        await engine.beat("worker", 100)
        [offer] = await engine.next_offers("worker", ["assistant"], 1, 5)
        taken = await take_one(engine, "worker", offer)
        assert taken is not None
        await engine.finish(job, taken.epoch)
        dispatcher.ask()
        await anyio.sleep(0.3)
        assert [state.state for state in await engine.jobs()] == ["done"]
        user.leave()
        await wait_for(engine)
        await connect_user(client, emulator, room)
        await wait_for(engine, job)


async def test_a_room_that_a_worker_did_not_find_is_asked_for_again(
    engine: FlakyEngine, emulator: Emulator, client: AsyncFishjamClient
) -> None:
    async with dispatching(engine, emulator, client, agent(start="room")) as dispatcher:
        job = JobKey((await client.create_room()).id, "assistant")
        await wait_for(engine, job)
        await engine.beat("worker", 100)
        [offer] = await engine.next_offers("worker", ["assistant"], 1, 5)
        taken = await take_one(engine, "worker", offer)
        assert taken is not None
        await engine.offer(job, taken.epoch, failure=UNKNOWN_ROOM, tries=1)
        assert [state.state for state in await engine.jobs()] == ["failed"]
        dispatcher.ask()
        [offer] = await engine.next_offers("worker", ["assistant"], 1, 30)
        assert offer.job == job


async def test_two_lead_and_another_takes_over(
    engine: FlakyEngine, emulator: Emulator, client: AsyncFishjamClient
) -> None:
    async def lead(name: str, scope: anyio.CancelScope) -> None:
        with scope:
            # So long that a busy machine renews it in time.
            lead = dispatching(engine, emulator, client, agent(start="room"), name=name, lease=3.0)
            async with lead:
                await anyio.sleep_forever()

    scopes = {name: anyio.CancelScope() for name in ("one", "two", "three")}
    async with anyio.create_task_group() as tasks:
        for name in ("one", "two"):
            tasks.start_soon(lead, name, scopes[name])
            await until(partial(leads, engine, name))
        tasks.start_soon(lead, "three", scopes["three"])
        await anyio.sleep(LEASE)
        assert not leads(engine, "three")
        scopes["one"].cancel()
        await until(partial(leads, engine, "three"))
        room = (await client.create_room()).id
        await wait_for(engine, JobKey(room, "assistant"))
        tasks.cancel_scope.cancel()


def leads(engine: FlakyEngine, name: str) -> bool:
    return any(lead.id == name and lead.until for lead in engine._leads.values())


async def test_a_leader_without_its_engine_goes_on(
    engine: FlakyEngine, emulator: Emulator, client: AsyncFishjamClient
) -> None:
    engine.is_cut_off = True
    async with dispatching(engine, emulator, client, agent(start="room")) as dispatcher:
        # Nobody leads yet, so that this changes nothing.
        dispatcher.ask()
        await until(lambda: engine.asked > 1)
        engine.is_cut_off = False
        await until(lambda: leads(engine, "one"))
        engine.is_cut_off, asked = True, engine.asked
        await until(lambda: engine.asked > asked + 1)
        room = (await client.create_room()).id
        await wait_for(engine, JobKey(room, "assistant"))


async def test_a_leader_of_an_engine_that_lost_its_data_looks_at_all_rooms(
    engine: FlakyEngine, emulator: Emulator, client: AsyncFishjamClient
) -> None:
    room = (await client.create_room()).id
    job = JobKey(room, "assistant")
    async with dispatching(engine, emulator, client, agent(start="room")):
        await wait_for(engine, job)
        await anyio.to_thread.run_sync(emulator.wait_for_subscribers)
        await anyio.sleep(0.2)
        await engine.forget(job)
        engine._leads.clear()
        await wait_for(engine, job)


async def test_a_leader_that_was_replaced_waits(
    engine: FlakyEngine, emulator: Emulator, client: AsyncFishjamClient
) -> None:
    async with dispatching(engine, emulator, client, agent(start="room")):
        await until(lambda: leads(engine, "one"))
        engine._leads.clear()
        for index in range(2):
            await engine.lead(f"dispatch:{index}", "other", 0.5)
        # It leads again once their time is over.
        await until(lambda: leads(engine, "one"))
