"""A local Fishjam, both engines and fleets on them, each for one test by itself."""

from __future__ import annotations

import gc
import os
import uuid
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import zip_longest
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


LONG = 180
"""Seconds that a test may take whose programs take long to start."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let no test fail by what coredis leaves open, and none that takes long begin last."""
    here = Path(__file__).parent
    mine = [item for item in items if here in item.path.parents]
    for item in mine:
        item.add_marker(LEFT_OPEN)
    others = [item for item in items if here not in item.path.parents]
    items[:] = [*others, *spread(mine, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))]


def pytest_collection_finish() -> None:
    """Let `collect` look only at what tests leave: what was imported stays to the end."""
    gc.collect()
    gc.freeze()


def spread(items: list[pytest.Item], processes: int) -> list[pytest.Item]:
    """Put the tests that take long between the others, in distances that are the same.

    Each process begins with a piece of the list, which has one of the longest at its beginning.
    """
    slow = sorted(filter(is_slow, items), key=patience_of, reverse=True)
    slow = [item for number in range(processes) for item in slow[number::processes]]
    quick = [item for item in items if not is_slow(item)]
    size = len(quick) // max(1, len(slow)) + 1
    pieces = [quick[start : start + size] for start in range(0, len(quick), size)]
    return [item for pair in zip_longest(slow, pieces) for item in flat(*pair)]


def flat(slow: pytest.Item | None, quick: list[pytest.Item] | None) -> list[pytest.Item]:
    """Join a test that takes long and those that follow it."""
    return [*([slow] if slow is not None else []), *(quick or [])]


def is_slow(item: pytest.Item) -> bool:
    """Tell whether a test starts programs, and waits for them."""
    return patience_of(item) >= LONG


def patience_of(item: pytest.Item) -> float:
    """Return for how many seconds a test may run."""
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker is not None else 0.0


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
