"""Hearing events in several processes: none lost, none twice, in order by room."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import to_thread

from fishjam.emulator import Emulator
from fishjam.events import Notification, PeerConnected, RoomCreated
from fishjam.fleet import EventsMissed
from fishjam.fleet import _ingest as module
from fishjam.fleet import _ledger as ledger_module
from fishjam.fleet._engine import Engine
from fishjam.fleet._events import FleetEvent, StreamMessage, partition_of
from fishjam.fleet._ingest import Ingest
from fishjam.fleet._memory import MemoryEngine
from fishjam.fleet._redis import RedisEngine, redis_engine
from fishjam.notifier import FishjamNotifier
from tests.fleet.conftest import collect
from tests.fleet.meddling import Meddler, never
from tests.fleet.redis_server import RedisServer
from tests.fleet.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.once]

PARTITIONS = 3
LEASE = 1.0
NOW = datetime(2026, 5, 1, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def shared_emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(shared_emulator: Emulator) -> Emulator:
    shared_emulator.reset()
    return shared_emulator


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    # So that a follower that has begun just now is old enough soon.
    monkeypatch.setattr(module, "SKEW", 1.0)


def make(
    engine: Engine, emulator: Emulator, name: str, *, ingests: int = 2, lease: float = LEASE
) -> Ingest:
    return Ingest(
        engine=engine,
        make_notifier=partial(FishjamNotifier, emulator.fishjam_id, emulator.management_token),
        name=name,
        lease=lease,
        partitions=PARTITIONS,
        ingests=ingests,
    )


@asynccontextmanager
async def listening(*ingests: Ingest) -> AsyncIterator[anyio.CancelScope]:
    async with anyio.create_task_group() as tasks:
        for ingest in ingests:
            tasks.start_soon(ingest.run)
        yield tasks.cancel_scope
        tasks.cancel_scope.cancel()


async def written(engine: Engine) -> list[StreamMessage]:
    """Return all that is in the streams, one partition after another."""
    after = dict.fromkeys(range(PARTITIONS), "0-0")
    found = await engine.read_events(after, 100_000, 0)
    messages = [StreamMessage.parse(stored.payload) for _, stored in found]
    return [message for message in messages if message is not None]


async def events_in(engine: Engine) -> list[FleetEvent]:
    return [message.event for message in await written(engine)]


class Source:
    """Lets Fishjam tell of rooms, with numbers to know them by."""

    def __init__(self, emulator: Emulator, engine: Engine) -> None:
        self._emulator = emulator
        self._engine = engine
        self.sent: list[PeerConnected] = []

    def send(self, count: int, rooms: int = 5) -> None:
        for _ in range(count):
            number = len(self.sent)
            event = PeerConnected(f"{number % rooms}", f"{number}")
            self.sent.append(event)
            self._emulator.send(event)

    def sorted(self) -> list[Notification]:
        """Return what was sent, one partition after another."""
        parts: dict[int, list[Notification]] = {}
        for event in self.sent:
            parts.setdefault(partition_of(event.room_id, PARTITIONS), []).append(event)
        return [event for _, part in sorted(parts.items()) for event in part]

    async def arrive(self) -> None:
        """Wait until as much is written as was sent, and see that it is the same, in order."""

        async def is_there() -> bool:
            return len(await self.arrived()) >= len(self.sent)

        await until(is_there)
        assert await self.arrived() == self.sorted()

    async def arrived(self) -> list[FleetEvent]:
        return [
            event for event in await events_in(self._engine) if not isinstance(event, EventsMissed)
        ]


@pytest.fixture
def source(emulator: Emulator, engine: Engine) -> Source:
    return Source(emulator, engine)


async def wait_for_listeners(emulator: Emulator, count: int) -> None:
    await to_thread.run_sync(emulator.wait_for_subscribers, count, 30.0)


async def leader_is(engine: Engine, name: str) -> bool:
    """Tell whether a process leads, without disturbing it."""
    if isinstance(engine, RedisEngine):
        client = await engine._get_client()
        return await client.hget(engine._key("lead:ingest"), "id") == name.encode()
    assert isinstance(engine, MemoryEngine)
    lead = engine._leads.get("ingest")
    return lead is not None and lead.id == name


@asynccontextmanager
async def two_listeners(
    engine: Engine, emulator: Emulator, source: Source, *, early: int = 0, **options: Any
) -> AsyncIterator[tuple[Meddler, Meddler]]:
    """Give the engines of a leader and a follower that has heard for a while.

    So many rooms are told of which the follower does not hear.
    """
    one, two = Meddler(engine), Meddler(engine)
    leader = make(one.as_engine, emulator, "one", **options)
    follower = make(two.as_engine, emulator, "two", **options)
    async with listening(leader):
        # No event is sent yet, since the follower could not write it once the engine has lost it.
        await until(partial(has_written_until, engine, 0.0))
        for number in range(early):
            emulator.send(RoomCreated(f"early {number}"))
        await until(partial(are_written, engine, early))
        async with listening(follower):
            await wait_for_listeners(emulator, 2)
            await until(lambda: follower._is_hearing and follower._positions)
            # From here on nothing is lost with the leader.
            begun = await engine.now()
            await until(partial(has_written_until, engine, begun))
            yield one, two


async def are_written(engine: Engine, count: int) -> bool:
    return len(await written(engine)) == count


async def has_written_until(engine: Engine, moment: float) -> bool:
    return (await engine.progress("ingest")).heard > moment


async def test_one_writes_what_all_hear(engine: Engine, emulator: Emulator, source: Source) -> None:
    async with two_listeners(engine, emulator, source):
        source.send(500)
        await source.arrive()
        await anyio.sleep(LEASE)
        source.send(10)
        await source.arrive()


async def test_only_so_many_listen_as_are_wanted(
    engine: Engine, emulator: Emulator, source: Source
) -> None:
    third = make(engine, emulator, "three", ingests=2)
    async with two_listeners(engine, emulator, source) as (one, _), listening(third):
        await until(lambda: third._members == ["one", "two", "three"])
        assert not third._is_hearing
        one.is_dead = True
        await until(lambda: third._is_hearing)
        source.send(10)
        await source.arrive()


async def test_a_follower_writes_what_a_dead_leader_has_not(
    engine: Engine, emulator: Emulator, source: Source
) -> None:
    async with two_listeners(engine, emulator, source) as (one, _):
        source.send(20)
        await source.arrive()
        one.hooks["publish"] = never
        # More than is written in one step.
        source.send(450)
        one.is_dead = True
        source.send(20)
        await source.arrive()
        assert await leader_is(engine, "two")


async def test_a_leader_that_lost_its_socket_resigns(
    engine: Engine, emulator: Emulator, source: Source
) -> None:
    async with two_listeners(engine, emulator, source):
        source.send(20)
        # The one that has been open longest is the leader's.
        emulator.drop_connections(kind="server", count=1)
        source.send(20)
        await source.arrive()
        await until(partial(leader_is, engine, "two"))
        await wait_for_listeners(emulator, 2)
        source.send(20)
        await source.arrive()
    assert not [event for event in await events_in(engine) if isinstance(event, EventsMissed)]


async def test_it_is_told_that_events_were_missed(
    engine: Engine, emulator: Emulator, source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    async with two_listeners(engine, emulator, source):
        source.send(20)
        await source.arrive()
        emulator.refuse_connections()
        emulator.drop_connections(kind="server")
        for number in range(3):
            emulator.send(RoomCreated(f"missed {number}"))
        emulator.refuse_connections(False)
        await wait_for_listeners(emulator, 2)

        async def is_told() -> bool:
            kinds = [type(event) for event in await events_in(engine)]
            return kinds.count(EventsMissed) == PARTITIONS

        await until(is_told)
        source.send(20)
        await source.arrive()
        assert await is_told()
    missed = {event for event in await events_in(engine) if isinstance(event, EventsMissed)}
    [event] = missed
    assert event.since < event.until
    assert "were missed" in caplog.text


async def lose_all(engine: Engine) -> None:
    """Let an engine lose all events, and who leads."""
    if isinstance(engine, MemoryEngine):
        engine._streams.clear()
        engine._leads.clear()
        return
    assert isinstance(engine, RedisEngine)
    client = await engine._get_client()
    events = [engine._key(f"events:{number}") for number in range(PARTITIONS)]
    await client.delete([engine._key("lead:ingest"), *events])


async def test_what_the_engine_lost_is_written_again(
    engine: Engine, emulator: Emulator, source: Source
) -> None:
    async with two_listeners(engine, emulator, source):
        source.send(20)
        await source.arrive()
        before = {message.id for message in await written(engine)}
        await lose_all(engine)
        source.send(20)
        await source.arrive()
        messages = await written(engine)
    check_rewritten(messages, before)


def check_rewritten(messages: list[StreamMessage], before: set[str]) -> None:
    """See that all is as it was, with the same ids, and that it may have been handled before."""
    assert {one.id for one in messages if one.is_rewritten} <= before
    assert before <= {one.id for one in messages}
    assert any(one.is_rewritten for one in messages)


# coredis 6.9 leaves streams unclosed when a connection could not be made.
@pytest.mark.filterwarnings("ignore:Unclosed:ResourceWarning")
async def test_a_redis_that_went_back_in_time(emulator: Emulator, tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server:
        engine = redis_engine(server.url, "default")
        async with engine.open():
            source = Source(emulator, engine)
            async with two_listeners(engine, emulator, source):
                source.send(20)
                await source.arrive()
                assert server.ask(b"SAVE\r\n").startswith(b"+OK")
                source.send(20)
                await source.arrive()
                before = {message.id for message in await written(engine)}
                server.kill()
                source.send(20)
                await to_thread.run_sync(server.start)
                source.send(20)
                await source.arrive()
            messages = await written(engine)
            # It knows until when it was told all.
            assert not [one for one in messages if isinstance(one.event, EventsMissed)]
            check_rewritten(messages, before)
    collect()


async def test_what_only_the_former_leader_has_heard_is_told_as_missed(
    engine: Engine, emulator: Emulator, source: Source
) -> None:
    begun = datetime.now(timezone.utc)
    async with two_listeners(engine, emulator, source, early=5) as (one, _):
        now = datetime.now(timezone.utc)
        source.send(20)
        one.is_dead = True
        await lose_all(engine)
        source.send(20)
        await source.arrive()
        missed = [one for one in await events_in(engine) if isinstance(one, EventsMissed)]
    assert len(missed) == PARTITIONS
    [event] = set(missed)
    assert event.since < begun < event.until < now


async def test_the_first_leader_of_all_knows_what_was_lost(
    engine: Engine, emulator: Emulator, source: Source
) -> None:
    async with two_listeners(engine, emulator, source) as (_, two):
        two.is_dead = True
        source.send(20)
        await source.arrive()
        await lose_all(engine)
        source.send(20)
        await source.arrive()
        assert not [one for one in await events_in(engine) if isinstance(one, EventsMissed)]


async def test_a_loss_that_shows_when_another_takes_over(
    engine: Engine, emulator: Emulator, source: Source
) -> None:
    async with two_listeners(engine, emulator, source) as (one, two):
        source.send(20)
        await source.arrive()
        one.is_dead = True

        async def lose() -> None:
            await lose_all(engine)
            del two.hooks["lead"]

        two.hooks["lead"] = lose
        source.send(20)
        await source.arrive()


async def test_a_leader_that_cannot_go_on_follows(
    engine: Engine, emulator: Emulator, source: Source
) -> None:
    meddler = Meddler(engine)
    async with listening(make(meddler.as_engine, emulator, "one")):
        await wait_for_listeners(emulator, 1)
        source.send(1)
        await source.arrive()

        async def depose() -> None:
            del meddler.hooks["lead"]
            await engine.resign("ingest", "one")
            assert await engine.lead("ingest", "another", LEASE)

        meddler.hooks["lead"] = depose
        await until(lambda: "lead" not in meddler.hooks)
        source.send(20)
        await source.arrive()


async def test_a_process_that_comes_last_listens_no_more(
    engine: Engine, emulator: Emulator, source: Source
) -> None:
    third = make(engine, emulator, "three")
    async with two_listeners(engine, emulator, source), listening(third):
        await until(lambda: third._members == ["one", "two", "three"])
        emulator.drop_connections(kind="server", count=1)
        await until(lambda: third._members == ["two", "three", "one"])
        await until(lambda: third._is_hearing)
        source.send(20)
        await source.arrive()


async def test_a_leader_that_was_superseded_follows(
    engine: Engine, emulator: Emulator, source: Source
) -> None:
    async with two_listeners(engine, emulator, source):
        source.send(20)
        await source.arrive()
        await engine.resign("ingest", "one")
        foreign = await engine.lead("ingest", "foreign", LEASE)
        assert foreign is not None
        source.send(20)
        await source.arrive()


async def test_entries_of_others_are_not_taken_for_what_was_heard(
    engine: Engine, emulator: Emulator, source: Source
) -> None:
    async with two_listeners(engine, emulator, source) as (one, _):
        one.hooks["publish"] = never
        webhook = StreamMessage(PeerConnected("1", "1"), is_from_webhook=True).to_payload()
        unknown = '{"v": "1", "id": "a", "event": ""}'
        missed = StreamMessage(EventsMissed(NOW, NOW))
        payloads = [webhook, unknown, "{}", missed.to_payload()]
        await engine.webhook("1", "hash", partition_of("1", PARTITIONS), payloads)
        source.send(5)
        one.is_dead = True

        async def are_there() -> bool:
            messages = [
                StreamMessage.parse(stored.payload)
                for _, stored in await engine.read_events(
                    dict.fromkeys(range(PARTITIONS), "0-0"), 1000, 0
                )
                if stored.payload != "{}"
            ]
            heard = [
                one.event
                for one in messages
                if one is not None and not one.is_from_webhook
                if isinstance(one.event, PeerConnected)
            ]
            return heard == source.sorted()

        await until(are_there)


async def test_more_than_is_kept_is_told_as_missed(
    engine: Engine, emulator: Emulator, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    meddler = Meddler(engine)
    monkeypatch.setattr(ledger_module, "MAX_HEARD", 10)
    async with listening(make(meddler.as_engine, emulator, "one")):
        await wait_for_listeners(emulator, 1)
        source.send(1)
        await source.arrive()
        may_go_on = anyio.Event()
        meddler.hooks["publish"] = may_go_on.wait
        source.send(100)
        await anyio.sleep(LEASE)
        del meddler.hooks["publish"]
        may_go_on.set()

        async def is_told() -> bool:
            return any(isinstance(event, EventsMissed) for event in await events_in(engine))

        await until(is_told)
