"""What a fleet leaves behind: no keys of jobs or workers, no socket, no task, and never a token."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import anyio
import coredis
import pytest

from fishjam import AsyncFishjamClient
from fishjam.agent import AgentSession
from fishjam.emulator import Emulator
from fishjam.fleet import Fleet, Job, Link
from tests.fleet.conftest import collect
from tests.fleet.redis_server import RedisServer
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
