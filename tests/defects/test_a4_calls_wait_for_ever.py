"""A4: the published SDK waits without limit, cannot be closed, and takes no client of one's own."""

from __future__ import annotations

import httpx
import pytest

from fishjam import errors
from fishjam.client import DEFAULT_TIMEOUT
from tests.support.clients import World
from tests.support.http_server import Hang, Reply, ScriptedServer

pytestmark = pytest.mark.anyio

EMPTY = Reply(200, {"data": []})


async def test_every_phase_has_a_limit_by_default(world: World) -> None:
    async with world.client("https://fishjam.example") as client:
        limits = client._transport.settings.timeout
    for phase, seconds in DEFAULT_TIMEOUT.as_dict().items():
        assert seconds is not None
        assert getattr(limits, phase) == seconds <= 30


async def test_a_limit_is_kept(world: World) -> None:
    with ScriptedServer(Hang()) as server:
        async with world.client(server.url, timeout=0.1, retry=None) as client:
            with pytest.raises(errors.FishjamTimeoutError):
                await client.get_all_rooms()


async def test_a_client_can_be_closed(world: World) -> None:
    with ScriptedServer(otherwise=EMPTY) as server:
        client = world.client(server.url)
        await client.get_all_rooms()
        await client.aclose()
        with pytest.raises(errors.ClientClosedError):
            await client.get_all_rooms()
        async with world.client(server.url) as client:
            await client.get_all_rooms()


async def test_an_http_client_of_ones_own_is_used(world: World) -> None:
    rooms = httpx.MockTransport(lambda _: httpx.Response(200, json={"data": []}))
    async with world.http(transport=rooms) as http:
        client = world.client("https://fishjam.example", http_client=http)
        assert await client.get_all_rooms() == []
