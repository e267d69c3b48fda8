"""Rooms, on a local Fishjam."""

from __future__ import annotations

from typing import Any

import pytest

from fishjam import AsyncFishjamClient, Room, RoomOptions, errors
from fishjam.emulator import Emulator
from fishjam.room import RoomType, VideoCodec
from tests.support.calls import COMPOSITION

pytestmark = pytest.mark.anyio


async def test_a_room_without_options(client: AsyncFishjamClient, emulator: Emulator) -> None:
    room = await client.create_room()
    assert isinstance(room, Room)
    assert room.peers == []
    assert room.composition_info is None
    assert room.config.room_type == "conference"
    assert room.config.room_type is RoomType.CONFERENCE
    assert room.config.video_codec is VideoCodec.H264
    assert room.config.max_peers == 0
    assert room.config.webhook_url is None
    assert (room.config.public, room.config.batch_webhook_notifications) == (False, False)
    assert emulator.requests[-1].json == {
        "batchWebhookNotifications": False,
        "public": False,
        "roomType": "conference",
    }


async def test_a_room_with_every_option(client: AsyncFishjamClient, emulator: Emulator) -> None:
    options = RoomOptions(3, "vp8", "https://hook.example/x?y=1", "livestream", True, True)
    room = await client.create_room(options)
    assert room.config.max_peers == 3
    assert room.config.video_codec == "vp8"
    assert room.config.webhook_url == "https://hook.example/x?y=1"
    assert room.config.room_type == "livestream"
    assert room.config.public is True
    assert room.config.batch_webhook_notifications is True
    assert await client.create_room(options=options) != room


@pytest.mark.parametrize("room_type", [str(member) for member in RoomType])
async def test_every_type_of_room(client: AsyncFishjamClient, room_type: Any) -> None:
    room = await client.create_room(RoomOptions(room_type=room_type))
    assert room.config.room_type == room_type


async def test_rooms_are_listed_read_and_deleted(client: AsyncFishjamClient) -> None:
    assert await client.get_all_rooms() == []
    first, second = await client.create_room(), await client.create_room()
    assert await client.get_all_rooms() == [first, second]
    assert await client.get_room(first.id) == first
    await client.delete_room(first.id)
    assert await client.get_all_rooms() == [second]
    with pytest.raises(errors.NotFoundError, match=first.id):
        await client.get_room(first.id)
    with pytest.raises(errors.NotFoundError):
        await client.delete_room(first.id)


async def test_what_the_server_does_not_accept(client: AsyncFishjamClient) -> None:
    wrong = RoomOptions(max_peers="nan")  # type: ignore[arg-type]
    with pytest.raises(errors.BadRequestError) as caught:
        await client.create_room(wrong)
    assert "maxPeers" in str(caught.value)
    assert caught.value.status_code == 400


async def test_tracks_are_forwarded(client: AsyncFishjamClient, emulator: Emulator) -> None:
    room = await client.create_room()
    await client.forward_room_tracks(room.id, COMPOSITION)
    assert emulator.requests[-1].json == {"compositionURL": COMPOSITION, "selector": "all"}
    info = (await client.get_room(room.id)).composition_info
    assert info is not None
    assert (info.composition_url, info.forwardings) == (COMPOSITION, [])
    with pytest.raises(errors.ConflictError):
        await client.forward_room_tracks(room.id, COMPOSITION + "2")
    with pytest.raises(errors.NotFoundError):
        await client.forward_room_tracks("nobody", COMPOSITION)
    with pytest.raises(errors.BadRequestError):
        await client.forward_room_tracks(room.id, "no address")
