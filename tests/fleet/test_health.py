"""The health endpoint of a process."""

from __future__ import annotations

import os
import resource
import socket
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import coredis
import pytest
from anyio import to_thread

from fishjam import AsyncFishjamClient
from fishjam._concurrency.loop import background
from fishjam.agent import AgentSession
from fishjam.emulator import Emulator
from fishjam.errors import ConfigurationError
from fishjam.events import RoomCreated
from fishjam.fleet import Delivery, Fleet, Job
from fishjam.fleet import _health as health
from fishjam.fleet._health import Health, Place, fetch
from tests.fleet.conftest import collect
from tests.fleet.open_metrics import Family, read
from tests.fleet.redis_server import RedisServer, free_port
from tests.fleet.waiting import until

# coredis 6.9 leaves them open when a connection could not be made.
UNCLOSED = "ignore:Unclosed <MemoryObject:ResourceWarning"
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings(UNCLOSED),
]

WORKER = ("worker", "w1")


def make_fleet(emulator: Emulator, url: str = "memory://", lease: float = 5.0) -> Fleet:
    fleet = Fleet(
        url,
        fishjam_id=emulator.fishjam_id,
        management_token=emulator.management_token,
        namespace=uuid.uuid4().hex,
        lease=lease,
    )

    @fleet.agent("assistant", start="manual", stop="manual")
    async def assistant(job: Job, session: AgentSession) -> None:
        async for _ in session:
            pass

    return fleet


@asynccontextmanager
async def working(fleet: Fleet, port: int, **options: Any) -> AsyncIterator[None]:
    async with anyio.create_task_group() as tasks:
        run = partial(fleet.run, capacity=3, name="w1", health=f"127.0.0.1:{port}", **options)
        tasks.start_soon(run)
        yield
        tasks.cancel_scope.cancel()


async def ask(port: int, request: str) -> tuple[int, str]:
    """Send a request as it is; returns the status and the body."""
    async with await anyio.connect_tcp("127.0.0.1", port) as stream:
        await stream.send(request.encode())
        answer = b"".join([part async for part in stream]).decode()
    head, _, body = answer.partition("\r\n\r\n")
    return int(head.split(" ")[1]), body


async def get(port: int, path: str) -> tuple[int, str]:
    return await ask(port, f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")


async def until_answer(port: int, path: str, answer: tuple[int, str]) -> None:
    with anyio.fail_after(60):
        while True:
            try:
                if await get(port, path) == answer:
                    return
            except OSError:
                pass
            await anyio.sleep(0.02)


async def metrics_of(port: int) -> dict[str, Family]:
    status, text = await get(port, "/metrics")
    assert status == 200
    return read(text)


async def test_a_worker_lives_and_is_ready(emulator: Emulator) -> None:
    fleet, port = make_fleet(emulator), free_port()
    async with (
        AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client,
        working(fleet, port),
        fleet.connect() as link,
    ):
        await until_answer(port, "/readyz", (200, "ok\n"))
        assert await get(port, "/livez?verbose") == (200, "ok\n")
        rooms = [await client.create_room() for _ in range(4)]
        for room in rooms:
            await link.dispatch(room.id, "assistant")
        running = frozenset({WORKER, ("state", "running")})
        with anyio.fail_after(60):
            while (await metrics_of(port))["fishjam_fleet_jobs"].values[running] != 3:  # noqa: ASYNC110
                await anyio.sleep(0.02)
        families = await metrics_of(port)
        assert families["fishjam_fleet_slots"].values == {frozenset({WORKER}): 3}
        agent = frozenset({WORKER, ("agent", "assistant")})
        assert families["fishjam_fleet_backlog"].values == {agent: 1}
        assert families["fishjam_fleet_oldest_wait_seconds"].values[agent] >= 0
        new = frozenset({WORKER, ("reason", "new")})
        assert families["fishjam_fleet_takeovers"].values[new] == 3
        count = frozenset({WORKER, ("suffix", "_count")})
        assert families["fishjam_fleet_dispatch_seconds"].values[count] == 3
        margin = families["fishjam_fleet_lease_margin_seconds"].values[frozenset({WORKER})]
        assert 0 < margin <= 5
        fleet.drain()
        await until_answer(port, "/readyz", (503, "draining\n"))
        assert await get(port, "/livez") == (200, "ok\n")
        assert (await metrics_of(port))["fishjam_fleet_jobs"].values[
            frozenset({WORKER, ("state", "leaving")})
        ] == 3


@pytest.mark.parametrize("roles", [["agents"], ["dispatch"]])
async def test_a_process_that_lost_its_engine_is_not_ready(
    emulator: Emulator, tmp_path: Path, roles: list[str]
) -> None:
    port = free_port()
    with RedisServer(tmp_path, "--requirepass", "s3cret") as redis:
        url = redis.url.replace("//", "//:s3cret@")
        async with working(make_fleet(emulator, url, lease=0.5), port, roles=roles):
            await until_answer(port, "/readyz", (200, "ok\n"))
            redis.kill()
            await until_answer(port, "/readyz", (503, "no connection to the engine\n"))
            assert await get(port, "/livez") == (200, "ok\n")
            families = await metrics_of(port)
            assert families["fishjam_fleet_backlog"].values == {}
            _, text = await get(port, "/metrics")
            for secret in ("s3cret", str(redis.port), emulator.management_token):
                assert secret not in text
    collect()


async def test_events_that_are_not_handled_yet_are_seen(emulator: Emulator) -> None:
    fleet, port = make_fleet(emulator), free_port()
    begun, go_on = anyio.Event(), anyio.Event()

    @fleet.on(RoomCreated)
    async def handle(event: RoomCreated, delivery: Delivery) -> None:
        begun.set()
        await go_on.wait()

    async def until_lag(lag: float) -> None:
        with anyio.fail_after(60):
            while True:
                family = (await metrics_of(port))["fishjam_fleet_events_lag"]
                if sum(family.values.values()) == lag:
                    assert len(family.values) == 16
                    break
                await anyio.sleep(0.02)

    async with (
        AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client,
        working(fleet, port, roles=["events"]),
    ):
        await until_answer(port, "/readyz", (200, "ok\n"))
        await anyio.to_thread.run_sync(emulator.wait_for_subscribers)
        await client.create_room()
        with anyio.fail_after(60):
            await begun.wait()
        await until_lag(1)
        go_on.set()
        await until_lag(0)


async def test_requests_that_are_not_understood(emulator: Emulator) -> None:
    port = free_port()
    async with working(make_fleet(emulator), port, roles=["dispatch"]):
        await until_answer(port, "/livez", (200, "ok\n"))
        assert (await get(port, "/"))[0] == 404
        assert (await ask(port, "POST /livez HTTP/1.1\r\n\r\n"))[0] == 405
        assert await ask(port, "HEAD /livez HTTP/1.1\r\n\r\n") == (200, "")
        assert (await ask(port, "nonsense\r\n\r\n"))[0] == 405
        assert (await ask(port, "x" * health.MAX_HEAD))[0] == 405
        # A client that leaves without a word.
        await (await anyio.connect_tcp("127.0.0.1", port)).aclose()
        assert await get(port, "/livez") == (200, "ok\n")


async def test_a_client_that_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.1)
    port = free_port()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Health(Place("127.0.0.1", port), no_trouble, no_trouble).run)
        with anyio.fail_after(60):
            while True:
                try:
                    stream = await anyio.connect_tcp("127.0.0.1", port)
                    break
                except OSError:
                    await anyio.sleep(0.02)
            async with stream:
                with pytest.raises((anyio.EndOfStream, anyio.BrokenResourceError)):
                    await stream.receive()
        tasks.cancel_scope.cancel()


async def test_a_spoilt_queue_hides_nothing_else(
    emulator: Emulator, redis_server: RedisServer
) -> None:
    fleet, port = make_fleet(emulator, redis_server.url), free_port()
    fleet.agent("other", start="manual")(no_agent)
    async with working(fleet, port, roles=["dispatch"]):
        await until_answer(port, "/readyz", (200, "ok\n"))
        async with coredis.Redis.from_url(redis_server.url) as client:
            await client.set(f"{{fj:{fleet._namespace}}}:queue:assistant", "not a stream")
        families = await metrics_of(port)
    other = frozenset({WORKER, ("agent", "other")})
    assert families["fishjam_fleet_backlog"].values == {other: 0}
    collect()


async def no_agent(job: Job, session: AgentSession) -> None:
    return


@contextmanager
def no_more_files() -> Iterator[None]:
    """Let this process open none for a while."""
    # It gets the lowest number that is free.
    held = os.dup(0)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (held + 1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        os.close(held)


@pytest.fixture
async def serving() -> AsyncIterator[int]:
    """A health endpoint without a fleet, whose metrics fail; its port."""

    async def fail() -> str:
        raise LookupError

    port = free_port()
    async with background(Health(Place("127.0.0.1", port), no_trouble, fail).run):
        with anyio.fail_after(20):
            while True:
                try:
                    await get(port, "/")
                    break
                except OSError:
                    await anyio.sleep(0.02)
        yield port


async def test_what_cannot_be_told_does_not_end_it(serving: int) -> None:
    assert await get(serving, "/metrics") == (500, "see the log\n")
    assert (await get(serving, "/"))[0] == 404


async def test_too_many_open_files_do_not_end_it(
    serving: int, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as client:
        with no_more_files():
            client.connect(("127.0.0.1", serving))
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            await until(lambda: "cannot take a connection" in caplog.text)
        assert b" 404 " in await to_thread.run_sync(client.recv, 100)


async def no_trouble() -> str:
    return ""


async def test_a_unix_socket(emulator: Emulator, tmp_path: Path) -> None:
    path = f"{tmp_path}/h"
    async with anyio.create_task_group() as tasks:
        run = partial(make_fleet(emulator).run, health=f"unix:{path}", roles=["dispatch"])
        tasks.start_soon(run)
        with anyio.fail_after(60):
            while True:
                try:
                    assert await fetch(path, "/livez") == (200, "ok\n")
                    break
                except OSError:
                    await anyio.sleep(0.02)
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("127.0.0.1:9464", Place("127.0.0.1", 9464)),
        (":9464", Place("127.0.0.1", 9464)),
        ("9464", Place("127.0.0.1", 9464)),
        ("[::1]:1", Place("::1", 1)),
        ("0.0.0.0:1", Place("0.0.0.0", 1)),  # noqa: S104 - asked for
        ("unix:/run/x", Place("", 0, "/run/x")),
    ],
)
def test_places(text: str, place: Place) -> None:
    assert Place.parse(text) == place


@pytest.mark.parametrize("text", ["", "here", "localhost:", "localhost:x", "localhost:65536"])
def test_what_is_not_a_place(text: str) -> None:
    with pytest.raises(ConfigurationError, match="give a host and a port"):
        Place.parse(text)
