"""Agents on workers: begun, ended, moved, drained, on a local Fishjam and both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
import pytest

from fishjam import AsyncFishjamClient
from fishjam.agent import AgentSession
from fishjam.emulator import Emulator
from fishjam.fleet import Fleet, Job, JobMovedError, JobNotStartedError, Link
from fishjam.fleet._engine import Engine
from fishjam.fleet._redis import RedisEngine
from fishjam.fleet._registration import Stop
from tests.fleet.conftest import MakeFleet
from tests.fleet.observer import Observer
from tests.fleet.waiting import until

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def working(*fleets: Fleet, **options: Any) -> AsyncIterator[None]:
    async with anyio.create_task_group() as tasks:
        for fleet in fleets:
            tasks.start_soon(partial(fleet.run, **options))
        yield
        tasks.cancel_scope.cancel()


@pytest.fixture
def observer(emulator: Emulator) -> Observer:
    return Observer(emulator)


@asynccontextmanager
async def client_of(emulator: Emulator) -> AsyncIterator[AsyncFishjamClient]:
    async with AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        yield client


async def wait_for(count: int, observer: Observer) -> None:
    """Wait until so many rooms have an agent."""
    await until(lambda: observer.count() == count)


def with_assistant(fleet: Fleet, jobs: list[Job] | None = None, stop: Stop = "room_gone") -> Fleet:
    """Add an agent that listens to the end."""

    @fleet.agent("assistant", linger=0, stop=stop)
    async def assistant(job: Job, session: AgentSession) -> None:
        if jobs is not None:
            jobs.append(job)
        async for _ in session:
            pass

    return fleet


async def test_an_agent_comes_and_goes_with_the_users(
    make_fleet: MakeFleet, emulator: Emulator, observer: Observer
) -> None:
    jobs: list[Job] = []
    async with (
        client_of(emulator) as client,
        working(with_assistant(make_fleet(), jobs, "last_peer_left")),
    ):
        room = await client.create_room()
        _, token = await client.create_peer(room.id)
        user = emulator.connect_peer(token)
        await wait_for(1, observer)
        await until(lambda: [job.room_id for job in jobs] == [room.id])
        user.leave()
        await wait_for(0, observer)
        await until(lambda: not emulator.rooms[0]["peers"][1:])


async def test_agents_of_a_dead_worker_move(
    make_fleet: MakeFleet, emulator: Emulator, observer: Observer
) -> None:
    jobs: list[Job] = []
    one, two = with_assistant(make_fleet(), jobs), with_assistant(make_fleet(), jobs)
    async with client_of(emulator) as client, anyio.create_task_group() as tasks:
        rooms = [await client.create_room() for _ in range(3)]
        async with working(one):
            async with one.connect() as link:
                for room in rooms:
                    assert await link.dispatch(room.id, "assistant", data={"n": 1})
            await until(lambda: len(jobs) == 3)
            for job in jobs:
                await job.save({"room": job.room_id})
        # It is gone without a word, and its leases have to run out.
        tasks.start_soon(partial(two.run, name="two"))
        await until(lambda: len(jobs) == 6)
        await wait_for(3, observer)
        tasks.cancel_scope.cancel()
    assert [job.state for job in jobs[3:]] == [{"room": job.room_id} for job in jobs[3:]]
    assert observer.doubles == []


async def test_a_worker_that_was_taken_for_dead_is_fenced(
    make_fleet: MakeFleet, emulator: Emulator, observer: Observer
) -> None:
    """As one that was frozen: it goes on, and does not know that another has its job."""
    jobs: list[Job] = []
    one, two = with_assistant(make_fleet(lease=100.0), jobs), with_assistant(make_fleet(), jobs)
    async with client_of(emulator) as client:
        room = await client.create_room()
        engine = one._make_engine()
        async with engine.open(), one.connect() as link:
            await make_old(engine)
            async with working(one, name="one"):
                await link.dispatch(room.id, "assistant")
                await wait_for(1, observer)
                async with working(two, name="two"):
                    await engine.beat("one", 0)
                    await engine.reap()
                    await until(lambda: len(jobs) == 2)
                    await wait_for(1, observer)
                    with pytest.raises(JobMovedError):
                        await jobs[0].save({})
                    await jobs[1].save({"mine": True})
    assert observer.doubles == []
    assert observer.arrivals == 2


async def make_old(engine: Engine) -> None:
    """Let an engine look as if it had been there for long, so that nobody waits for its lease."""
    if isinstance(engine, RedisEngine):
        client = await engine._get_client()
        await client.set(engine._key("born"), "1000000000")


async def test_a_drain_moves_agents(
    make_fleet: MakeFleet, emulator: Emulator, observer: Observer
) -> None:
    jobs: list[Job] = []
    one, two = with_assistant(make_fleet(), jobs), with_assistant(make_fleet(), jobs)
    async with client_of(emulator) as client, anyio.create_task_group() as tasks:
        rooms = [await client.create_room() for _ in range(3)]
        async with one.connect() as link:
            async with anyio.create_task_group() as first:
                first.start_soon(partial(one.run, handover_after=0.1))
                for room in rooms:
                    await link.dispatch(room.id, "assistant")
                await wait_for(3, observer)
                one.drain()
                await until(lambda: jobs[0].handed_over.is_set())
                # Nobody has taken them: they go on where they are.
                assert observer.count() == 3
                tasks.start_soon(two.run)
            # It has ended by itself, once everything had moved.
            await until(lambda: len(jobs) == 6)
            await wait_for(3, observer)
            states = await link.jobs()
            assert {state.state for state in states} == {"running"}
        tasks.cancel_scope.cancel()
    assert observer.doubles == []


async def test_a_handler_that_returns_is_done(
    make_fleet: MakeFleet, emulator: Emulator, observer: Observer
) -> None:
    fleet = make_fleet()

    @fleet.agent("greeter", start="manual")
    async def greet(job: Job, session: AgentSession) -> None:
        await job.save({"greeted": job.data["name"]})

    async with client_of(emulator) as client, working(fleet), fleet.connect() as link:
        room = await client.create_room()
        await link.dispatch(room.id, "greeter", data={"name": "Ada"})
        await until_states(link, "done")
        assert not await link.dispatch(room.id, "greeter")
        assert (await client.get_room(room.id)).peers == []
        assert await link.forget(room.id, "greeter")
        assert await link.jobs() == []


async def test_a_handler_that_fails_is_tried_again(
    make_fleet: MakeFleet, emulator: Emulator, observer: Observer
) -> None:
    fleet = make_fleet()
    failures: list[int] = []

    @fleet.agent("unlucky", start="manual")
    async def fail(job: Job, session: AgentSession) -> None:
        failures.append(job.failures)
        if job.failures == 0:
            raise LookupError("mine")

    async with client_of(emulator) as client, working(fleet), fleet.connect() as link:
        room = await client.create_room()
        await link.dispatch(room.id, "unlucky")
        await until_states(link, "waiting")
        [state] = await link.jobs()
        assert (state.failures, state.error) == (1, "LookupError")
        assert (await client.get_room(room.id)).peers == []
        await until_states(link, "done")
    assert failures == [0, 1]


async def test_the_job_of_a_room_that_is_gone_is_forgotten(
    make_fleet: MakeFleet, emulator: Emulator, observer: Observer
) -> None:
    fleet = with_assistant(make_fleet())
    async with client_of(emulator) as client, working(fleet), fleet.connect() as link:
        room = await client.create_room()
        await link.dispatch(room.id, "assistant")
        await wait_for(1, observer)
        await client.delete_room(room.id)
        await until_states(link)


async def test_a_job_without_a_room_will_not_start(
    make_fleet: MakeFleet, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    fleet = with_assistant(make_fleet())
    # A dispatcher would forget it when it looks at the rooms.
    async with working(fleet, roles=["agents"]), fleet.connect() as link:
        assert await link.dispatch("nowhere", "assistant")
        with pytest.raises(JobNotStartedError, match=r"failed \(Fishjam does not know the room\)"):
            await link.started("nowhere", "assistant", timeout=60)
        assert "Fishjam does not know the room nowhere" in caplog.text


async def until_states(link: Link, *states: str) -> None:
    async def is_so() -> bool:
        return [job.state for job in await link.jobs()] == [*states]

    await until(is_so)
