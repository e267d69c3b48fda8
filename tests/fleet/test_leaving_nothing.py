"""What a fleet leaves behind: no keys of jobs or workers, no socket, no task, and never a token."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import anyio
import coredis
import pytest
from anyio import to_thread
from attrs import frozen

from fishjam import AsyncFishjamClient
from fishjam.agent import AgentSession
from fishjam.emulator import Emulator
from fishjam.events import PeerConnected, RoomCreated
from fishjam.fleet import Delivery, Fleet, Job, Link
from tests.fleet.conftest import MakeFleet, collect
from tests.fleet.redis_server import RedisServer, free_port
from tests.fleet.test_fleet import client_of
from tests.fleet.test_webhooks import signed
from tests.fleet.waiting import until

pytestmark = pytest.mark.anyio

LASTING = ("queues", "queue:", "epoch", "born", "lead:", "events:", "member", "attend")
"""How the keys begin that do not grow with rooms and workers."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """A server whose file can be searched."""
    with RedisServer(tmp_path, "--rdbcompression", "no") as server:
        yield server
    collect()


async def test_a_fleet_leaves_nothing_behind(server: RedisServer) -> None:
    with Emulator() as emulator:
        account = emulator.fishjam_id, emulator.management_token
        fleet = Fleet(server.url, fishjam_id=account[0], management_token=account[1], lease=0.5)
        jobs: list[Job] = []

        @fleet.agent("assistant", linger=0)
        async def assistant(job: Job, session: AgentSession) -> None:
            jobs.append(job)
            async for _ in session:
                pass

        tokens = [emulator.management_token]
        async with (
            AsyncFishjamClient(*account) as client,
            coredis.Redis.from_url(server.url, decode_responses=True) as redis,
        ):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(fleet.run)
                users = []
                for _ in range(5):
                    room = await client.create_room()
                    _, token = await client.create_peer(room.id)
                    tokens.append(token)
                    users.append(emulator.connect_peer(token))
                await until(lambda: len(jobs) == 5)
                for job in jobs:
                    await job.save({"said": "hello"})
                assert await redis.save()
                stored = (server.directory / "dump.rdb").read_bytes()
                assert b"said" in stored
                for token in tokens:
                    assert token.encode() not in stored
                for user in users:
                    user.leave()
                async with fleet.connect() as link:
                    await until(lambda: is_empty(link))
                fleet.drain()
            names = [key.partition("}:")[2] for key in await redis.keys("*")]
            assert [name for name in names if not name.startswith(LASTING)] == []
            assert await redis.xlen("{fj:default}:queue:assistant") == 0
            # Its own connection is the only one.
            await until(lambda: has_one_client(redis))


async def is_empty(link: Link) -> bool:
    return not await link.jobs()


async def has_one_client(redis: coredis.Redis[str]) -> bool:
    return len(await redis.client_list()) == 1


@frozen
class Remains:
    """What goes on, and is open, in this process at a moment."""

    tasks: tuple[str, ...]
    threads: tuple[str, ...]
    sockets: int

    @classmethod
    def now(cls) -> Remains:
        tasks = sorted(task.name or "" for task in anyio.get_running_tasks())
        threads = sorted(each.name for each in threading.enumerate() if not is_pooled(each))
        files = [str(each.resolve()) for each in Path("/proc/self/fd").iterdir()]
        return cls(tuple(tasks), tuple(threads), sum("/socket:" in name for name in files))


def is_pooled(thread: threading.Thread) -> bool:
    """Tell whether a thread is one that the loop keeps for its next call."""
    return thread.name.startswith(("AnyIO worker thread", "Trio thread", "asyncio_"))


async def use_all(fleet: Fleet, client: AsyncFishjamClient, emulator: Emulator) -> None:
    """Have an agent, events, a webhook, a backend and a health endpoint, until it has drained."""
    seen: set[type] = set()

    @fleet.agent("assistant", linger=0)
    async def assistant(job: Job, session: AgentSession) -> None:
        async for _ in session:
            if job.leaving.is_set():
                break

    @fleet.on(PeerConnected, RoomCreated)
    async def note(event: PeerConnected | RoomCreated, delivery: Delivery) -> None:
        seen.add(type(event))

    async with anyio.create_task_group() as tasks, fleet.connect() as link:
        tasks.start_soon(partial(fleet.run, health=f"127.0.0.1:{free_port()}", drain=5))
        await to_thread.run_sync(emulator.wait_for_subscribers, 2, 20.0)
        room = await client.create_room()
        _, token = await client.create_peer(room.id)
        user = emulator.connect_peer(token)
        await link.started(room.id, "assistant", timeout=20)
        await fleet.submit_webhook(*signed(RoomCreated(room.id)))
        await until(lambda: seen == {PeerConnected, RoomCreated})
        assert len(Remains.now().tasks) > 10
        user.leave()
        await until(lambda: is_empty(link))
        await client.delete_room(room.id)
        fleet.drain()


async def test_no_task_thread_or_socket_outlives_a_run(
    make_fleet: MakeFleet, emulator: Emulator
) -> None:
    async with client_of(emulator) as client:
        # Its own connection is there before and after.
        await client.get_all_rooms()
        before = Remains.now()
        for _ in range(2):
            await use_all(make_fleet(), client, emulator)
            await until(lambda: Remains.now() == before)
