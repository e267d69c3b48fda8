"""A Redis that lets a fleet do only what it needs, and Redis servers that sentinels watch."""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

import anyio
import pytest

from fishjam.emulator import Emulator
from fishjam.fleet import EngineRefusedError, EngineUnavailableError, Fleet, Job
from fishjam.fleet._jobs import JobKey
from fishjam.fleet._redis import redis_engine
from tests.fleet.conftest import collect
from tests.fleet.redis_server import RedisServer, free_port
from tests.fleet.test_fleet import client_of, with_assistant, working
from tests.fleet.waiting import until

# coredis 6.9 leaves them open when a connection could not be made.
UNCLOSED = "ignore:Unclosed <MemoryObject:ResourceWarning"
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.timeout(120),
    pytest.mark.filterwarnings(UNCLOSED),
]

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "fleet-in-production.md"
ACL = re.compile(r"^user fleet (.+)$", re.MULTILINE)


async def try_out(url: str, namespace: str, emulator: Emulator) -> None:
    """Let an agent be asked for, run, save and end."""
    fleet = Fleet(
        url,
        fishjam_id=emulator.fishjam_id,
        management_token=emulator.management_token,
        namespace=namespace,
        lease=1.0,
    )
    jobs: list[Job] = []
    with_assistant(fleet, jobs)
    async with client_of(emulator) as client, working(fleet), fleet.connect() as link:
        room = await client.create_room()
        await link.dispatch(room.id, "assistant")
        await until(lambda: jobs)
        await jobs[0].save({"a": 1})
        assert await link.stop(room.id, "assistant")
        await until(lambda: not emulator.rooms[0]["peers"])


async def test_a_user_who_may_do_no_more_than_a_fleet_needs(
    emulator: Emulator, tmp_path: Path
) -> None:
    with RedisServer(tmp_path) as redis:
        found = ACL.search(PAGE.read_text("utf-8"))
        assert found, "the page does not say what a user may do"
        rules = found[1].replace("PASSWORD", "s3cret")
        assert redis.ask(f"ACL SETUSER fleet {rules}\r\n".encode()) == b"+OK\r\n"
        url = redis.url.replace("//", "//fleet:s3cret@")
        await try_out(url, "prod", emulator)
        engine = redis_engine(url, "other")
        async with engine.open():
            with pytest.raises(EngineRefusedError) as caught:
                await engine.dispatch(JobKey("r", "a"))
        assert "s3cret" not in str(caught.value)
    collect()


class Sentinels:
    """A primary, a replica and one sentinel that watches them."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        for name in ("primary", "replica", "sentinel"):
            (folder / name).mkdir()
        self.primary = stack.enter_context(RedisServer(folder / "primary"))
        self.replica = stack.enter_context(
            RedisServer(folder / "replica", "--replicaof", f"127.0.0.1 {self.primary.port}")
        )
        self.sentinel = stack.enter_context(
            RedisServer(folder / "sentinel", watching=self.primary.port)
        )
        for setting in ("down-after-milliseconds 500", "failover-timeout 2000"):
            answer = self.sentinel.ask(f"SENTINEL SET mine {setting}\r\n".encode())
            assert answer == b"+OK\r\n"

    @property
    def url(self) -> str:
        # One that is not there is passed over.
        return f"redis+sentinel://127.0.0.1:{free_port()},127.0.0.1:{self.sentinel.port}/mine"


async def test_the_fleet_follows_its_redis_from_one_server_to_another(
    emulator: Emulator, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        sentinels = Sentinels(tmp_path, stack)
        namespace = uuid.uuid4().hex
        await try_out(sentinels.url, namespace, emulator)
        engine = redis_engine(sentinels.url, namespace)
        async with engine.open():
            assert await engine.dispatch(JobKey("kept", "assistant"))
            await until(lambda: is_replicated(sentinels))
            sentinels.primary.kill()
            await until_so(lambda: is_answered(engine.now))
            states = {state.job for state in await engine.jobs()}
            assert JobKey("kept", "assistant") in states
            assert await engine.dispatch(JobKey("new", "assistant"))
    collect()


def is_replicated(sentinels: Sentinels) -> bool:
    """Tell whether the replica has all, and the sentinel knows of it."""
    replica = sentinels.replica.ask(b"INFO replication\r\n")
    known = sentinels.sentinel.ask(b"SENTINEL replicas mine\r\n")
    return b"master_link_status:up" in replica and str(sentinels.replica.port).encode() in known


async def is_answered(call: Callable[[], Awaitable[object]]) -> bool:
    try:
        await call()
    except EngineUnavailableError:
        return False
    return True


async def until_so(condition: Callable[[], Awaitable[bool]]) -> None:
    with anyio.fail_after(60):
        while not await condition():  # noqa: ASYNC110 - it is another process
            await anyio.sleep(0.1)
