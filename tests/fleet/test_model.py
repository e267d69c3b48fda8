"""The steps in any order: both engines answer the same, one worker owns a job, and none is lost."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import anyio
import pytest
from attrs import define, evolve, field
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fishjam.fleet._engine import Engine, Request
from fishjam.fleet._jobs import JobKey, JobState, Offer, Taken
from fishjam.fleet._memory import MemoryEngine
from fishjam.fleet._redis import RedisEngine, redis_engine
from tests.fleet.conftest import collect
from tests.fleet.redis_server import RedisServer
from tests.fleet.taking import keep_one, take_one

JOBS = [JobKey("room", "assistant"), JobKey("room", "assistant", "peer"), JobKey("b", "assistant")]
WORKERS = ["one", "two", "three"]
LONG = 1000.0

Step = tuple[str, str, JobKey]

STEPS = st.tuples(
    st.sampled_from(
        [
            "dispatch",
            "dispatch",
            "ask",
            "again",
            "visit",
            "read",
            "take",
            "take",
            "take late",
            "start",
            "record",
            "save",
            "finish",
            "offer",
            "fail",
            "stop",
            "stop by hand",
            "forget",
            "beat",
            "die",
            "reap",
            "reap all",
            "keep",
            "disown",
            "lose all",
        ]
    ),
    st.sampled_from(WORKERS),
    st.sampled_from(JOBS),
)


@define
class Player:
    """Plays steps on one engine, and remembers what its workers believe."""

    engine: Engine
    offers: dict[str, list[Offer]] = field(factory=dict)
    taken: dict[tuple[str, JobKey], Taken] = field(factory=dict)

    async def play(self, step: Step) -> Any:
        """Do one step, and return what can be compared."""
        name, worker, job = step
        engine, believed = self.engine, self.taken.get((worker, job))
        match name:
            case "dispatch" | "ask" | "again":
                by_hand, again = name != "dispatch", name == "again"
                request = Request(data=name, by_hand=by_hand, again=again, is_visited=again)
                return await engine.dispatch(job, request)
            case "visit":
                return await engine.visit(job)
            case "read":
                return await self._read(worker)
            case "take" | "take late":
                return await self._take(worker, alive=name == "take")
            case "stop" | "stop by hand":
                return await engine.stop(job, by_hand=name != "stop")
            case "forget":
                return await engine.forget(job)
            case "beat" | "die":
                beat = await engine.beat(worker, LONG if name == "beat" else 0)
                return beat.is_known, set(beat.stops), set(beat.owned)
            case "reap" | "reap all":
                return set(await engine.reap(0 if name == "reap all" else LONG))
            case "disown":
                return await engine.disown(worker, job)
            case _:
                return None if believed is None else await self._as_owner(name, worker, believed)

    async def _read(self, worker: str) -> Any:
        offers = await self.engine.next_offers(worker, ["assistant"], 1, 0)
        self.offers.setdefault(worker, []).extend(offers)
        return [offer.job for offer in offers]

    async def _take(self, worker: str, *, alive: bool) -> Any:
        if alive:
            await self.engine.beat(worker, LONG)
            await self._read(worker)
        offers = self.offers.get(worker)
        if not offers:
            return None
        taken = await take_one(self.engine, worker, offers.pop(0))
        if taken is None:
            return None
        assert all(taken.epoch != other.epoch for other in self.taken.values())
        self.taken[worker, taken.job] = taken
        return taken.job, taken.peers, taken.data, taken.saved, taken.failures

    async def _as_owner(self, name: str, worker: str, taken: Taken) -> Any:
        engine, job, epoch = self.engine, taken.job, taken.epoch
        match name:
            case "start":
                return await engine.record(job, epoch)
            case "record":
                return await engine.record(job, epoch, peers=[worker])
            case "save":
                return await engine.record(job, epoch, saved=worker)
            case "finish":
                return await engine.finish(job, epoch)
            case "offer":
                return await engine.offer(job, epoch)
            case "fail":
                return await engine.offer(job, epoch, failure="x")
            case _:
                assert name == "keep"
                return await keep_one(engine, worker, evolve(taken, saved=worker))

    async def states(self) -> list[JobState]:
        return [
            evolve(state, asked=0, started=bool(state.started))
            for state in await self.engine.jobs()
        ]


async def lose_all(memory: Player, redis: Player) -> None:
    """Empty both engines, as a Redis without persistence does when it is killed."""
    empty = MemoryEngine()
    assert isinstance(memory.engine, MemoryEngine)
    # Redis names its messages by the time, so that none is ever named like one that was lost.
    empty._count = memory.engine._count
    memory.engine = empty
    assert isinstance(redis.engine, RedisEngine)
    client = await redis.engine._get_client()
    keys = await client.keys(redis.engine._key("*"))
    if keys:
        await client.delete(keys)


async def play_all(url: str, steps: Sequence[Step]) -> None:
    redis = Player(redis_engine(url, uuid.uuid4().hex))
    memory = Player(MemoryEngine())
    async with redis.engine.open():
        for step in steps:
            if step[0] == "lose all":
                await lose_all(memory, redis)
            else:
                assert await memory.play(step) == await redis.play(step), step
            assert await memory.states() == await redis.states(), step
        for player in (memory, redis):
            await no_job_is_lost(player.engine)
        await lose_all(memory, redis)


async def no_job_is_lost(engine: Engine) -> None:
    """When everybody is dead, one new worker gets every job that is not over."""
    over = ("done", "failed", "stopped")
    wanted = {state.job for state in await engine.jobs() if state.state not in over}
    for worker in WORKERS:
        await engine.beat(worker, 0)
    for _ in range(2):
        await engine.reap(0)
    # Those that were to stop are over with their workers.
    wanted &= {state.job for state in await engine.jobs() if state.state not in over}
    await engine.beat("new", LONG)
    offers = await engine.next_offers("new", ["assistant"], 100, 0)
    taken = [await take_one(engine, "new", offer) for offer in offers]
    assert {one.job for one in taken if one} == wanted
    assert set((await engine.beat("new", LONG)).owned) == wanted


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.once
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=20, max_size=60))
def test_any_order_of_steps(redis_server: RedisServer, backend: str, steps: list[Step]) -> None:
    anyio.run(play_all, redis_server.url, steps, backend=backend)
    collect()
