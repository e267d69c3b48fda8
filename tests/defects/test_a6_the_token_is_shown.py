"""A6: in the published SDK the repr of what is inside a client prints the management token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from tests.support.clients import TOKEN, World
from tests.support.http_server import Reply, ScriptedServer

pytestmark = pytest.mark.anyio


def inside(value: Any, seen: set[int]) -> Iterator[Any]:
    """Walk through what an object of the SDK holds, down to what belongs to others."""
    if id(value) in seen:
        return
    seen.add(id(value))
    yield value
    if type(value).__module__.partition(".")[0] not in {"fishjam", "tests"}:
        return
    names = [one.name for one in attrs.fields(type(value))] if attrs.has(type(value)) else []
    held = getattr(value, "__dict__", {})
    for one in [*held.values(), *(getattr(value, name) for name in names)]:
        yield from inside(one, seen)


async def test_nothing_in_a_client_shows_it(world: World) -> None:
    with ScriptedServer(Reply(200, {"data": []})) as server:
        async with world.client(server.url) as client:
            await client.get_all_rooms()
            found = list(inside(client, set()))
            assert len(found) > 8
            for one in found:
                if one != TOKEN:  # the text itself is in there, of course
                    assert TOKEN not in repr(one)
                    assert TOKEN not in str(one)
