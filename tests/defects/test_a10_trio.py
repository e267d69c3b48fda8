"""A10: notifiers and agents run under trio as under asyncio, `wait_ready` before `connect` too."""

from __future__ import annotations

import asyncio

import trio
import trio.testing

from fishjam import FishjamNotifier, events
from fishjam.emulator import Emulator
from tests.agent.agent_script import agent_for, audio, closing, saying, then
from tests.support.websocket_server import Server


def prepared(emulator: Emulator) -> tuple[FishjamNotifier, list[events.Notification]]:
    notifier = FishjamNotifier(emulator.fishjam_id, emulator.management_token)
    seen: list[events.Notification] = []
    notifier.on_server_notification(seen.append)
    return notifier, seen


def test_plain_trio(fishjam_emulator: Emulator) -> None:
    notifier, seen = prepared(fishjam_emulator)

    async def main() -> None:
        async with trio.open_nursery() as nursery:

            async def wait_first() -> None:
                await notifier.wait_ready()
                fishjam_emulator.send(events.RoomCreated("r"))
                fishjam_emulator.drop_connections(1000)

            nursery.start_soon(wait_first)
            await trio.testing.wait_all_tasks_blocked()
            await notifier.connect()

    trio.run(main)
    assert seen == [events.RoomCreated("r")]


def test_plain_asyncio_as_published_code_does_it(fishjam_emulator: Emulator) -> None:
    notifier, seen = prepared(fishjam_emulator)

    async def main() -> None:
        task = asyncio.create_task(notifier.connect())
        await notifier.wait_ready()
        fishjam_emulator.send(events.RoomCreated("r"))
        fishjam_emulator.drop_connections(1000)
        await task

    asyncio.run(main())
    assert seen == [events.RoomCreated("r")]


def test_one_notifier_on_one_loop_after_another(fishjam_emulator: Emulator) -> None:
    notifier, seen = prepared(fishjam_emulator)

    async def once() -> None:
        async with notifier.subscribe(markers=False) as subscription:
            fishjam_emulator.send(events.RoomCreated("r"))
            assert await anext(subscription) == events.RoomCreated("r")

    trio.run(once)
    asyncio.run(once())
    assert seen == []


def test_one_agent_on_one_loop_after_another() -> None:
    script = then(saying(audio(b"ab")), closing(1000, "Room stopped"))

    with Server(script) as server:
        agent = agent_for(server)

        async def once() -> list[bytes]:
            async with agent.connect() as session:
                return [message.data async for message in session]

        assert trio.run(once) == asyncio.run(once()) == [b"ab"]
