"""Events handled over several workers: in order by room, again only after a death."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from fishjam import events
from fishjam.emulator import Emulator
from fishjam.fleet import Delivery, Fleet
from tests.fleet.conftest import MakeFleet
from tests.fleet.test_fleet import client_of, working
from tests.fleet.waiting import until

pytestmark = pytest.mark.anyio

Seen = list[tuple[events.Notification, Delivery]]


def with_handler(fleet: Fleet, seen: Seen, *types: type[Any]) -> Fleet:
    @fleet.on(*(types or (events.RoomCreated, events.PeerAdded, events.PeerDeleted)))
    async def handle(event: events.Notification, delivery: Delivery) -> None:
        seen.append((event, delivery))

    return fleet


async def test_events_are_handled_once_and_in_order(
    make_fleet: MakeFleet, emulator: Emulator
) -> None:
    seen: Seen = []
    one, two = (with_handler(make_fleet(lease=5.0), seen) for _ in range(2))
    async with client_of(emulator) as client, working(one, two):
        await anyio.to_thread.run_sync(emulator.wait_for_subscribers, 2, 20.0)
        rooms = [await client.create_room() for _ in range(5)]
        for room in rooms:
            peer, _ = await client.create_peer(room.id)
            await client.delete_peer(room.id, peer.id)
        await until(lambda: len(seen) == 15)
    for room in rooms:
        kinds = [type(event).__name__ for event, got in seen if got.room_id == room.id]
        assert kinds == ["RoomCreated", "PeerAdded", "PeerDeleted"]
    assert len({delivery.id for _, delivery in seen}) == 15
    assert not any(delivery.again for _, delivery in seen)
