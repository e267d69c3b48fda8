"""A9: a notifier tells the truth about its state, and survives what the published one does not."""

from __future__ import annotations

import anyio
import pytest

from fishjam import FishjamNotifier, events
from fishjam.emulator import Emulator
from fishjam.errors import NotifierAuthError

pytestmark = pytest.mark.anyio


def notifier_of(emulator: Emulator, token: str | None = None) -> FishjamNotifier:
    return FishjamNotifier(emulator.fishjam_id, token or emulator.management_token)


async def test_it_is_not_ready_any_more_after_a_disconnect(fishjam_emulator: Emulator) -> None:
    notifier = notifier_of(fishjam_emulator)
    notifier.on_server_notification(lambda event: None)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(notifier.connect)
        await notifier.wait_ready()
        assert notifier.connected
        await anyio.to_thread.run_sync(fishjam_emulator.drop_connections, 1000)
    assert not notifier.connected
    with anyio.move_on_after(0.05) as scope:
        await notifier.wait_ready()
    assert scope.cancelled_caught


async def test_without_a_handler_it_does_not_even_connect(fishjam_emulator: Emulator) -> None:
    with pytest.raises(RuntimeError, match="no handler"):
        await notifier_of(fishjam_emulator).connect()
    assert fishjam_emulator.requests == []


async def test_a_refused_token_is_told_by_its_class(fishjam_emulator: Emulator) -> None:
    notifier = notifier_of(fishjam_emulator, "wrong")
    notifier.on_server_notification(lambda event: None)
    with pytest.raises(NotifierAuthError, match="Invalid management token"):
        await notifier.connect()
    with pytest.raises(NotifierAuthError):
        await notifier.wait_ready()


async def test_several_handlers_and_one_that_fails(fishjam_emulator: Emulator) -> None:
    notifier = FishjamNotifier(
        fishjam_emulator.fishjam_id, fishjam_emulator.management_token, on_handler_error="log"
    )
    seen: list[str] = []
    both = anyio.Event()

    @notifier.on(events.RoomCreated)
    def fail(event: events.RoomCreated) -> None:
        raise LookupError("mine")

    @notifier.on(events.RoomCreated)
    async def note(event: events.RoomCreated) -> None:
        seen.append(event.room_id)
        if len(seen) == 2:
            both.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(notifier.run)
        await notifier.wait_ready()
        for name in ("a", "b"):
            fishjam_emulator.send(events.RoomCreated(name))
        await both.wait()
        tasks.cancel_scope.cancel()
    assert seen == ["a", "b"]
