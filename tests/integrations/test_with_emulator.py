"""A local Fishjam and the receivers together: what one sends, the other takes."""

from __future__ import annotations

import pytest

from fishjam import FishjamClient, RoomOptions, events
from fishjam.emulator import Emulator
from fishjam.integrations import WebhookHandlers
from tests.integrations.applications import APPLICATIONS


@pytest.mark.parametrize("name", APPLICATIONS)
@pytest.mark.parametrize("batched", [False, True])
def test_what_a_handler_could_not_take_comes_again(name: str, batched: bool) -> None:
    handlers = WebhookHandlers()
    seen: list[events.Notification] = []
    failures = [LookupError("database")]

    @handlers.on(events.RoomCreated, events.RoomDeleted)
    async def take(event: events.RoomCreated | events.RoomDeleted) -> None:
        seen.append(event)
        if failures:
            raise failures.pop()

    with (
        APPLICATIONS[name](handlers, secret=["old", "new"]) as url,
        Emulator(webhook_secret="new") as emulator,
        FishjamClient(emulator.fishjam_id, emulator.management_token) as client,
    ):
        options = RoomOptions(webhook_url=url, batch_webhook_notifications=batched)
        room = client.create_room(options)
        client.delete_room(room.id)
        emulator.wait_for_webhooks(timeout=20)
    assert seen == [
        events.RoomCreated(room.id),
        events.RoomCreated(room.id),
        events.RoomDeleted(room.id),
    ]
