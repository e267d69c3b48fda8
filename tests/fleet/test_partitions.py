"""Partitions: one worker at a time, rooms in order, again only what was begun."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from functools import partial
from typing import Any

import anyio
import pytest

from fishjam._core.backoff import Backoff
from fishjam.events import Notification, PeerConnected, PeerDisconnected, RoomCreated, RoomDeleted
from fishjam.fleet import Delivery, EngineRefusedError, EventsMissed, Fleet
from fishjam.fleet import _partitions as module
from fishjam.fleet._engine import Engine
from fishjam.fleet._events import FleetEvent, StreamMessage, partition_of, subject_of
from fishjam.fleet._handling import ATTEMPTS, EventHandlers
from fishjam.fleet._metrics import Metrics
from fishjam.fleet._partitions import Partitions
from tests.fleet.meddling import Meddler, unavailable
from tests.fleet.waiting import until
from tests.support.cancelled import fail_in_a_task_group

pytestmark = pytest.mark.anyio

LONG = 1000.0
MISSED = EventsMissed(
    datetime(2026, 5, 1, tzinfo=timezone.utc), datetime(2026, 5, 2, tzinfo=timezone.utc)
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READ_SECONDS", 0.1)


def make(
    engine: Engine,
    handlers: EventHandlers,
    name: str = "one",
    partitions: int = 1,
    lease: float = LONG,
) -> Partitions:
    return Partitions(
        engine=engine,
        handlers=handlers,
        name=name,
        lease=lease,
        partitions=partitions,
        draining=anyio.Event(),
        metrics=Metrics(lease),
    )


@asynccontextmanager
async def reading(*workers: Partitions, drain: float = LONG) -> AsyncIterator[anyio.CancelScope]:
    async with anyio.create_task_group() as tasks:
        for worker in workers:
            tasks.start_soon(worker.run, drain)
        yield tasks.cancel_scope
        tasks.cancel_scope.cancel()


def held(worker: Partitions) -> int:
    return sum(share.leadership is not None for share in worker._shares)


async def write(engine: Engine, *events: FleetEvent, partitions: int = 1) -> None:
    lead = await engine.lead("ingest", "writer", LONG)
    assert lead is not None
    entries = [
        (partition_of(subject_of(event), partitions), StreamMessage(event).to_payload())
        for event in events
    ]
    write.batch += 1  # type: ignore[attr-defined]
    assert await engine.publish(lead, write.batch, entries)  # type: ignore[attr-defined]


write.batch = 0  # type: ignore[attr-defined]


def handlers_of(*types: type[Any]) -> tuple[EventHandlers, list[tuple[FleetEvent, Delivery]]]:
    handlers = EventHandlers(Backoff(initial_delay=0.01, max_delay=0.01))
    got: list[tuple[FleetEvent, Delivery]] = []
    handlers.on(types)(lambda event, delivery: got.append((event, delivery)))
    return handlers, got


async def test_an_engine_that_is_away_is_read_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "UNAVAILABLE", 0.01)
    meddler = Meddler(engine)
    failures = 0

    async def fail_twice() -> None:
        nonlocal failures
        if failures < 2:
            failures += 1
            await unavailable()

    meddler.hooks["next_events"] = fail_twice
    handlers, got = handlers_of(RoomCreated)
    await write(engine, RoomCreated("a"))
    async with reading(make(meddler.as_engine, handlers)):
        await until(lambda: handlers.handled == 1)
    assert failures == 2
    assert [event for event, _ in got] == [RoomCreated("a")]


async def test_each_handler_gets_what_it_wants(engine: Engine) -> None:
    handlers, got = handlers_of(RoomCreated, RoomDeleted, EventsMissed)
    connected: list[object] = []

    @handlers.on((PeerConnected,))
    async def connect(event: PeerConnected, delivery: Delivery) -> None:
        connected.append(event)

    events: list[FleetEvent] = [
        RoomCreated("a"),
        PeerConnected("a", "ada"),
        PeerDisconnected("a", "ada"),
        MISSED,
        RoomDeleted("a"),
    ]
    await write(engine, *events)
    async with reading(make(engine, handlers)):
        await until(lambda: handlers.handled == 5)
    assert [event for event, _ in got] == [events[0], MISSED, events[4]]
    assert connected == [events[1]]
    assert [delivery.room_id for _, delivery in got] == ["a", None, "a"]
    assert {(delivery.again, delivery.partition) for _, delivery in got} == {(False, 0)}


async def test_a_handler_that_fails_is_called_again_and_holds_up_its_room_only(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    handlers, got = handlers_of(RoomDeleted)
    tries: list[Delivery] = []

    @handlers.on((RoomCreated,))
    def fail(event: RoomCreated, delivery: Delivery) -> None:
        tries.append(delivery)
        if event.room_id == "a":
            raise LookupError("mine")

    @handlers.on((RoomCreated,))
    async def after(event: RoomCreated, delivery: Delivery) -> None:
        got.append((event, delivery))

    await write(engine, RoomCreated("a"), RoomDeleted("a"), RoomCreated("b"), RoomDeleted("b"))
    async with reading(make(engine, handlers)):
        await until(lambda: len(got) == 4)
    failed = [delivery for delivery in tries if delivery.room_id == "a"]
    assert [delivery.again for delivery in failed] == [False] + [True] * (ATTEMPTS - 1)
    assert len({delivery.id for delivery in failed}) == 1
    # The other room did not wait for it.
    assert [event for event, _ in got][:2] == [RoomCreated("b"), RoomDeleted("b")]
    assert [event for event, _ in got][2:] == [RoomCreated("a"), RoomDeleted("a")]
    assert (handlers.handled, handlers.failed) == (4, 1)
    levels = [record.levelno for record in caplog.records if "handler of" in record.message]
    assert levels == [logging.WARNING] * (ATTEMPTS - 1) + [logging.ERROR]
    assert "it is not called with this event any more" in caplog.text


async def test_a_handler_that_is_cancelled_from_inside_has_failed(engine: Engine) -> None:
    handlers, got = handlers_of(RoomDeleted)
    handlers.on((RoomCreated,))(fail_in_a_task_group)
    await write(engine, RoomCreated("a"), RoomDeleted("a"))
    async with reading(make(engine, handlers)):
        await until(lambda: handlers.handled == 2)
    assert handlers.failed == 1
    assert [event for event, _ in got] == [RoomDeleted("a")]


async def test_what_was_begun_comes_again_with_the_same_id(engine: Engine) -> None:
    begun: list[Delivery] = []
    handlers, again = handlers_of(RoomCreated, RoomDeleted)
    stuck = EventHandlers()

    @stuck.on((RoomCreated, RoomDeleted))
    async def begin(event: Notification, delivery: Delivery) -> None:
        begun.append(delivery)
        await anyio.sleep_forever()

    meddler = Meddler(engine)
    await write(engine, RoomCreated("a"), RoomDeleted("a"))
    async with reading(make(meddler.as_engine, stuck, lease=0.3)):
        await until(lambda: begun)
        # It is gone without a word, and its lease has to run out.
        meddler.is_dead = True
    successor = make(engine, handlers, "two", lease=3.0)
    async with reading(successor):
        await until(lambda: len(again) == 2)
    assert [event for event, _ in again] == [RoomCreated("a"), RoomDeleted("a")]
    assert (again[0][1].id, again[0][1].again) == (begun[0].id, True)
    assert (successor.metrics.events, successor.metrics.events_repeated) == (2, 2)


async def test_workers_share_the_partitions(engine: Engine) -> None:
    handlers, got = handlers_of(RoomCreated)
    one, two = (make(engine, handlers, name, 5, lease=3.0) for name in ("one", "two"))

    async with reading(one):
        await until(lambda: held(one) == 5)
        async with reading(two):
            await until(lambda: (held(one), held(two)) in [(3, 2), (2, 3)])
            await write(engine, *(RoomCreated(str(number)) for number in range(20)), partitions=5)
            await until(lambda: len(got) == 20)
            two.draining.set()
            await until(lambda: held(one) == 5)
        await write(engine, *(RoomCreated(str(number)) for number in range(20)), partitions=5)
        await until(lambda: len(got) == 40)
    assert len({delivery.id for _, delivery in got}) == 40


async def test_a_drain_waits_for_what_was_begun(engine: Engine) -> None:
    may_end = anyio.Event()
    ended: list[object] = []
    handlers = EventHandlers()

    @handlers.on((RoomCreated,))
    async def handle(event: RoomCreated, delivery: Delivery) -> None:
        await may_end.wait()
        ended.append(event)

    await write(engine, RoomCreated("a"))
    worker = make(engine, handlers)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(worker.run, LONG)
        await until(lambda: held(worker))
        await anyio.sleep(0.05)
        worker.draining.set()
        may_end.set()
    assert ended == [RoomCreated("a")]


async def test_a_drain_has_an_end(engine: Engine) -> None:
    begun = anyio.Event()
    handlers = EventHandlers()

    @handlers.on((RoomCreated,))
    async def handle(event: RoomCreated, delivery: Delivery) -> None:
        begun.set()
        await anyio.sleep_forever()

    await write(engine, RoomCreated("a"))
    worker = make(engine, handlers)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(worker.run, 0.01)
        await begun.wait()
        worker.draining.set()
    assert await engine.lead("partition:0", "two", LONG)


async def test_an_outage_is_waited_for(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    handlers, got = handlers_of(RoomCreated)
    meddler = Meddler(engine)
    worker = make(meddler.as_engine, handlers, lease=0.3)
    async with reading(worker):
        await until(lambda: held(worker))
        meddler.hooks = dict.fromkeys(["attend", "next_events"], unavailable)
        await until(lambda: "the events cannot be read now" in caplog.text)
        meddler.hooks = {}
        await write(engine, RoomCreated("a"))
        await until(lambda: got)


async def test_nothing_is_begun_while_another_may_have_the_partition(engine: Engine) -> None:
    handlers, got = handlers_of(RoomCreated)
    meddler = Meddler(engine)
    worker = make(meddler.as_engine, handlers, lease=0.3)
    asked: list[int] = []

    async def late() -> None:
        """The answer comes after the lease has run out."""
        asked.append(1)
        await anyio.sleep(0.4)

    async with reading(worker):
        await until(lambda: held(worker))
        meddler.hooks = {"next_events": late, "attend": unavailable}
        await until(lambda: asked)
        await write(engine, RoomCreated("a"))
        await anyio.sleep(0.6)
        assert got == []
        meddler.hooks = {}
        await until(lambda: got)


async def test_what_another_worker_has_by_now_is_not_begun(engine: Engine) -> None:
    handlers, got = handlers_of(RoomCreated)
    meddler = Meddler(engine)
    worker = make(meddler.as_engine, handlers, lease=0.3)
    is_asked, may_read, has_read = anyio.Event(), anyio.Event(), anyio.Event()

    async def wait() -> None:
        is_asked.set()
        await may_read.wait()

    async def tell() -> None:
        has_read.set()

    async with reading(worker):
        await until(lambda: held(worker))
        meddler.hooks = {"next_events": wait, "attend": unavailable}
        await is_asked.wait()
        await write(engine, RoomCreated("a"))
        await until(partial(engine.lead, "partition:0", "another", LONG))
        await until(lambda: worker._shares[0].until < anyio.current_time())
        meddler.after = {"next_events": tell}
        may_read.set()
        await has_read.wait()
        # It waits until it knows whose the partition is.
        await anyio.wait_all_tasks_blocked()
        meddler.hooks = {}
        await until(lambda: not held(worker))
        assert got == []
        await engine.resign("partition:0", "another")
        await until(lambda: got)


async def test_a_partition_that_was_lost_is_left_alone(engine: Engine) -> None:
    handlers, got = handlers_of(RoomCreated, RoomDeleted)
    meddler = Meddler(engine)

    async def lose() -> None:
        del meddler.hooks["acknowledge"]
        await engine.resign("partition:0", "one")
        assert await engine.lead("partition:0", "another", 0.3)

    meddler.hooks["acknowledge"] = lose
    await write(engine, RoomCreated("a"), RoomDeleted("a"))
    async with reading(make(meddler.as_engine, handlers, lease=3.0)):
        await until(lambda: len(got) == 3)
    # The first one was not acknowledged in time, so that it comes again.
    assert [event for event, _ in got] == [RoomCreated("a"), RoomCreated("a"), RoomDeleted("a")]
    assert got[0][1].id == got[1][1].id
    assert [delivery.again for _, delivery in got] == [False, True, True]


async def test_a_lease_that_was_renewed_with_another_epoch_counts(engine: Engine) -> None:
    handlers, got = handlers_of(RoomCreated)
    meddler = Meddler(engine)
    worker = make(meddler.as_engine, handlers)

    async def renew() -> None:
        del meddler.hooks["acknowledge"]
        await engine.resign("partition:0", "one")
        await engine.lead("partition:0", "another", 0)
        share = worker._shares[0]
        share.set(await engine.lead("partition:0", "one", LONG), share.until)

    meddler.hooks["acknowledge"] = renew
    await write(engine, RoomCreated("a"))
    async with reading(worker):
        await until(lambda: handlers.handled)
        await write(engine, RoomCreated("b"))
        await until(lambda: handlers.handled == 2)
    assert [delivery.again for _, delivery in got] == [False, False]


async def test_what_cannot_be_read_is_passed_over(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    handlers, got = handlers_of(RoomCreated)
    unknown = '{"v": "1", "id": "a", "event": ""}'
    await engine.webhook("a", "hash", 0, ["", "{}", unknown])
    await write(engine, RoomCreated("a"))
    async with reading(make(engine, handlers)):
        await until(lambda: got)
    assert "an event is passed over: an event in a stream is not what a fleet writes" in caplog.text


async def test_what_was_written_again_says_so(engine: Engine) -> None:
    handlers, got = handlers_of(RoomCreated)
    payload = StreamMessage(RoomCreated("a"), is_rewritten=True).to_payload()
    await engine.webhook("a", "hash", 0, [payload])
    async with reading(make(engine, handlers)):
        await until(lambda: got)
    assert got[0][1].again


async def test_what_ends_a_program_comes_out_as_it_is(engine: Engine) -> None:
    handlers = EventHandlers()

    @handlers.on((RoomCreated,))
    def handle(event: RoomCreated, delivery: Delivery) -> None:
        raise KeyboardInterrupt

    await write(engine, RoomCreated("a"))
    with pytest.raises(KeyboardInterrupt):
        await make(engine, handlers).run(LONG)


async def test_a_refusal_of_the_engine_comes_out_as_it_is(engine: Engine) -> None:
    async def refuse() -> None:
        raise EngineRefusedError("Redis refused it.")

    handlers, _ = handlers_of(RoomCreated)
    meddler = Meddler(engine)
    meddler.hooks["lead"] = refuse
    with pytest.raises(EngineRefusedError):
        await make(meddler.as_engine, handlers).run(LONG)


@pytest.mark.parametrize("types", [(), (7,), (RoomCreated, int)])
async def test_only_events_have_handlers(types: tuple[Any, ...]) -> None:
    fleet = Fleet("memory://", fishjam_id="http://127.0.0.1:1", management_token="token")
    with pytest.raises(TypeError):
        fleet.on(*types)
    with pytest.raises(TypeError, match="not a handler"):
        fleet.on(RoomCreated)(7)  # type: ignore[type-var]
