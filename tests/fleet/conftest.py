"""Both engines, each for one test by itself."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator

import pytest

from fishjam.fleet._engine import Engine
from fishjam.fleet._memory import MemoryEngine
from fishjam.fleet._redis import RedisEngine, redis_engine
from tests.fleet.redis_server import RedisServer


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis(redis_server: RedisServer) -> RedisEngine:
    return redis_engine(redis_server.url, uuid.uuid4().hex)


@pytest.fixture(params=["memory", "redis"])
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[Engine]:
    """An open engine that holds nothing yet."""
    engine: Engine
    if request.param == "memory":
        engine = MemoryEngine()
    else:
        engine = request.getfixturevalue("redis")
    async with engine.open():
        yield engine
