"""A5: in the published SDK one value that it does not know makes the whole list fail."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.instances import SCHEMAS, full
from tests.support.clients import World
from tests.support.http_server import Reply, ScriptedServer

pytestmark = pytest.mark.anyio

ROOM, RECORDING, STREAM = (full(SCHEMAS[name]) for name in ("Room", "Recording", "Stream"))


def with_new(value: Any) -> Any:
    """Replace every value of an enum by one that no SDK has heard of, and add a property."""
    new = {"roomType", "videoCodec", "status", "type", "subscribeMode"}
    if isinstance(value, list):
        return [with_new(item) for item in value]
    if not isinstance(value, dict):
        return value
    changed = {key: "hologram" if key in new else with_new(item) for key, item in value.items()}
    return {**changed, "brandNew": {"property": [1]}}


async def test_rooms(world: World) -> None:
    with ScriptedServer(Reply(200, {"data": [ROOM, with_new(ROOM), ROOM]})) as server:
        async with world.client(server.url) as client:
            known, new, _ = await client.get_all_rooms()
    assert known.config.room_type == ROOM["config"]["roomType"]
    assert (new.config.room_type, new.config.video_codec) == ("hologram", "hologram")
    peer = new.peers[0]
    assert (peer.type_, peer.status, peer.subscribe_mode) == ("hologram",) * 3
    assert peer.tracks[0].type_ == "hologram"
    assert f"{new.config.room_type}" == "hologram"
    assert peer.id == known.peers[0].id


async def test_recordings(world: World) -> None:
    unknown_source = {**RECORDING, "source": {"hologramURL": "x"}}
    answer = {"data": [with_new(RECORDING), unknown_source]}
    with ScriptedServer(Reply(200, answer)) as server:
        async with world.client(server.url) as client:
            new, other = await client.get_all_recordings()
    assert new.status == "hologram"
    assert other.source == {"hologramURL": "x"}


async def test_streams(world: World) -> None:
    with ScriptedServer(Reply(200, {"data": [with_new(STREAM)]})) as server:
        async with world.client(server.url) as client:
            (stream,) = await client.get_all_streams()
    assert stream.streamers[0].status == "hologram"
