"""A program with the published Python SDK's notifier, which must run unchanged on both SDKs.

Arguments and output are those of `published_python.py`. Where the SDKs differ on purpose, it asks
for what they have in common: an endpoint that is absent is `''` or None, and only the published one
keeps the forwarding of tracks to itself.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from fishjam import FishjamNotifier, PeerOptions, PeerOptionsVapi, RoomOptions, events
from fishjam.events import (
    ServerMessageChannelAdded,
    ServerMessageChannelRemoved,
    ServerMessagePeerAdded,
    ServerMessagePeerConnected,
    ServerMessagePeerCrashed,
    ServerMessagePeerDeleted,
    ServerMessagePeerDisconnected,
    ServerMessagePeerMetadataUpdated,
    ServerMessagePeerType,
    ServerMessageRecordingStatusChanged,
    ServerMessageRecordingStatusChangedStatus,
    ServerMessageRoomCrashed,
    ServerMessageRoomCreated,
    ServerMessageRoomDeleted,
    ServerMessageStreamerConnected,
    ServerMessageStreamerDisconnected,
    ServerMessageTrackAdded,
    ServerMessageTrackMetadataUpdated,
    ServerMessageTrackRemoved,
    ServerMessageViewerConnected,
    ServerMessageViewerDisconnected,
    Track,
    TrackType,
)
from fishjam.events.allowed_notifications import ALLOWED_NOTIFICATIONS, AllowedNotification
from fishjam.recording import CompositionSource
from tests.outside import published_webhooks
from tests.outside.published_tools import Scene, client_of, control, expect, run_parts

PATIENCE = 10
END = "that is all"
SOURCE = CompositionSource("https://rtc.fishjam.io/api/composition/c1", "out")
WEBRTC = ServerMessagePeerType.PEER_TYPE_WEBRTC

seen: set[type] = set()
"""The kinds of events that came and were expected."""


def check_the_life_of_a_room(scene: Scene) -> None:
    ids: dict[str, str] = {}

    def story() -> None:
        client = client_of(scene)
        ids["room_id"] = room = client.create_room().id
        peer, token = client.create_peer(room, PeerOptions(metadata={"name": "server side"}))
        ids["peer_id"] = peer.id
        control(scene, "connect_peer", token, {"name": "Zoë"})
        ids["track"] = track = control(scene, "add_track", room, peer.id, "video", {"n": 1})
        control(scene, "update_track_metadata", room, peer.id, track, {"n": 2})
        control(scene, "remove_track", room, peer.id, track)
        control(scene, "disconnect_peer", token)
        client.delete_peer(room, peer.id)
        client.delete_room(room)

    found = watch(scene, story)
    room, track = {"room_id": ids["room_id"]}, ids["track"]
    who: Any = {**room, "peer_id": ids["peer_id"]}
    typed: Any = {**who, "peer_type": WEBRTC}
    first = Track(track, TrackType.TRACK_TYPE_VIDEO, '{"n":1}')
    second = Track(id=track, type=TrackType.TRACK_TYPE_VIDEO, metadata='{"n":2}')
    metadata = json.dumps({"name": "Zoë"}, separators=(",", ":"))
    compare(
        found,
        ServerMessageRoomCreated(**room),
        ServerMessagePeerAdded(**typed),
        ServerMessagePeerConnected(**typed),
        ServerMessagePeerMetadataUpdated(metadata=metadata, **typed),
        ServerMessageTrackAdded(track=first, **who),
        ServerMessageTrackMetadataUpdated(track=second, **who),
        ServerMessageTrackRemoved(track=second, **who),
        ServerMessagePeerDisconnected(**typed),
        ServerMessagePeerDeleted(**typed),
        ServerMessageRoomDeleted(**room),
    )
    added = found[4]
    assert (added.room_id, added.peer_id) == (ids["room_id"], ids["peer_id"])
    assert not added.component_id
    assert (added.track.id, added.track.type) == (track, TrackType.TRACK_TYPE_VIDEO)
    assert json.loads(added.track.metadata) == {"n": 1}
    assert json.loads(found[3].metadata) == {"name": "Zoë"}


def check_kinds_of_peers(scene: Scene) -> None:
    ids: list[str] = []

    def story() -> None:
        client = client_of(scene)
        room = client.create_room().id
        ids.extend((room, client.create_peer(room)[0].id, client.create_agent(room).id))
        options = PeerOptionsVapi(api_key="key", call_id="call")
        ids.append(client.create_vapi_agent(room, options).id)

    found = watch(scene, story)
    kinds = (WEBRTC, ServerMessagePeerType.PEER_TYPE_AGENT, ServerMessagePeerType.PEER_TYPE_VAPI)
    room, *peers = ids
    compare(
        found,
        ServerMessageRoomCreated(room),
        *(
            ServerMessagePeerAdded(room, peer, kind)
            for peer, kind in zip(peers, kinds, strict=True)
        ),
        # A VAPI peer connects by itself.
        ServerMessagePeerConnected(room, peers[2], kinds[2]),
        ServerMessagePeerMetadataUpdated(room, peers[2], "{}", kinds[2]),
    )
    assert [ServerMessagePeerType(event.peer_type) for event in found[1:4]] == list(kinds)


def check_crashes(scene: Scene) -> None:
    ids: list[str] = []

    def story() -> None:
        client = client_of(scene)
        room = client.create_room().id
        peer, token = client.create_peer(room)
        ids.extend((room, peer.id))
        control(scene, "connect_peer", token, {})
        control(scene, "crash_peer", room, peer.id, "out of memory")
        control(scene, "crash_room", room)

    found = watch(scene, story)
    room, peer = ids
    compare(
        found[-2:],
        ServerMessagePeerCrashed(room, peer, reason="out of memory", peer_type=WEBRTC),
        ServerMessageRoomCrashed(room),
    )


def check_livestreams(scene: Scene) -> None:
    rooms: list[str] = []

    def story() -> None:
        room = client_of(scene).create_room(RoomOptions(room_type="livestream")).id
        rooms.append(room)
        control(scene, "connect_streamer", room, "s")
        control(scene, "connect_viewer", room, "v")
        control(scene, "disconnect_viewer", room, "v")
        control(scene, "disconnect_streamer", room, "s")

    found = watch(scene, story)
    (room,) = rooms
    compare(
        found[1:],
        ServerMessageStreamerConnected(stream_id=room, streamer_id="s"),
        ServerMessageViewerConnected(stream_id=room, viewer_id="v"),
        ServerMessageViewerDisconnected(stream_id=room, viewer_id="v"),
        ServerMessageStreamerDisconnected(stream_id=room, streamer_id="s"),
    )


def check_recordings(scene: Scene) -> None:
    ids: list[str] = []

    def story() -> None:
        client = client_of(scene)
        good = client.create_composition_recording(SOURCE, {"lesson": "42"}).id
        client.stop_recording(good)
        client.get_recording(good)
        bad = client.create_composition_recording(SOURCE).id
        control(scene, "fail_recording", bad)
        ids.extend((good, bad))

    found = watch(scene, story)
    good, bad = ids
    status = ServerMessageRecordingStatusChangedStatus
    metadata = '{"lesson":"42"}'
    compare(
        found,
        ServerMessageRecordingStatusChanged(good, status.STATUS_ACTIVE, metadata),
        ServerMessageRecordingStatusChanged(good, status.STATUS_FINISHED, metadata),
        ServerMessageRecordingStatusChanged(good, status.STATUS_AVAILABLE, metadata),
        ServerMessageRecordingStatusChanged(recording_id=bad, status=status.STATUS_ACTIVE),
        ServerMessageRecordingStatusChanged(recording_id=bad, status=status.STATUS_FAILED),
    )


def check_channels_and_components(scene: Scene) -> None:
    track = {"id": "t", "type": int(TrackType.TRACK_TYPE_AUDIO), "metadata": "{}"}
    sent: list[tuple[str, dict[str, Any]]] = [
        ("ChannelAdded", {"room_id": "r", "peer_id": "p", "channel_id": "c"}),
        ("ChannelRemoved", {"room_id": "r", "component_id": "k", "channel_id": "c"}),
        ("TrackAdded", {"room_id": "r", "component_id": "k", "track": track}),
    ]

    def story() -> None:
        for name, fields in sent:
            control(scene, "send", name, fields)

    found = watch(scene, story)
    audio = Track(id="t", type=TrackType.TRACK_TYPE_AUDIO, metadata="{}")
    compare(
        found,
        ServerMessageChannelAdded(**sent[0][1]),
        ServerMessageChannelRemoved(**sent[1][1]),
        ServerMessageTrackAdded(room_id="r", component_id="k", track=audio),
    )
    assert [event.peer_id or None for event in found] == ["p", None, None]
    assert [event.component_id or None for event in found] == [None, "k", "k"]


def check_every_kind_was_seen(scene: Scene) -> None:
    published = {kind for kind in ALLOWED_NOTIFICATIONS if kind.__name__ not in _ONLY_OURS}
    assert seen == published
    assert len(seen) == 19


_ONLY_OURS = ("TrackForwarding", "TrackForwardingRemoved", "VadNotification")


def check_other_notifications_do_no_harm(scene: Scene) -> None:
    def story() -> None:
        client = client_of(scene)
        room = client.create_room().id
        peer, _ = client.create_peer(room)
        client.forward_room_tracks(room, SOURCE.composition_url)
        control(scene, "add_track", room, peer.id, "audio", None)
        client.delete_room(room)

    expected = (
        *("RoomCreated", "PeerAdded", "TrackAdded"),
        *("TrackRemoved", "PeerDeleted", "RoomDeleted"),
    )
    kinds = [type(event) for event in watch(scene, story)]
    assert [kind for kind in kinds if kind.__name__ not in _ONLY_OURS] == [
        getattr(events, f"ServerMessage{name}") for name in expected
    ]


def check_the_last_handler_counts_and_may_be_async(scene: Scene) -> None:
    async def run() -> None:
        notifier = notifier_of(scene)
        first: list[AllowedNotification] = []
        last: asyncio.Queue[AllowedNotification] = asyncio.Queue()

        async def handler(event: AllowedNotification) -> None:
            await asyncio.sleep(0)
            await last.put(event)

        notifier.on_server_notification(first.append)
        assert notifier.on_server_notification(handler) is handler
        async with connected(notifier):
            for number in range(20):
                await asyncio.to_thread(say, scene, str(number))
            found = [await asyncio.wait_for(last.get(), PATIENCE) for _ in range(20)]
        assert found == [ServerMessageRoomCreated(str(number)) for number in range(20)]
        assert first == []

    asyncio.run(run())


def check_several_wait_and_several_listen(scene: Scene) -> None:
    async def run() -> None:
        queues: list[asyncio.Queue[Any]] = [asyncio.Queue() for _ in range(3)]
        notifiers = [notifier_of(scene) for _ in queues]
        for notifier, queue in zip(notifiers, queues, strict=True):
            notifier.on_server_notification(queue.put_nowait)
        waiting = [asyncio.create_task(one.wait_ready()) for one in notifiers * 2]
        async with connected(notifiers[0]), connected(notifiers[1]), connected(notifiers[2]):
            await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE)
            await asyncio.to_thread(say, scene, "for all")
            for queue in queues:
                event = await asyncio.wait_for(queue.get(), PATIENCE)
                assert event == ServerMessageRoomCreated(room_id="for all")

    asyncio.run(run())


def check_a_wrong_token(scene: Scene) -> None:
    notifier = FishjamNotifier(scene["fishjam_id"], "wrong")
    notifier.on_server_notification(print)
    error = expect(RuntimeError, asyncio.run, notifier.connect())
    assert "Invalid management token" in str(error)


def check_connecting_again_after_the_end(scene: Scene) -> None:
    """Whether an end in order is an error is up to the SDK, so none is asked for."""

    async def run() -> None:
        notifier = notifier_of(scene)
        found: asyncio.Queue[Any] = asyncio.Queue()
        notifier.on_server_notification(found.put_nowait)
        for code, reason in ((None, ""), (1000, "bye"), (1011, "crash"), (1000, "")):
            task = asyncio.create_task(notifier.connect())
            await asyncio.to_thread(control, scene, "wait_for_subscribers", 1)
            await asyncio.to_thread(say, scene, f"before {reason}")
            event = await asyncio.wait_for(found.get(), PATIENCE)
            assert event == ServerMessageRoomCreated(f"before {reason}")
            await asyncio.to_thread(control, scene, "close_connections", code, reason)
            await asyncio.wait([task], timeout=PATIENCE)
            assert task.done()
            assert task.exception() is not None or code == 1000

    asyncio.run(run())


def watch(scene: Scene, story: Callable[[], None]) -> list[Any]:
    """Run a story in another thread and return the events that came of it."""

    async def run() -> list[Any]:
        notifier = notifier_of(scene)
        queue: asyncio.Queue[Any] = asyncio.Queue()

        @notifier.on_server_notification
        def handler(event: AllowedNotification) -> None:
            assert isinstance(event, ALLOWED_NOTIFICATIONS)
            queue.put_nowait(event)

        async with connected(notifier):
            await asyncio.to_thread(story)
            await asyncio.to_thread(say, scene, END)
            found = []
            while (event := await asyncio.wait_for(queue.get(), PATIENCE)) != (
                ServerMessageRoomCreated(room_id=END)
            ):
                found.append(event)
        return found

    return asyncio.run(run())


@asynccontextmanager
async def connected(notifier: FishjamNotifier) -> AsyncIterator[None]:
    """Connect a notifier for a while, as the published package documents it."""
    task = asyncio.create_task(notifier.connect())
    ready: Awaitable[None] = notifier.wait_ready()
    await asyncio.wait_for(ready, PATIENCE)
    await asyncio.wait_for(notifier.wait_ready(), PATIENCE)
    try:
        yield
    finally:
        assert not task.done(), task
        task.cancel()
        await asyncio.wait([task])


def notifier_of(scene: Scene) -> FishjamNotifier:
    """Make a notifier as the published package documents it."""
    return FishjamNotifier(
        fishjam_id=scene["fishjam_id"], management_token=scene["management_token"]
    )


def say(scene: Scene, room_id: str) -> None:
    """Let the emulator send an event that nothing has caused."""
    control(scene, "send", "RoomCreated", {"room_id": room_id})


def compare(found: list[Any], *expected: Any) -> None:
    """Hold events against those that should have come, by class and with every field."""
    assert [type(event) for event in found] == [type(event) for event in expected], found
    for event, wanted in zip(found, expected, strict=True):
        assert event == wanted, (event, wanted)
    seen.update(type(event) for event in expected)


if __name__ == "__main__":
    sys.exit(run_parts(globals(), vars(published_webhooks)))
