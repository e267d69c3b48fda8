"""Livestream rooms, and streams with their streamers and viewers, on a local Fishjam."""

from __future__ import annotations

import pytest

from fishjam import AsyncFishjamClient, RoomOptions, StreamOptions, errors
from fishjam.emulator import Emulator
from fishjam.livestream import StreamerStatus
from tests.support.clients import World

pytestmark = pytest.mark.anyio


async def test_tokens_of_a_livestream_room(client: AsyncFishjamClient) -> None:
    room = await client.create_room(RoomOptions(room_type="livestream"))
    viewer = await client.create_livestream_viewer_token(room.id)
    streamer = await client.create_livestream_streamer_token(room.id)
    assert viewer != streamer
    assert viewer.count(".") == streamer.count(".") == 2


async def test_other_rooms_have_no_such_tokens(client: AsyncFishjamClient) -> None:
    room = await client.create_room()
    for room_id in (room.id, "nowhere"):
        with pytest.raises(errors.NotFoundError):
            await client.create_livestream_viewer_token(room_id)
        with pytest.raises(errors.NotFoundError):
            await client.create_livestream_streamer_token(room_id)


@pytest.mark.parametrize(
    ("fishjam_id", "origin"),
    [
        ("abc", "https://fishjam.io"),
        ("https://my.fishjam:8443/some/path", "https://my.fishjam:8443"),
        ("http://127.0.0.1:5002", "http://127.0.0.1:5002"),
    ],
)
async def test_addresses_are_those_of_the_origin(
    world: World, fishjam_id: str, origin: str
) -> None:
    async with world.client(fishjam_id) as client:
        assert client.livestream_whip_url() == f"{origin}/api/v1/live/api/whip"
        assert client.livestream_whep_url() == f"{origin}/api/v1/live/api/whep"


async def test_a_stream_with_streamers_and_viewers(
    client: AsyncFishjamClient, emulator: Emulator
) -> None:
    assert await client.get_all_streams() == []
    stream = await client.create_stream()
    assert (stream.public, stream.streamers, stream.viewers) == (False, [], [])
    assert emulator.requests[-1].json == {
        "audioOnly": False,
        "batchWebhookNotifications": False,
        "public": False,
    }
    streamer = await client.create_streamer(stream.id)
    viewer = await client.create_viewer(stream.id)
    assert streamer.status is StreamerStatus.DISCONNECTED
    assert streamer.token not in repr(streamer)
    assert viewer.token not in repr(viewer)
    stream = await client.get_stream(stream.id)
    assert [one.id for one in stream.streamers] == [streamer.id]
    assert [one.id for one in stream.viewers] == [viewer.id]
    assert await client.get_all_streams() == [stream]
    await client.delete_streamer(stream.id, streamer.id)
    await client.delete_viewer(stream.id, viewer.id)
    stream = await client.get_stream(stream.id)
    assert (stream.streamers, stream.viewers) == ([], [])


async def test_a_stream_with_every_option(client: AsyncFishjamClient, emulator: Emulator) -> None:
    stream = await client.create_stream(StreamOptions(True, True, "https://hook.example/x", True))
    assert (stream.audio_only, stream.public) == (True, True)
    assert emulator.requests[-1].json == {
        "audioOnly": True,
        "batchWebhookNotifications": True,
        "public": True,
        "webhookUrl": "https://hook.example/x",
    }


async def test_deleting_what_is_not_there_is_no_error(client: AsyncFishjamClient) -> None:
    stream = await client.create_stream()
    await client.delete_streamer(stream.id, "nobody")
    await client.delete_viewer(stream.id, "nobody")
    await client.delete_stream(stream.id)
    await client.delete_stream(stream.id)
    assert await client.get_all_streams() == []
    for call in (client.get_stream, client.create_streamer, client.create_viewer):
        with pytest.raises(errors.NotFoundError):
            await call(stream.id)
