"""A list of thousands of rooms, and what else runs on the loop while it is read."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from anyio.lowlevel import checkpoint

from fishjam import AsyncFishjamClient, FishjamClient
from fishjam._concurrency.loop import background
from fishjam._http.large import LARGE
from fishjam.errors import InvalidResponseError
from fishjam.room import Room
from tests.core.instances import SCHEMAS, full
from tests.support.http_server import Reply, ScriptedServer

pytestmark = pytest.mark.anyio

ROOM = Room.from_dict(full(SCHEMAS["Room"]))


def listing(count: int, *more: Any) -> bytes:
    content = json.dumps({"data": [*[ROOM.to_dict()] * count, *more]}).encode()
    assert len(content) > LARGE
    return content


def rooms(count: int, *more: Any) -> Reply:
    return Reply(body=listing(count, *more))


async def test_other_tasks_run_while_a_long_list_is_read() -> None:
    turns: list[int] = []

    async def count() -> None:
        while True:
            turns[-1] += 1
            await checkpoint()

    async def turns_for(client: AsyncFishjamClient) -> int:
        turns.append(0)
        async with background(count):
            listed = await client.get_all_rooms()
        assert listed[0] == listed[-1] == ROOM
        return len(listed)

    # Without a network, whose waits would count too.
    answers = iter([listing(200), listing(2000)])
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=next(answers)))
    async with (
        httpx.AsyncClient(transport=transport) as http_client,
        AsyncFishjamClient("http://127.0.0.1", "token", http_client=http_client) as client,
    ):
        assert [await turns_for(client) for _ in range(2)] == [200, 2000]
    pieces = 1800 * len(json.dumps(ROOM.to_dict())) / (16 * 1024)
    assert turns[1] - turns[0] > pieces / 2


async def test_a_room_of_another_shape_is_told_as_in_a_short_list() -> None:
    with ScriptedServer(rooms(300, {"id": 5})) as server:
        async with AsyncFishjamClient(server.url, "token") as client:
            with pytest.raises(InvalidResponseError, match=r"data\[300\]"):
                await client.get_all_rooms()


def test_the_sync_client_reads_the_same() -> None:
    with ScriptedServer(rooms(300)) as server, FishjamClient(server.url, "token") as client:
        assert client.get_all_rooms() == [ROOM] * 300
