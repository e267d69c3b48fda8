"""A local Fishjam, both engines and fleets on them, each for one test by itself."""

from __future__ import annotations

import gc
import uuid
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fishjam.emulator import Emulator
from fishjam.fleet import Fleet
from fishjam.fleet._engine import Engine
from fishjam.fleet._memory import MemoryEngine
from fishjam.fleet._redis import RedisEngine, redis_engine
from tests.fleet.redis_server import RedisServer

MakeFleet = Callable[..., Fleet]

LEFT_OPEN = pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning")
"""What coredis 6.9 leaves behind when a connection could not be made; collected at any time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let no test of this folder fail by what coredis leaves open."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(LEFT_OPEN)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A server for all tests of this process, which none of them disturbs."""
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis(redis_server: RedisServer) -> Iterator[RedisEngine]:
    """An engine with a namespace of its own."""
    yield redis_engine(redis_server.url, uuid.uuid4().hex)
    collect()


@pytest.fixture(params=["memory", "redis"])
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[Engine]:
    """An open engine that holds nothing yet."""
    is_memory = request.param == "memory"
    engine: Engine = MemoryEngine() if is_memory else request.getfixturevalue("redis")
    async with engine.open():
        yield engine


def collect() -> None:
    """Collect what coredis 6.9 leaves unclosed when a connection could not be made."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(params=["memory", "redis"])
def make_fleet(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[MakeFleet]:
    url = "memory://"
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis_server")
        url = server.url
    namespace = uuid.uuid4().hex
    shared = MemoryEngine()

    def make(**options: Any) -> Fleet:
        fleet = Fleet(
            url,
            fishjam_id=emulator.fishjam_id,
            management_token=emulator.management_token,
            namespace=namespace,
            **{"lease": 1.0, **options},
        )
        if fleet._memory is not None:
            # As if both were in one program, which has one fleet.
            fleet._memory = shared
        return fleet

    yield make
    collect()


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator
