"""What is told of changes over REST and of those by the controls, and in which order."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from fishjam.emulator import Emulator
from fishjam.events import (
    PeerAdded,
    PeerConnected,
    PeerCrashed,
    PeerDeleted,
    PeerDisconnected,
    PeerMetadataUpdated,
    PeerType,
    RecordingStatusChanged,
    RecordingStatusChangedStatus,
    RoomCrashed,
    RoomCreated,
    RoomDeleted,
    StreamerConnected,
    StreamerDisconnected,
    Track,
    TrackAdded,
    TrackForwarding,
    TrackForwardingRemoved,
    TrackMetadataUpdated,
    TrackRemoved,
    TrackType,
    ViewerConnected,
    ViewerDisconnected,
)

Make = Callable[..., dict[str, Any]]
URL = "https://rtc.example/api/composition/c"


def connect(emulator: Emulator, room: str, peer: str) -> None:
    """Connect a peer as its socket would."""
    with emulator._engine.lock:
        emulator._engine.state.rooms.connect_peer(room, peer)
        emulator._engine.state.rooms.introduce_peer(room, peer)


def test_the_life_of_a_room(
    emulator: Emulator, api: httpx.Client, make_room: Make, make_peer: Make
) -> None:
    room = make_room()["id"]
    peer = make_peer(room, metadata={"from": "backend"})["id"]
    connect(emulator, room, peer)
    track = emulator.add_track(room, peer, "audio")
    emulator.update_track_metadata(room, peer, track, {"né": 1})
    emulator.remove_track(room, peer, track)
    with emulator._engine.lock:
        emulator._engine.state.rooms.disconnect_peer(room, peer)
        # Who is not connected cannot disconnect.
        emulator._engine.state.rooms.disconnect_peer(room, peer)
    api.delete(f"/room/{room}/peer/{peer}")
    api.delete(f"/room/{room}")
    who: Any = {"room_id": room, "peer_id": peer}
    typed: Any = {**who, "peer_type": PeerType.WEBRTC}
    bare = Track(id=track, type=TrackType.AUDIO)
    named = Track(id=track, type=TrackType.AUDIO, metadata='{"n\\u00e9":1}')
    assert emulator.notifications == [
        RoomCreated(room_id=room),
        PeerAdded(**typed),
        PeerConnected(**typed),
        PeerMetadataUpdated(metadata="{}", **typed),
        TrackAdded(track=bare, **who),
        TrackMetadataUpdated(track=named, **who),
        TrackRemoved(track=named, **who),
        PeerDisconnected(**typed),
        PeerDeleted(**typed),
        RoomDeleted(room_id=room),
    ]


@pytest.mark.parametrize("type_", ["webrtc", "agent"])
def test_peers_that_connect_later(
    emulator: Emulator, api: httpx.Client, make_room: Make, make_peer: Make, type_: str
) -> None:
    room = make_room()["id"]
    peer = make_peer(room, type_)["id"]
    api.delete(f"/room/{room}/peer/{peer}")
    kind = PeerType[type_.upper()]
    assert emulator.notifications[1:] == [
        PeerAdded(room_id=room, peer_id=peer, peer_type=kind),
        PeerDeleted(room_id=room, peer_id=peer, peer_type=kind),
    ]


def test_a_vapi_peer_connects_by_itself(
    emulator: Emulator, api: httpx.Client, make_room: Make, make_peer: Make
) -> None:
    room = make_room()["id"]
    peer = make_peer(room, "vapi", apiKey="k", callId="c")
    assert peer["status"] == "connected"
    api.delete(f"/room/{room}/peer/{peer['id']}")
    who: Any = {"room_id": room, "peer_id": peer["id"], "peer_type": PeerType.VAPI}
    assert emulator.notifications[1:] == [
        PeerAdded(**who),
        PeerConnected(**who),
        PeerMetadataUpdated(metadata="{}", **who),
        PeerDisconnected(**who),
        PeerDeleted(**who),
    ]


@pytest.mark.parametrize("crash", [False, True])
def test_a_call_may_end_with_the_last_participant(
    emulator: Emulator, make_room: Make, make_peer: Make, crash: bool
) -> None:
    room = make_room()["id"]
    options = {"apiKey": "k", "callId": "c"}
    make_peer(room, "vapi", **options)
    closing = [make_peer(room, "vapi", autoClose=True, **options)["id"] for _ in range(2)]
    guests = [make_peer(room)["id"] for _ in range(2)]

    def gone() -> list[str]:
        found = [event for event in emulator.notifications if isinstance(event, PeerDisconnected)]
        return [event.peer_id for event in found if event.peer_type == PeerType.VAPI]

    with emulator._engine.lock:
        rooms = emulator._engine.state.rooms
        for guest in guests:
            rooms.connect_peer(room, guest)
        rooms.disconnect_peer(room, guests[0])
        assert gone() == []
        if crash:
            rooms.crash_peer(room, guests[1], "")
        else:
            rooms.disconnect_peer(room, guests[1])
    assert gone() == closing
    shown = {peer["id"]: peer["status"] for peer in emulator.rooms[0]["peers"]}
    assert list(shown.values()).count("connected") == 1
    assert {shown[peer_id] for peer_id in closing} == {"disconnected"}


def test_a_deleted_room_takes_its_peers_along(
    emulator: Emulator, api: httpx.Client, make_room: Make, make_peer: Make
) -> None:
    room = make_room()["id"]
    first, second, third = (make_peer(room)["id"] for _ in range(3))
    connect(emulator, room, first)
    connect(emulator, room, second)
    tracks = [emulator.add_track(room, first, type_) for type_ in ("audio", "video")]
    seen = len(emulator.notifications)
    api.delete(f"/room/{room}")
    web: Any = {"room_id": room, "peer_type": PeerType.WEBRTC}
    audio, video = Track(tracks[0], TrackType.AUDIO), Track(tracks[1], TrackType.VIDEO)
    assert emulator.notifications[seen:] == [
        TrackRemoved(room_id=room, peer_id=first, track=audio),
        TrackRemoved(room_id=room, peer_id=first, track=video),
        PeerDisconnected(peer_id=first, **web),
        PeerDeleted(peer_id=first, **web),
        PeerDisconnected(peer_id=second, **web),
        PeerDeleted(peer_id=second, **web),
        PeerDeleted(peer_id=third, **web),
        RoomDeleted(room_id=room),
    ]


def test_a_crashed_room_is_just_gone(
    emulator: Emulator, api: httpx.Client, make_room: Make, make_peer: Make
) -> None:
    room = make_room()["id"]
    peer = make_peer(room)["id"]
    connect(emulator, room, peer)
    emulator.add_track(room, peer, "audio")
    emulator.crash_room(room)
    assert emulator.notifications[-1] == RoomCrashed(room_id=room)
    assert isinstance(emulator.notifications[-2], TrackAdded)
    assert api.get(f"/room/{room}").status_code == 404
    with pytest.raises(LookupError):
        emulator.crash_room(room)


def test_a_crashed_peer_is_gone_with_its_tracks(
    emulator: Emulator, api: httpx.Client, make_room: Make, make_peer: Make
) -> None:
    room = make_room()["id"]
    peer = make_peer(room, "agent")["id"]
    connect(emulator, room, peer)
    track = emulator.add_track(room, peer, "audio")
    emulator.crash_peer(room, peer, "out of memory")
    assert emulator.notifications[-2:] == [
        TrackRemoved(room_id=room, peer_id=peer, track=Track(track, TrackType.AUDIO)),
        PeerCrashed(room_id=room, peer_id=peer, reason="out of memory", peer_type=PeerType.AGENT),
    ]
    assert api.get(f"/room/{room}").json()["data"]["peers"] == []
    with pytest.raises(LookupError):
        emulator.crash_peer(room, peer)


def test_a_track_that_is_gone_is_not_subscribed_to_any_more(
    emulator: Emulator, api: httpx.Client, make_room: Make, make_peer: Make
) -> None:
    room = make_room()["id"]
    first, second = (make_peer(room)["id"] for _ in range(2))
    track = emulator.add_track(room, first, "video", {"x": 1})
    body = {"track_ids": [track]}
    assert api.post(f"/room/{room}/peer/{second}/subscribe_tracks", json=body).status_code == 200
    emulator.remove_track(room, first, track)
    peers = api.get(f"/room/{room}").json()["data"]["peers"]
    assert [peer["tracks"] for peer in peers] == [[], []]
    assert peers[1]["subscriptions"]["tracks"] == []


@pytest.mark.parametrize("metadata", [{"x": {1}}, {"x": float("nan")}])
def test_metadata_must_be_json(
    emulator: Emulator, make_room: Make, make_peer: Make, metadata: dict[str, Any]
) -> None:
    room = make_room()["id"]
    peer = make_peer(room)["id"]
    with pytest.raises(ValueError, match="metadata cannot be written as JSON"):
        emulator.add_track(room, peer, "audio", metadata)
    track = emulator.add_track(room, peer, "audio")
    with pytest.raises(ValueError, match="metadata cannot be written as JSON"):
        emulator.update_track_metadata(room, peer, track, metadata)


def test_controls_name_what_is_not_there(
    emulator: Emulator, make_room: Make, make_peer: Make
) -> None:
    room = make_room()["id"]
    peer = make_peer(room)["id"]
    with pytest.raises(LookupError, match="track x not found"):
        emulator.remove_track(room, peer, "x")
    with pytest.raises(LookupError, match="track x not found"):
        emulator.update_track_metadata(room, peer, "x", {})
    with pytest.raises(LookupError, match="peer x not found"):
        emulator.remove_track(room, "x", "x")


def test_tracks_are_forwarded(
    emulator: Emulator, api: httpx.Client, make_room: Make, make_peer: Make
) -> None:
    room = make_room()["id"]
    one, two, three = (make_peer(room)["id"] for _ in range(3))
    first = emulator.add_track(room, one, "audio")
    seen = len(emulator.notifications)
    for _ in range(2):
        api.post(f"/room/{room}/track_forwardings", json={"compositionURL": URL})
    video = emulator.add_track(room, two, "video")
    more = emulator.add_track(room, two, "video")
    audio = emulator.add_track(room, two, "audio")
    emulator.update_track_metadata(room, two, audio, {})
    info = emulator.rooms[0]["compositionInfo"]
    assert info["compositionUrl"] == URL
    inputs = {forwarding["peerId"]: forwarding["inputId"] for forwarding in info["forwardings"]}
    assert info["forwardings"] == [
        {"peerId": one, "inputId": inputs[one], "audioTrackId": first, "videoTrackId": None},
        {"peerId": two, "inputId": inputs[two], "audioTrackId": audio, "videoTrackId": video},
    ]
    emulator.remove_track(room, two, video)
    api.delete(f"/room/{room}/peer/{three}")
    api.delete(f"/room/{room}/peer/{two}")
    forwarded = [
        (event.peer_id, event.audio_track and event.audio_track.id, event.video_track)
        if isinstance(event, TrackForwarding)
        else event
        for event in emulator.notifications[seen:]
        if isinstance(event, (TrackForwarding, TrackForwardingRemoved))
    ]
    picture, other = Track(video, TrackType.VIDEO), Track(more, TrackType.VIDEO)
    assert forwarded == [
        (one, first, None),
        (two, None, picture),
        (two, audio, picture),
        (two, audio, other),
        (two, audio, None),
        TrackForwardingRemoved(
            room_id=room, peer_id=two, composition_url=URL, input_id=inputs[two]
        ),
    ]
    assert [
        forwarding["peerId"] for forwarding in emulator.rooms[0]["compositionInfo"]["forwardings"]
    ] == [one]


def test_recordings_tell_every_status_once(emulator: Emulator, api: httpx.Client) -> None:
    source = {"compositionURL": URL, "outputId": "o"}
    body = {"source": source, "metadata": {"a": "b"}}
    recording = api.post("/recordings", json=body).json()["data"]["id"]
    for _ in range(2):
        api.post(f"/recordings/{recording}/stop")
    for _ in range(3):
        api.get(f"/recordings/{recording}")
    emulator.publish_recording(recording)
    bare = api.post("/recordings", json={"source": source}).json()["data"]["id"]
    for _ in range(2):
        emulator.fail_recording(bare)
    emulator.finish_recording(bare)
    status = RecordingStatusChangedStatus
    assert emulator.notifications == [
        *(
            RecordingStatusChanged(recording_id=recording, status=state, metadata='{"a":"b"}')
            for state in (status.ACTIVE, status.FINISHED, status.AVAILABLE)
        ),
        *(
            RecordingStatusChanged(recording_id=bare, status=state)
            for state in (status.ACTIVE, status.FAILED, status.FINISHED)
        ),
    ]


def test_streamers_and_viewers_of_a_stream(emulator: Emulator, api: httpx.Client) -> None:
    stream = api.post("/livestream").json()["data"]["id"]
    path = f"/livestream/{stream}"
    streamers = [api.post(f"{path}/streamer").json()["data"]["id"] for _ in range(2)]
    viewers = [api.post(f"{path}/viewer").json()["data"]["id"] for _ in range(2)]
    for _ in range(2):
        emulator.connect_streamer(stream, streamers[0])
        emulator.connect_viewer(stream, viewers[0])
    shown = api.get(path).json()["data"]["streamers"]
    assert [peer["status"] for peer in shown] == ["connected", "disconnected"]
    for _ in range(2):
        emulator.disconnect_streamer(stream, streamers[0])
        emulator.disconnect_viewer(stream, viewers[0])
    emulator.connect_viewer(stream, viewers[1])
    emulator.connect_streamer(stream, streamers[1])
    emulator.connect_streamer(stream, streamers[0])
    api.delete(f"{path}/streamer/{streamers[1]}")
    api.delete(f"{path}/viewer/{viewers[0]}")
    api.delete(path)
    api.delete(path)
    this: Any = {"stream_id": stream}
    assert emulator.notifications == [
        StreamerConnected(streamer_id=streamers[0], **this),
        ViewerConnected(viewer_id=viewers[0], **this),
        StreamerDisconnected(streamer_id=streamers[0], **this),
        ViewerDisconnected(viewer_id=viewers[0], **this),
        ViewerConnected(viewer_id=viewers[1], **this),
        StreamerConnected(streamer_id=streamers[1], **this),
        StreamerConnected(streamer_id=streamers[0], **this),
        StreamerDisconnected(streamer_id=streamers[1], **this),
        ViewerDisconnected(viewer_id=viewers[1], **this),
        StreamerDisconnected(streamer_id=streamers[0], **this),
    ]


def test_a_livestream_room_is_a_stream(
    emulator: Emulator, api: httpx.Client, make_room: Make
) -> None:
    room = make_room(roomType="livestream")["id"]
    emulator.connect_streamer(room, "me")
    emulator.connect_viewer(room, "you")
    emulator.disconnect_viewer(room, "you")
    api.delete(f"/room/{room}")
    assert emulator.notifications == [
        RoomCreated(room_id=room),
        StreamerConnected(stream_id=room, streamer_id="me"),
        ViewerConnected(stream_id=room, viewer_id="you"),
        ViewerDisconnected(stream_id=room, viewer_id="you"),
        StreamerDisconnected(stream_id=room, streamer_id="me"),
        RoomDeleted(room_id=room),
    ]


def test_nobody_connects_to_what_is_no_livestream(
    emulator: Emulator, api: httpx.Client, make_room: Make
) -> None:
    room = make_room()["id"]
    stream = api.post("/livestream").json()["data"]["id"]
    for control in (
        emulator.connect_streamer,
        emulator.disconnect_streamer,
        emulator.connect_viewer,
        emulator.disconnect_viewer,
    ):
        for unknown in (room, stream, "x"):
            with pytest.raises(LookupError):
                control(unknown, "x")
    assert emulator.notifications == [RoomCreated(room_id=room)]


def test_a_request_that_is_refused_tells_nothing(
    emulator: Emulator, api: httpx.Client, make_room: Make
) -> None:
    room = make_room(maxPeers=1)["id"]
    for _ in range(2):
        api.post(f"/room/{room}/peer", json={"type": "agent", "options": {}})
    api.delete(f"/room/{room}/peer/x")
    api.delete("/room/x")
    assert [type(event) for event in emulator.notifications] == [RoomCreated, PeerAdded]


def test_notifications_are_a_copy_of_what_is_kept(emulator: Emulator) -> None:
    emulator.notifications.append(RoomCreated(room_id="x"))
    assert emulator.notifications == []
    for number in range(10_001):
        emulator.send(RoomCreated(room_id=str(number)))
    kept = emulator.notifications
    assert [len(kept), kept[0], kept[-1]] == [
        10_000,
        RoomCreated(room_id="1"),
        RoomCreated(room_id="10000"),
    ]


def test_controls_work_on_a_stopped_emulator(plain: httpx.Client) -> None:
    emulator = Emulator()
    headers = {"authorization": "Bearer development"}
    with emulator:
        url = f"{emulator.fishjam_id}/room"
        room = plain.post(url, json={}, headers=headers).json()["data"]["room"]["id"]
    emulator.delay_notifications(60)
    emulator.crash_room(room)
    emulator.advance(1)
    assert emulator.notifications == [RoomCreated(room_id=room), RoomCrashed(room_id=room)]
    emulator.reset()
    assert json.dumps(emulator.rooms) == "[]"
