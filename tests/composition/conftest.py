"""Each test here runs with the sync client, and with the async one on each loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, cast

import pytest

from fishjam import AsyncCompositionClient, CompositionClient
from tests.outside.composition_calls import answer
from tests.support.clients import (
    TOKEN,
    Blocking,
    World,
    anyio_backend,
    few_authorities,
    one_authority,
    world,
)
from tests.support.http_server import Reply, ScriptedServer

__all__ = ("anyio_backend", "few_authorities", "one_authority", "world")

MakeClient = Callable[..., AsyncCompositionClient]


@pytest.fixture
def make_client(world: World) -> MakeClient:
    """Return what makes a client of this world, with the looks of the asynchronous one."""

    def make(url: str | None, token: str = TOKEN, **options: Any) -> AsyncCompositionClient:
        if world.is_sync:
            return adapt(CompositionClient(token, url, **options))
        return AsyncCompositionClient(token, url, **options)

    return make


def adapt(client: CompositionClient) -> AsyncCompositionClient:
    return cast(AsyncCompositionClient, Blocking(client, AsyncCompositionClient))


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server that says yes to everything after its script, as the Composition API would."""
    with ScriptedServer(otherwise=lambda received: Reply(*answer(received.target))) as server:
        yield server


@pytest.fixture
async def client(server: ScriptedServer, make_client: MakeClient) -> AsyncIterator[Any]:
    async with make_client(server.url) as client:
        yield client
