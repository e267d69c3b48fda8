"""What a bot is told of the people in its room."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from loguru import logger
from pipecat.frames.frames import BotConnectedFrame, ClientConnectedFrame

from fishjam import AsyncFishjamClient, FishjamNotifier, RoomOptions
from fishjam.emulator import Emulator, tone
from fishjam.events import (
    PeerAdded,
    PeerDeleted,
    PeerDisconnected,
    PeerMetadataUpdated,
    TrackAdded,
    TrackRemoved,
)
from fishjam.integrations import WebhookHandlers
from fishjam.integrations.pipecat import FishjamParams, FishjamTransport
from tests.pipecat.bots import place, running, until

pytestmark = pytest.mark.anyio
NAMES = (
    *("on_connected", "on_disconnected", "on_before_disconnect", "on_call_state_updated"),
    *("on_participant_connected", "on_participant_disconnected", "on_participant_left"),
    *("on_client_connected", "on_client_disconnected", "on_first_participant_joined"),
    *("on_audio_track_subscribed", "on_audio_track_unsubscribed"),
    *("on_video_track_subscribed", "on_video_track_unsubscribed"),
    *("on_active_speaker_changed", "on_connection_lost", "on_connection_restored"),
)


def told(transport: FishjamTransport) -> list[tuple[Any, ...]]:
    """Keep what the handlers of all events are called with."""
    calls: list[tuple[Any, ...]] = []

    def handler(name: str) -> Any:
        async def keep(given: FishjamTransport, *arguments: Any) -> None:
            assert given is transport
            calls.append((name, *arguments))

        return keep

    for name in NAMES:
        transport.add_event_handler(name, handler(name))
    return calls


async def test_who_comes_and_goes(emulator: Emulator) -> None:
    async with place(emulator) as there:
        transport = there.transport()
        calls = told(transport)
        async with running(transport) as bot:
            await until(lambda: ("on_first_participant_joined", there.user.id) in calls)
            other = await there.another_user()
            await until(lambda: ("on_participant_connected", other.id) in calls)
            assert {*transport.get_participants()} == {there.user.id, other.id}
            microphone = other.publish_audio()
            await until(lambda: ("on_audio_track_subscribed", other.id) in calls)
            camera = other.publish_video()
            await until(lambda: ("on_video_track_subscribed", other.id) in calls)
            camera.remove()
            await until(lambda: ("on_video_track_unsubscribed", other.id) in calls)
            microphone.remove()
            await until(lambda: ("on_audio_track_unsubscribed", other.id) in calls)
            other.publish_audio()
            other.leave()
            await until(lambda: ("on_client_disconnected", {"id": other.id}) in calls)
            await until(lambda: calls.count(("on_audio_track_unsubscribed", other.id)) == 2)
            emulator.crash_peer(there.agent.room_id, there.user.id)
            await until(lambda: ("on_participant_left", there.user.id, "crashed") in calls)
            third = await there.another_user()
            await until(lambda: ("on_first_participant_joined", third.id) in calls)
            assert transport.participant_id == there.agent.id
            await bot.end()
            await bot.finished()
        assert ("on_client_connected", {"id": other.id}) in calls
        assert ("on_participant_left", other.id, "disconnected") in calls
        assert calls[:2] == [("on_connected",), ("on_call_state_updated", "joined")]
        assert [each[0] for each in calls if "disconnect" in each[0]][-2:] == [
            "on_before_disconnect",
            "on_disconnected",
        ]
        assert transport.get_client_id({"id": "a"}) == "a"
        assert len(bot.heard.of(BotConnectedFrame)) == 1
        assert len(bot.heard.of(ClientConnectedFrame)) == 3


async def test_metadata(emulator: Emulator) -> None:
    async with place(emulator) as there:
        transport = there.transport()
        user = there.user.id
        async with running(transport):
            await until(lambda: transport.get_participants())
            assert await transport.get_participant_metadata("nobody") == {}
            for metadata, name in (({"name": "Ada"}, "Ada"), (["Ada"], "")):
                there.user.update_metadata(metadata)
                await until(partial(_is_called, transport, user, name))
                told = await transport.get_participant_metadata(user)
                assert told["name"] == name
                assert json.loads(told["metadata"])["peer"] == metadata


def _is_called(transport: FishjamTransport, user: str, name: str) -> bool:
    return transport._participants.name(user) == name


async def test_a_bot_that_nobody_informs_learns_from_what_it_hears(emulator: Emulator) -> None:
    async with place(emulator) as there:
        transport = there.transport(informed=False)
        calls = told(transport)
        async with running(transport):
            there.user.speak(tone(440, 0.2))
            await until(lambda: ("on_active_speaker_changed", {"id": there.user.id}) in calls)
            await until(lambda: ("on_audio_track_subscribed", there.user.id) in calls)
            assert ("on_first_participant_joined", there.user.id) in calls
            assert transport.get_participants() == [there.user.id]


async def test_webhooks_in_place_of_a_notifier(emulator: Emulator) -> None:
    async with place(emulator) as there:
        webhooks = WebhookHandlers()
        transport = FishjamTransport(there.agent, FishjamParams(), webhooks=webhooks)
        calls = told(transport)
        room, user = there.agent.room_id, there.user.id

        def deliver(event: Any) -> None:
            for handler in webhooks.matching(event):
                handler(event)

        # Nobody is in the room yet, so it is left out.
        deliver(PeerDisconnected(room_id=room, peer_id=user))
        async with running(transport):
            await until(lambda: ("on_connected",) in calls)
            for event in (
                TrackAdded(room_id="another", peer_id=user),
                TrackAdded(room_id=room, peer_id=there.agent.id),
                PeerMetadataUpdated(room_id=room, peer_id=user, metadata="{}"),
                TrackRemoved(room_id=room, peer_id=user),
                TrackAdded(room_id=room, peer_id=user),
                TrackAdded(room_id=room, peer_id=user),
                PeerMetadataUpdated(room_id=room, peer_id=user, metadata="no JSON"),
                PeerDisconnected(room_id=room, peer_id=user),
                PeerDeleted(room_id=room, peer_id=user),
            ):
                deliver(event)
            await transport._participants.take(PeerAdded(room_id=room, peer_id=user))
            await until(lambda: ("on_participant_left", user, "disconnected") in calls)
            for happened in ("connected", "disconnected"):
                assert calls.count((f"on_participant_{happened}", user)) == 1
            handlers = webhooks.matching(PeerDeleted(room_id=room, peer_id=user))
            assert len(handlers) == 1
        # They outlive this bot, and may be in the middle of a call.
        assert webhooks.matching(PeerDeleted(room_id=room, peer_id=user)) == []
        handlers[0](PeerDeleted(room_id=room, peer_id=user))


async def test_a_room_that_cannot_be_read_again(emulator: Emulator) -> None:
    told_of: list[str] = []
    sink = logger.add(told_of.append, level="WARNING", format="{message}")
    async with (
        place(emulator) as there,
        AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client,
    ):
        transport = FishjamTransport(
            there.agent, FishjamParams(), client=client, notifier=there.notifier
        )
        calls = told(transport)
        async with running(transport) as bot:
            await until(lambda: transport.get_participants())
            await client.aclose()
            emulator.drop_connections()
            await until(lambda: [text for text in told_of if "cannot be read" in text])
            await until(lambda: ("on_connection_restored",) in calls)
            other = await there.another_user()
            await until(lambda: ("on_participant_connected", other.id) in calls)
            assert not bot.ended_with
    logger.remove(sink)


async def test_what_was_missed_is_made_up_for(emulator: Emulator) -> None:
    async with place(emulator) as there:
        transport = there.transport()
        calls = told(transport)
        async with running(transport):
            await until(lambda: transport.get_participants())
            there.user.publish_video(metadata={"type": "screenShareVideo"})
            await until(lambda: ("on_video_track_subscribed", there.user.id) in calls)
            emulator.refuse_connections()
            emulator.drop_connections()
            there.user.leave()
            other = await there.another_user()
            other.publish_video()
            emulator.refuse_connections(False)
            await until(lambda: ("on_participant_left", there.user.id, "disconnected") in calls)
            await until(lambda: ("on_video_track_subscribed", other.id) in calls)


async def test_a_track_that_went_while_nobody_told(emulator: Emulator) -> None:
    async with place(emulator) as there:
        transport = there.transport()
        calls = told(transport)
        async with running(transport):
            camera = there.user.publish_video()
            await until(lambda: ("on_video_track_subscribed", there.user.id) in calls)
            emulator.refuse_connections()
            emulator.drop_connections()
            camera.remove()
            emulator.refuse_connections(False)
            await until(lambda: ("on_video_track_unsubscribed", there.user.id) in calls)
            assert transport.get_participants() == [there.user.id]


async def test_a_notifier_that_is_refused_ends_the_bot(emulator: Emulator) -> None:
    async with place(emulator) as there:
        notifier = FishjamNotifier(emulator.fishjam_id, "wrong")
        transport = FishjamTransport(there.agent, FishjamParams(), notifier=notifier)
        async with running(transport) as bot:
            await bot.error("Invalid management token")
            await bot.finished()


async def test_two_sources_of_events_are_refused(emulator: Emulator) -> None:
    async with AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        room = await client.create_room(RoomOptions())
        agent = await client.create_agent(room.id)
    notifier = FishjamNotifier(emulator.fishjam_id, emulator.management_token)
    with pytest.raises(ValueError, match="come twice"):
        FishjamTransport(agent, notifier=notifier, webhooks=WebhookHandlers())
