"""What operators ask of both engines: to drain a worker, to bury one, how long jobs wait."""

from __future__ import annotations

import anyio
import pytest

from fishjam.fleet._engine import Engine
from fishjam.fleet._jobs import JobKey
from tests.fleet.taking import take_one

pytestmark = pytest.mark.anyio

JOB = JobKey("room", "assistant")


async def take(engine: Engine, worker: str) -> None:
    await engine.beat(worker, 30)
    [offer] = await engine.next_offers(worker, ["assistant"], 1, 2)
    assert await take_one(engine, worker, offer)


async def test_a_worker_is_asked_to_drain(engine: Engine) -> None:
    assert not await engine.drain("one")
    assert not (await engine.beat("one", 30)).is_to_drain
    assert await engine.drain("one")
    assert (await engine.beat("one", 30)).is_to_drain
    await engine.reap(dead="one")
    assert not (await engine.beat("one", 30)).is_to_drain


async def test_only_the_dead_worker_is_buried(engine: Engine) -> None:
    for name in ("one", "two"):
        await engine.dispatch(JobKey(name, "assistant"))
        await take(engine, name)
    # Its lease is over as well, as after an outage, though it is alive.
    await engine.beat("two", 0)
    assert await engine.reap(dead="one") == [JobKey("one", "assistant")]
    assert set(await engine.workers()) == {"two"}
    assert await engine.reap(dead="one") == []


async def test_how_long_the_first_job_has_waited(engine: Engine) -> None:
    assert await engine.oldest("assistant") == 0
    await engine.dispatch(JOB)
    await anyio.sleep(0.01)
    await engine.dispatch(JobKey("other", "assistant"))
    assert 0.009 <= await engine.oldest("assistant") < 20
    for _ in range(2):
        await take(engine, "one")
    assert await engine.oldest("assistant") == 0
