"""What is particular to Redis: its address, its refusals, and corrupted keys."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import anyio
import coredis
import pytest
from anyio.abc import ByteStream, TaskStatus
from attrs import evolve

from fishjam.errors import ConfigurationError
from fishjam.fleet import (
    EngineRefusedError,
    EngineUnavailableError,
    Fleet,
    JobDataError,
    JobKey,
)
from fishjam.fleet._address import _location, connector
from fishjam.fleet._engine import Request
from fishjam.fleet._jobs import MAX_STORED, Offer, Taken
from fishjam.fleet._patience import patiently
from fishjam.fleet._redis import RedisEngine, redis_engine
from fishjam.fleet._scripts import GROUP, HANDLERS
from tests.fleet.conftest import collect
from tests.fleet.redis_server import RedisServer, free_port
from tests.fleet.taking import take_one
from tests.fleet.waiting import until

pytestmark = pytest.mark.anyio

PASSWORD = "hidden-secret"
JOB, OTHER = JobKey("room", "assistant"), JobKey("other", "assistant")
LONG = 1000.0
SHORT = 0.01


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A server that wants a password."""
    with RedisServer(tmp_path_factory.mktemp("redis"), "--requirepass", PASSWORD) as server:
        yield server


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up soon."""
    monkeypatch.setattr("fishjam.fleet._redis.TIMEOUT", 0.3)
    monkeypatch.setattr("fishjam.fleet._link.PATIENCE", 0.5)


@asynccontextmanager
async def client_of(engine: RedisEngine) -> AsyncIterator[coredis.Redis[bytes]]:
    async with engine.open():
        yield await engine._get_client()
    collect()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost",
        f"http://user:{PASSWORD}@host",
        f"redis://user:{PASSWORD}@[host",
        f"redis://user:{PASSWORD}@host:port",
        f"redis://user:{PASSWORD}@host:1?max_connections=x",
        f"redis://user:{PASSWORD}/0",
        f"redis+sentinel://user:{PASSWORD}@host",
        f"redis+sentinel://user:{PASSWORD}@host:x/service",
        f"redis+sentinel://user:{PASSWORD}@,host/service",
        f"redis+sentinel://user:{PASSWORD}@[::1/service",
        f"redis+sentinel://user:{PASSWORD}@[::1]x/service",
        f"redis+sentinel://user:{PASSWORD}@host:26379,::1:26379/service",
        f"redis+sentinel://user:{PASSWORD}@[host]:26379/service",
        f"redis+sentinel://user:{PASSWORD}@host:70000/service",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_telling_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match="engine cannot be used") as refusal:
        Fleet(url, fishjam_id="id", management_token="token")
    assert PASSWORD not in repr(refusal.value)
    assert refusal.value.__cause__ is None


async def test_a_wrong_password_is_refused(guarded: RedisServer, patience: None) -> None:
    url = f"redis://:wrong-{PASSWORD}@127.0.0.1:{guarded.port}"
    fleet = Fleet(url, fishjam_id="id", management_token="token")
    async with fleet.connect() as link:
        with pytest.raises(EngineRefusedError) as refusal:
            await link.jobs()
    collect()
    assert PASSWORD not in str(refusal.value)
    assert PASSWORD not in repr(fleet)


async def test_a_worker_with_a_wrong_password_ends(guarded: RedisServer, patience: None) -> None:
    url = f"redis://:wrong-{PASSWORD}@127.0.0.1:{guarded.port}"
    fleet = Fleet(url, fishjam_id="http://127.0.0.1:1", management_token="token")
    with anyio.fail_after(60), pytest.raises(EngineRefusedError):
        await fleet.run(roles=["agents"])
    collect()


async def test_the_right_password_is_taken(guarded: RedisServer) -> None:
    async with client_of(
        redis_engine(f"redis://:{PASSWORD}@127.0.0.1:{guarded.port}/1", "x")
    ) as client:
        assert await client.ping() == b"PONG"


async def test_a_server_that_is_not_there(patience: None) -> None:
    url = f"redis://user:{PASSWORD}@127.0.0.1:{free_port()}"
    fleet = Fleet(url, fishjam_id="id", management_token="token")
    async with fleet.connect() as link:
        with pytest.raises(EngineUnavailableError) as failure:
            await link.dispatch("room", "assistant")
    collect()
    assert PASSWORD not in str(failure.value)


@pytest.mark.parametrize(
    ("place", "host", "port"),
    [
        ("one.example", "one.example", 26379),
        ("10.0.0.1:7", "10.0.0.1", 7),
        ("[2001:db8::1]", "2001:db8::1", 26379),
        ("[::1]:7", "::1", 7),
    ],
)
def test_the_address_of_a_sentinel(place: str, host: str, port: int) -> None:
    location = _location(place)
    assert (location.host, location.port) == (host, port)


async def test_sentinels_name_the_server(redis_server: RedisServer, tmp_path: Path) -> None:
    """Only one of the sentinels is there."""
    with RedisServer(tmp_path, watching=redis_server.port) as sentinel:
        places = f"127.0.0.1:{free_port()},[::1]:{free_port()},127.0.0.1:{sentinel.port}"
        url = f"redis+sentinel://{places}/mine"
        engine = redis_engine(url, uuid.uuid4().hex)
        async with client_of(engine):
            assert await engine.dispatch(JOB)
            assert [state.job for state in await engine.jobs()] == [JOB]


async def test_what_the_server_cannot_do_now_may_be_done_later(redis: RedisEngine) -> None:
    async with client_of(redis) as client:
        await client.config_set({"maxmemory": "1"})
        try:
            with pytest.raises(EngineUnavailableError):
                await redis.dispatch(JOB)
        finally:
            await client.config_set({"maxmemory": "0"})
        assert await redis.dispatch(JOB)


async def test_a_server_that_becomes_a_replica_ends_no_worker(tmp_path: Path) -> None:
    """It happens in a fail-over; who waits for a job gets an error of its own then."""
    with RedisServer(tmp_path) as server:
        engine = redis_engine(server.url, uuid.uuid4().hex)
        async with client_of(engine) as client, anyio.create_task_group() as tasks:

            async def read() -> None:
                with pytest.raises(EngineUnavailableError):
                    await engine.next_offers("one", ["assistant"], 1, 20)

            tasks.start_soon(read)
            await until(lambda: b"cmd=xreadgroup" in server.ask(b"CLIENT LIST\r\n"))
            await client.replicaof("127.0.0.1", free_port())


async def test_a_cluster_that_is_not_whole_may_be_later(tmp_path: Path) -> None:
    with node_of_a_cluster(tmp_path, "a") as server:
        engine = redis_engine(server.url, uuid.uuid4().hex)
        async with client_of(engine):
            with pytest.raises(EngineUnavailableError):
                await engine.dispatch(JOB)
            assert server.ask(b"CLUSTER ADDSLOTSRANGE 0 16383\r\n") == b"+OK\r\n"
            await until(partial(is_whole, server))
            assert await patiently(partial(engine.dispatch, JOB))


async def test_a_node_of_a_cluster_that_does_not_hold_the_keys(tmp_path: Path) -> None:
    """One node holds all slots; the other knows that, and says so."""
    with node_of_a_cluster(tmp_path, "a") as holder, node_of_a_cluster(tmp_path, "b") as other:
        slots = b"CLUSTER ADDSLOTSRANGE 0 16383\r\n"
        assert holder.ask(slots) == b"+OK\r\n"
        meet = f"CLUSTER MEET 127.0.0.1 {holder.port} {holder.options[-1]}\r\n"
        assert other.ask(meet.encode()) == b"+OK\r\n"
        for node in (holder, other):
            await until(partial(is_whole, node))
        await ends_with(other, f"MOVED [0-9]+ 127.0.0.1:{holder.port}")
        name = other.ask(b"CLUSTER MYID\r\n").split()[1]
        slot = holder.ask(b"CLUSTER KEYSLOT {fj:x}:jobs\r\n").strip(b":\r\n")
        migrate = b"CLUSTER SETSLOT %s MIGRATING %s\r\n" % (slot, name)
        assert holder.ask(migrate) == b"+OK\r\n"
        await ends_with(holder, f"ASK [0-9]+ 127.0.0.1:{other.port}")


def node_of_a_cluster(directory: Path, name: str) -> RedisServer:
    own = directory / name
    own.mkdir()
    # By default it is ten thousand above the other one, where there may be no more ports.
    return RedisServer(own, "--cluster-enabled", "yes", "--cluster-port", str(free_port()))


def is_whole(node: RedisServer) -> bool:
    return b"cluster_state:ok" in node.ask(b"CLUSTER INFO\r\n")


async def ends_with(node: RedisServer, answer: str) -> None:
    """See that a worker ends with an error that names the cluster, and what it answered."""
    fleet = Fleet(
        node.url, namespace="x", fishjam_id="http://127.0.0.1:1", management_token="token"
    )
    with anyio.fail_after(60), pytest.raises(EngineRefusedError) as refusal:
        await fleet.run(roles=["agents"])
    collect()
    text = "fleet step 'beat': the server is a node of a Redis Cluster that does not hold the keys"
    assert str(refusal.value).startswith(text)
    assert re.search(f"it answered {answer}[.]", str(refusal.value))
    assert "give the address of the node" in str(refusal.value)


async def test_a_spoilt_job_costs_its_neighbours_nothing(redis: RedisEngine) -> None:
    async with client_of(redis) as client:
        spoilt = JobKey("room", "spoilt")
        await redis.dispatch(JOB)
        await redis.beat("one", LONG)
        await client.set(redis._key(f"job:{spoilt}"), "not a hash")
        await client.sadd(redis._key("jobs"), [str(spoilt), "no-job", b"\xff\xfe"])
        await client.sadd(redis._key("room:room"), [str(spoilt)])
        await client.sadd(redis._key("own:one"), [str(spoilt), "no-job"])
        await client.sadd(redis._key("stop:one"), [str(spoilt)])
        await client.zadd(redis._key("later"), {str(spoilt): 1})
        await client.zadd(redis._key("expiry"), {str(spoilt): 1})
        for state in await redis.jobs():
            assert state.state == ("queued" if state.job == JOB else "unreadable")
        assert (await redis.beat("one", LONG)).owned == (spoilt,)
        [offer] = await redis.next_offers("one", ["assistant"], 1, 5)
        refused, taken = (await redis.take("one", [Offer("1-1", spoilt), offer])).results
        assert isinstance(refused, EngineRefusedError)
        assert isinstance(taken, Taken)
        unkept, kept = await redis.keep("one", [evolve(taken, job=spoilt), taken])
        assert isinstance(unkept, EngineRefusedError)
        assert kept is True
        assert await redis.peers_beside(spoilt) == set()
        with pytest.raises(EngineRefusedError):
            await redis.stop(spoilt)
        await redis.beat("one", 0)
        assert await redis.reap() == [JOB]
        assert await redis.forget(spoilt)
        assert [state.job for state in await redis.jobs()] == [JOB]


async def test_a_message_that_names_no_job_is_dropped(redis: RedisEngine) -> None:
    async with client_of(redis) as client:
        queue = redis._key("queue:assistant")
        await redis.dispatch(JOB)
        for fields in ({"job": "no-job"}, {"other": b"\xff"}):
            await client.xadd(queue, fields)
        await redis.beat("one", LONG)
        offers = await redis.next_offers("one", ["assistant"], 10, 5)
        assert [offer.job for offer in offers] == [JOB]
        assert await take_one(redis, "one", offers[0])
        await redis.reap(0)
        assert await redis.backlog("assistant") == 0


async def test_a_job_in_the_queue_of_another_agent_is_left_alone(redis: RedisEngine) -> None:
    async with client_of(redis) as client:
        await client.xadd(redis._key("queue:other"), {"job": str(JOB)})
        assert await redis.next_offers("one", ["other"], 1, 0.01) == []


async def test_a_queue_that_was_spoilt_after_it_was_read(redis: RedisEngine) -> None:
    async with client_of(redis) as client:
        await redis.dispatch(JOB)
        await redis.beat("one", LONG)
        offers = await redis.next_offers("one", ["assistant"], 1, 5)
        await client.set(redis._key("queue:assistant"), "not a stream")
        [refused] = (await redis.take("one", offers)).results
        assert isinstance(refused, EngineRefusedError)


async def test_what_cannot_be_taken_now_is_taken_later(redis: RedisEngine) -> None:
    async with client_of(redis) as client:
        await redis.dispatch(JOB)
        await redis.beat("one", LONG)
        offers = await redis.next_offers("one", ["assistant"], 1, 5)
        await client.config_set({"min-replicas-to-write": "1"})
        try:
            with pytest.raises(EngineUnavailableError):
                await redis.take("one", offers)
        finally:
            await client.config_set({"min-replicas-to-write": "0"})
        [taken] = (await redis.take("one", offers)).results
        assert isinstance(taken, Taken)
        await client.delete([redis._key(f"job:{JOB}")])
        await client.config_set({"min-replicas-to-write": "1"})
        try:
            with pytest.raises(EngineUnavailableError):
                await redis.keep("one", [taken])
        finally:
            await client.config_set({"min-replicas-to-write": "0"})
        assert await redis.keep("one", [taken]) == [True]


async def test_a_job_of_another_version_is_left_alone(redis: RedisEngine) -> None:
    async with client_of(redis) as client:
        await redis.dispatch(JOB)
        await redis.beat("one", LONG)
        await client.hset(redis._key(f"job:{JOB}"), {"v": "2"})
        [offer] = await redis.next_offers("one", ["assistant"], 1, 5)
        with pytest.raises(JobDataError, match="version"):
            await take_one(redis, "one", offer)
        [state] = await redis.jobs()
        assert (state.state, state.error) == ("unreadable", "its version, '2', is not known")
        assert not await redis.dispatch(JOB)
        assert not await redis.visit(JOB)
        assert not await redis.stop(JOB)
        # Other workers get it, which may know the version.
        assert await redis.reap(0) == [JOB]
        assert len(await redis.next_offers("two", ["assistant"], 1, 5)) == 1


async def test_numbers_that_are_none_do_not_matter(redis: RedisEngine) -> None:
    async with client_of(redis) as client:
        await redis.dispatch(JOB)
        await redis.beat("one", LONG)
        fields: dict[str, str | bytes] = {"asked": "x", "failures": b"\xff"}
        fields["saved"] = "s" * (MAX_STORED + 10)
        await client.hset(redis._key(f"job:{JOB}"), fields)
        [offer] = await redis.next_offers("one", ["assistant"], 1, 5)
        taken = await take_one(redis, "one", offer)
        assert taken is not None
        assert (taken.asked, taken.failures, len(taken.saved)) == (0.0, 0, MAX_STORED + 1)
        [state] = await redis.jobs()
        assert (state.asked, state.failures) == (0.0, 0)
        assert await redis.offer(JOB, taken.epoch, failure="x")
        assert not await redis.stop(JOB, before=0.0)


async def test_what_a_worker_tells_may_be_spoilt(redis: RedisEngine) -> None:
    async with client_of(redis) as client:
        await redis.beat("one", LONG, "{}")
        await redis.beat("two", LONG)
        await client.delete([redis._key("w:two")])
        await client.sadd(redis._key("w:two"), ["x"])
        assert await redis.workers() == {"one": "{}", "two": ""}


async def test_the_lag_of_streams_in_which_somebody_meddles(redis: RedisEngine) -> None:
    async with client_of(redis) as client:
        lead = await redis.lead("ingest", "one", LONG)
        assert lead is not None
        assert await redis.publish(lead, 1, [(0, "a"), (0, "b"), (0, "c")])
        stream = redis._key("events:0")
        _, second, _ = await client.xrange(stream)
        # Redis itself cannot tell the lag any more.
        await client.xdel(stream, [second.identifier])
        await client.set(redis._key("events:1"), "not a stream")
        await client.xgroup_create(stream, "others", "0")
        assert await redis.lags(2) == [2, 0]


async def test_a_wait_goes_on_when_all_is_lost_again_and_again(redis: RedisEngine) -> None:
    queue = redis._key("queue:assistant")
    offers: list[Offer] = []

    async def read() -> None:
        offers.extend(await redis.next_offers("one", ["assistant"], 1, LONG))

    async with client_of(redis) as client, anyio.create_task_group() as tasks:

        async def is_waited_for() -> bool:
            blocked = (await client.info("clients"))["blocked_clients"]
            return bool(blocked and await client.exists([queue]))

        tasks.start_soon(read)
        for _ in range(3):
            await until(is_waited_for)
            await client.delete([queue])
        await until(is_waited_for)
        await redis.dispatch(JOB)
    assert [offer.job for offer in offers] == [JOB]


async def test_a_queue_that_somebody_has_spoilt_is_refused(redis: RedisEngine) -> None:
    async with client_of(redis) as client:
        await client.set(redis._key("queue:assistant"), "not a stream")
        with pytest.raises(EngineRefusedError):
            await redis.next_offers("one", ["assistant"], 1, 0.01)


async def test_an_error_that_is_not_of_redis_comes_out_as_it_is(redis: RedisEngine) -> None:
    async with client_of(redis):
        with pytest.raises(UnicodeEncodeError):
            await redis.dispatch(JOB, Request(data="\ud800"))


async def test_a_server_that_comes_back(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server:
        engine = redis_engine(server.url, uuid.uuid4().hex)
        async with client_of(engine):
            assert await engine.dispatch(JOB)
            server.kill()
            with pytest.raises(EngineUnavailableError):
                await engine.jobs()
            server.start()
            assert await patiently(partial(engine.dispatch, JOB))


async def test_connections_that_died_without_a_word_are_replaced(
    redis_server: RedisServer, patience: None
) -> None:
    """A network that drops them says nothing: they look open for a quarter of an hour."""
    async with through_a_relay(redis_server, uuid.uuid4().hex) as (engine, relay):
        assert await patiently(partial(engine.dispatch, JOB))
        relay.silence()
        with pytest.raises(EngineUnavailableError):
            await engine.jobs()
        assert [state.job for state in await patiently(engine.jobs)] == [JOB]


@pytest.mark.parametrize("how", ["cut", "cancelled"])
async def test_a_job_whose_hand_out_was_lost_is_handed_out_at_once(
    redis_server: RedisServer, how: str
) -> None:
    async with beside_a_relay(redis_server) as (engine, relay, client, other):
        read = partial(engine.next_offers, "one", ["assistant"], 1)
        await engine.beat("one", LONG)
        async with losing_its_answer(redis_server, relay, partial(read, LONG), how):
            async with other.open():
                await other.dispatch(JOB)
            await until(partial(is_handed_out, client, other._key("queue:assistant"), GROUP))
        [offer] = await patiently(partial(read, SHORT))
        assert offer.job == JOB
        assert isinstance((await engine.take("one", [offer])).results[0], Taken)
        assert await read(SHORT) == []


@pytest.mark.parametrize("how", ["cut", "cancelled"])
async def test_events_whose_hand_out_was_lost_come_before_later_ones(
    redis_server: RedisServer, how: str
) -> None:
    async with beside_a_relay(redis_server) as (engine, relay, client, other):
        read = partial(engine.next_events, 0, 1)
        async with other.open():
            async with losing_its_answer(redis_server, relay, partial(read, LONG), how):
                await other.webhook("room", "1", 0, ["first"])
                await until(partial(is_handed_out, client, other._key("events:0"), HANDLERS))
                # Before the connection is lost, so that a client that asks again would get it.
                await other.webhook("room", "2", 0, ["second"])
            [event] = await patiently(partial(read, SHORT))
        assert event.payload == "first"


async def is_handed_out(client: coredis.Redis[bytes], stream: str, group: str) -> bool:
    is_there = await client.exists([stream])
    return bool(is_there and await client.xpending(stream, group, start="-", end="+", count=1))


@asynccontextmanager
async def losing_its_answer(
    server: RedisServer, relay: Relay, read: Callable[[], Awaitable[object]], how: str
) -> AsyncIterator[None]:
    """Let something wait that does not hear what it waited for."""
    async with anyio.create_task_group() as tasks:

        async def wait() -> None:
            with pytest.raises(EngineUnavailableError):
                await read()

        tasks.start_soon(wait)
        # It has asked before, without waiting, for what it had not finished.
        await until(lambda: b"blocked_clients:1" in server.ask(b"INFO clients\r\n"))
        relay.silence()
        yield
        if how == "cut":
            relay.cut()
        else:
            tasks.cancel_scope.cancel()


async def test_a_worker_that_comes_back_by_its_name_gets_what_it_was_given(
    redis: RedisEngine, redis_server: RedisServer
) -> None:
    spoilt = JobKey("spoilt", "assistant")
    async with client_of(redis) as client:
        for job in (JOB, OTHER, spoilt):
            await redis.dispatch(job)
        await redis.beat("one", LONG)
        assert len(await redis.next_offers("one", ["assistant"], 3, 5)) == 3
        await client.set(redis._key(f"job:{spoilt}"), "not a hash")
        namespace = redis._prefix.removeprefix("{fj:").removesuffix("}:")
        again = redis_engine(redis_server.url, namespace)
        async with again.open():
            [first] = await again.next_offers("one", ["assistant"], 1, 5)
            # It has no room for more, so that another gets it.
            [second] = await again.next_offers("two", ["assistant"], 3, 5)
            assert [first.job, second.job] == [JOB, OTHER]
            assert await again.next_offers("one", ["assistant"], 3, SHORT) == []


class GivingBackLater(RedisEngine):
    """An engine that cannot be reached when it gives a job back for the first time."""

    has_failed = False

    async def give_back(self, offer: Offer) -> None:
        if not self.has_failed:
            self.has_failed = True
            raise EngineUnavailableError("not now")
        await super().give_back(offer)


async def test_what_was_read_is_read_again_when_the_rest_could_not_be_given_back(
    redis_server: RedisServer,
) -> None:
    engine = GivingBackLater(connector(redis_server.url), uuid.uuid4().hex)
    async with client_of(engine):
        for agent in ("assistant", "other"):
            await engine.dispatch(JobKey("room", agent))
        read = partial(engine.next_offers, "one", ["assistant", "other"], 1, LONG)
        with pytest.raises(EngineUnavailableError):
            await read()
        assert [offer.job.agent for offer in await read()] == ["assistant"]
        assert [offer.job.agent for offer in await read()] == ["other"]


@asynccontextmanager
async def through_a_relay(
    server: RedisServer, namespace: str
) -> AsyncIterator[tuple[RedisEngine, Relay]]:
    """Give an engine whose connections can be disturbed."""
    relay = Relay(server.port)
    async with anyio.create_task_group() as tasks:
        await tasks.start(relay.run)
        engine = redis_engine(f"redis://127.0.0.1:{relay.port}", namespace)
        async with client_of(engine):
            yield engine, relay
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def beside_a_relay(
    server: RedisServer,
) -> AsyncIterator[tuple[RedisEngine, Relay, coredis.Redis[bytes], RedisEngine]]:
    """Give an engine whose connections can be disturbed, a client, and another engine without."""
    namespace = uuid.uuid4().hex
    async with (
        through_a_relay(server, namespace) as (engine, relay),
        client_of(redis_engine(server.url, namespace)) as client,
    ):
        yield engine, relay, client, redis_engine(server.url, namespace)


async def test_a_connection_that_is_not_made_in_time(patience: None) -> None:
    @asynccontextmanager
    async def connect() -> AsyncIterator[coredis.Redis[bytes]]:
        await anyio.sleep_forever()
        yield coredis.Redis()

    engine = RedisEngine(connect, "x")
    async with engine.open():
        with pytest.raises(EngineUnavailableError):
            await engine.now()


class Relay:
    """Passes bytes on to a server; the connections that there are can fall silent, and be cut."""

    def __init__(self, to: int) -> None:
        self.port = free_port()
        self._to = to
        self._silent = anyio.Event()
        self._scopes: list[anyio.CancelScope] = []

    def silence(self) -> None:
        self._silent.set()
        self._silent = anyio.Event()

    def cut(self) -> None:
        for scope in self._scopes:
            scope.cancel()

    async def run(self, *, task_status: TaskStatus[None]) -> None:
        async with await anyio.create_tcp_listener(
            local_host="127.0.0.1", local_port=self.port
        ) as listener:
            task_status.started()
            await listener.serve(self._serve)

    async def _serve(self, stream: ByteStream) -> None:
        silent = self._silent
        async with (
            stream,
            await anyio.connect_tcp("127.0.0.1", self._to) as server,
            anyio.create_task_group() as tasks,
        ):
            self._scopes.append(tasks.cancel_scope)
            tasks.start_soon(_pass_on, stream, server, silent)
            tasks.start_soon(_pass_on, server, stream, silent)


async def _pass_on(source: ByteStream, target: ByteStream, silent: anyio.Event) -> None:
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        async for data in source:
            if not silent.is_set():
                await target.send(data)
        await target.send_eof()


async def test_a_client_that_breaks_is_made_again(redis_server: RedisServer) -> None:
    tries = 0

    @asynccontextmanager
    async def connect() -> AsyncIterator[coredis.Redis[bytes]]:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise OSError("no connection")
        async with coredis.Redis.from_url(redis_server.url) as client:
            yield client

    async with client_of(RedisEngine(connect, uuid.uuid4().hex)) as client:
        assert await client.ping() == b"PONG"
    assert tries == 2
