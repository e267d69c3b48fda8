"""What a backend does with its fleet."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import anyio
import pytest

from fishjam import AsyncFishjamClient
from fishjam._concurrency.loop import background
from fishjam.agent import AgentSession
from fishjam.emulator import Emulator
from fishjam.errors import FishjamError
from fishjam.fleet import (
    Delivery,
    Fleet,
    Job,
    JobExpired,
    JobKey,
    JobNotStartedError,
    JobStartTimeoutError,
    WorkerState,
)
from fishjam.fleet._engine import Engine
from fishjam.fleet._link import Link
from tests.fleet.conftest import MakeFleet
from tests.fleet.taking import take_one
from tests.fleet.test_fleet import until_states, working
from tests.fleet.waiting import until

pytestmark = pytest.mark.anyio

JOB = JobKey("room", "assistant")
LONG = 1000.0


@pytest.fixture
def link(engine: Engine) -> Link:
    return Link(engine, 16)


async def take(engine: Engine) -> str:
    await engine.beat("one", LONG)
    [offer] = await engine.next_offers("one", ["assistant"], 1, 5)
    taken = await take_one(engine, "one", offer)
    assert taken is not None
    return taken.epoch


@pytest.mark.parametrize("seconds", [0, -1, math.nan, math.inf, 10**400])
async def test_a_wait_that_is_none(link: Link, seconds: float) -> None:
    with pytest.raises(ValueError, match="max_wait="):
        await link.dispatch("room", "assistant", max_wait=seconds)


async def test_a_timeout_that_is_none(link: Link) -> None:
    with pytest.raises(ValueError, match="timeout="):
        await link.started("room", "assistant", timeout=math.nan)


@pytest.mark.parametrize("data", [{"a": {1}}, {"a": "b" * 70_000}])
async def test_data_that_cannot_be_kept(link: Link, data: Any) -> None:
    with pytest.raises(ValueError, match="data: "):
        await link.dispatch("room", "assistant", data=data)


async def test_a_job_expires_when_nobody_has_a_place(engine: Engine, link: Link) -> None:
    assert await link.dispatch("room", "assistant", max_wait=0.05)
    assert await link.dispatch("late", "assistant", max_wait=LONG)
    async with background(partial(reap_for_ever, engine)):
        with pytest.raises(JobNotStartedError, match="is gone"):
            await link.started("room", "assistant", timeout=30)
    assert [state.job.room_id for state in await link.jobs()] == ["late"]


async def reap_for_ever(engine: Engine) -> None:
    while True:
        await anyio.sleep(0.05)
        await engine.reap()


async def test_a_job_that_was_taken_does_not_expire(engine: Engine, link: Link) -> None:
    await link.dispatch("room", "assistant", max_wait=0.01)
    await take(engine)
    await anyio.sleep(0.02)
    await engine.reap()
    assert [state.state for state in await link.jobs("room")] == ["running"]


async def test_waiting_for_the_start(engine: Engine, link: Link) -> None:
    with pytest.raises(JobStartTimeoutError, match="it was not asked for"):
        await link.started("room", "assistant", timeout=0.01)
    await link.dispatch("room", "assistant")
    with pytest.raises(TimeoutError, match="it is queued"):
        await link.started("room", "assistant", timeout=0.1)
    epoch = await take(engine)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(link.started, "room", "assistant")
        await engine.record(JOB, epoch)
    await engine.finish(JOB, epoch)
    await link.started("room", "assistant")


async def test_what_failed_will_not_start(engine: Engine, link: Link) -> None:
    await link.dispatch("room", "assistant")
    await engine.offer(JOB, await take(engine), failure="Mine", tries=1)
    with pytest.raises(JobNotStartedError, match=r"it is failed \(Mine\)"):
        await link.started("room", "assistant")


async def test_what_people_stopped_begins_again_only_by_hand(engine: Engine, link: Link) -> None:
    assert not await link.stop("room", "assistant")
    await engine.dispatch(JOB)
    assert await link.stop("room", "assistant")
    assert not await link.stop("room", "assistant")
    # As the dispatcher asks while users are there.
    assert not await engine.dispatch(JOB)
    with pytest.raises(JobNotStartedError, match="it is stopped"):
        await link.started("room", "assistant")
    assert await link.dispatch("room", "assistant")
    epoch = await take(engine)
    assert await link.stop("room", "assistant")
    assert not await engine.dispatch(JOB)
    await engine.beat("one", LONG)
    await engine.finish(JOB, epoch)
    assert [state.state for state in await link.jobs()] == ["stopped"]
    # The room is empty.
    assert await engine.stop(JOB)
    assert await link.jobs() == []


async def test_what_is_known_of_a_job_can_be_dropped(link: Link) -> None:
    assert not await link.forget("room", "assistant")
    await link.dispatch("room", "assistant", peer_id="peer")
    assert await link.forget("room", "assistant", peer_id="peer")
    assert await link.jobs() == []


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("", WorkerState("one")),
        ("[", WorkerState("one")),
        ("[]", WorkerState("one")),
        ('{"capacity":"x","load":true}', WorkerState("one", info={"capacity": "x", "load": True})),
        ('{"capacity":9,"load":2}', WorkerState("one", 9, 2, {"capacity": 9, "load": 2})),
    ],
)
async def test_workers_tell_what_they_like(
    engine: Engine, link: Link, told: str, state: WorkerState
) -> None:
    await engine.beat("one", LONG, told)
    assert await link.workers() == [state]


async def test_a_worker_is_asked_to_drain(engine: Engine, link: Link) -> None:
    assert not await link.drain("one")
    await engine.beat("one", LONG, "")
    assert await link.drain("one")
    assert (await engine.beat("one", LONG, "")).is_to_drain


async def test_an_expired_job_is_an_event(make_fleet: MakeFleet) -> None:
    fleet = make_fleet()
    expired: list[JobExpired] = []

    @fleet.on(JobExpired)
    async def note(event: JobExpired, delivery: Delivery) -> None:
        expired.append(event)

    # Nobody runs agents of that name.
    async with working(fleet, roles=["agents", "events"]), fleet.connect() as link:
        await link.dispatch("room", "assistant", peer_id="peer", max_wait=0.1)
        await until(lambda: expired)
    assert expired == [JobExpired("room", "assistant", "peer")]


async def test_asking_from_sync_code(make_fleet: MakeFleet, emulator: Emulator) -> None:
    fleet = make_fleet()

    @fleet.agent("assistant", start="manual")
    async def assistant(job: Job, session: AgentSession) -> None:
        assert job.data == {"a": 1}

    with pytest.raises(RuntimeError, match="event loop"):
        fleet.dispatch_blocking("room", "assistant")
    async with (
        AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client,
        working(fleet),
        fleet.connect() as link,
    ):
        room = await client.create_room()
        assert await anyio.to_thread.run_sync(dispatch, fleet, room.id)
        await link.started(room.id, "assistant")
        await until_states(link, "done")


def dispatch(fleet: Fleet, room_id: str) -> bool:
    return fleet.dispatch_blocking(room_id, "assistant", data={"a": 1})


def test_errors_are_of_the_tree() -> None:
    assert issubclass(JobStartTimeoutError, (JobNotStartedError, TimeoutError))
    assert issubclass(JobNotStartedError, FishjamError)
