"""Virtual peers come, say who they are, and go, like any other peer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from fishjam import AgentOptions, FishjamClient
from fishjam.emulator import Emulator, EmulatorError, VirtualPeer, tone
from fishjam.events import PeerConnected, PeerDisconnected, PeerMetadataUpdated, PeerType
from fishjam.peer import PeerOptionsVapi
from tests.emulator.virtual.conftest import Scene
from tests.support.emulator_sockets import Socket, peer_socket


def peer_in(scene: Scene, peer_id: str) -> Any:
    room = scene.client.get_room(scene.room_id)
    return next(peer for peer in room.peers if peer.id == peer_id)


def news(socket: Socket) -> tuple[str, Any]:
    """Return the kind and the content of what a peer is told next."""
    event = socket.receive_content("server_media_event")
    kind = event.WhichOneof("content")
    return kind, getattr(event, kind)


def join_by_socket(socket: Socket, token: str) -> None:
    socket.authenticate(token)
    socket.send(peer_media_event={"connect": {"metadata_json": "{}"}})
    assert news(socket)[0] == "connected"


def test_a_user_joins_and_leaves(scene: Scene) -> None:
    token = scene.invite(metadata={"from": "backend"})
    before = len(scene.emulator.notifications)
    user = scene.emulator.connect_peer(token, {"name": "Ada"})
    who: Any = {"room_id": scene.room_id, "peer_id": user.id, "peer_type": PeerType.WEBRTC}
    assert (user.room_id, user.connected) == (scene.room_id, True)
    assert (user.close_code, user.close_reason) == (None, None)
    assert (user.sample_rate, user.channels) == (16000, 1)
    shown = peer_in(scene, user.id)
    assert shown.status == "connected"
    assert shown.metadata == {"peer": {"name": "Ada"}, "server": {"from": "backend"}}
    user.update_metadata(["new"])
    user.leave()
    user.leave()
    assert scene.emulator.notifications[before:] == [
        PeerConnected(**who),
        PeerMetadataUpdated(metadata='{"name":"Ada"}', **who),
        PeerMetadataUpdated(metadata='["new"]', **who),
        PeerDisconnected(**who),
    ]
    assert (user.connected, user.close_code, user.close_reason) == (False, 1000, "")
    assert peer_in(scene, user.id).status == "disconnected"


def test_everything_happens_in_order(scene: Scene) -> None:
    user = scene.join()
    microphone = user.publish_audio({"kind": "mic"})
    camera = user.publish_video(metadata={"kind": "cam"})
    assert (microphone.type, camera.type) == ("audio", "video")
    camera.update_metadata(None)
    microphone.update_metadata({"muted": True})
    tracks = {track.id: track for track in peer_in(scene, user.id).tracks}
    assert tracks[microphone.id].metadata == {"muted": True}
    assert tracks[camera.id].metadata is None
    camera.remove()
    assert (microphone.published, camera.published) == (True, False)
    user.leave()
    assert not microphone.published
    scene.client.delete_peer(scene.room_id, user.id)
    scene.client.delete_room(scene.room_id)
    assert scene.kinds() == [
        *("RoomCreated", "PeerAdded", "PeerConnected", "PeerMetadataUpdated"),
        *("TrackAdded", "TrackAdded", "TrackMetadataUpdated", "TrackMetadataUpdated"),
        *("TrackRemoved", "TrackRemoved", "PeerDisconnected", "PeerDeleted", "RoomDeleted"),
    ]


def test_who_drops_may_come_back_with_the_same_token(scene: Scene) -> None:
    token = scene.invite()
    user = scene.emulator.connect_peer(token, {"name": "Ada"})
    user.speak(tone(440, 1))
    user.drop()
    assert (user.connected, user.close_code, user.close_reason) == (False, 1006, "")
    again = scene.emulator.connect_peer(token)
    assert again.id == user.id
    assert again.connected
    assert peer_in(scene, user.id).metadata["peer"] == {"name": "Ada"}
    user.leave()
    assert again.connected


def test_what_ends_a_user_is_told(scene: Scene) -> None:
    def ended(user: VirtualPeer) -> tuple[int | None, str | None]:
        assert not user.connected
        return user.close_code, user.close_reason

    deleted, crashed, others = scene.join(), scene.join(), scene.join()
    scene.client.delete_peer(scene.room_id, deleted.id)
    assert ended(deleted) == (1000, "Peer removed")
    scene.emulator.crash_peer(scene.room_id, crashed.id)
    assert ended(crashed) == (1011, "")
    scene.client.delete_room(scene.room_id)
    assert ended(others) == (1000, "Room stopped")

    scene.room_id = scene.client.create_room().id
    user = scene.join()
    user.speak(tone(440, 1))
    scene.emulator.crash_room(scene.room_id)
    assert ended(user) == (1011, "")

    scene.room_id = scene.client.create_room().id
    user = scene.join()
    scene.emulator.reset()
    assert ended(user) == (1001, "")
    assert scene.kinds() == []


def test_who_is_gone_can_do_nothing_more(scene: Scene) -> None:
    user = scene.join()
    track, camera = user.publish_audio(), user.publish_video()
    scene.client.delete_peer(scene.room_id, user.id)
    user.stop_speaking()
    user.finish_speaking()
    gone = rf"peer {user.id} is no longer connected \(1000 Peer removed\)"
    actions: tuple[Callable[[], object], ...] = (
        lambda: user.update_metadata({}),
        lambda: user.publish_audio(),
        lambda: user.publish_video(),
        lambda: user.speak(b""),
        lambda: track.update_metadata({}),
        lambda: track.remove(),
        lambda: camera.show(b"\xff\xd8\xff"),
    )
    for action in actions:
        with pytest.raises(EmulatorError, match=gone):
            action()


def test_a_track_that_was_removed_is_told_of(scene: Scene) -> None:
    user = scene.join()
    track, camera = user.publish_audio(), user.publish_video()
    scene.emulator.remove_track(scene.room_id, user.id, track.id)
    camera.remove()
    actions: tuple[Callable[[], object], ...] = (
        lambda: track.update_metadata({}),
        lambda: track.remove(),
        lambda: camera.show(b"\xff\xd8\xff"),
    )
    for action in actions:
        with pytest.raises(EmulatorError, match=r"track .* was removed"):
            action()


def test_metadata_have_to_be_json(scene: Scene) -> None:
    token, user = scene.invite(), scene.join()
    track = user.publish_audio()
    before = scene.emulator.notifications
    bad: Any = {"x": {1, 2}}
    for action in (
        lambda: scene.emulator.connect_peer(token, bad),
        lambda: user.update_metadata(bad),
        lambda: user.publish_audio(bad),
        lambda: user.publish_video(metadata=bad),
        lambda: track.update_metadata(bad),
    ):
        with pytest.raises(ValueError, match="metadata cannot be written as JSON"):
            action()
    assert scene.emulator.notifications == before


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"sample_rate": 7999}, "sample_rate must be from 8000 to 48000, not 7999"),
        ({"sample_rate": 48001}, "sample_rate must be from 8000 to 48000, not 48001"),
        ({"channels": 3}, "channels must be 1 or 2, not 3"),
    ],
)
def test_formats_that_nobody_hears_are_refused(
    scene: Scene, options: dict[str, int], text: str
) -> None:
    token = scene.invite()
    with pytest.raises(ValueError, match=text):
        scene.emulator.connect_peer(token, **options)
    scene.emulator.connect_peer(token)


def test_only_one_may_have_a_place(scene: Scene) -> None:
    token = scene.invite()
    user = scene.emulator.connect_peer(token)
    with pytest.raises(EmulatorError, match="peer already connected"):
        scene.emulator.connect_peer(token)
    with peer_socket(scene.emulator) as socket:
        socket.send(auth_request={"token": token})
        assert socket.ending() == (1000, "peer already connected")
    user.leave()
    with peer_socket(scene.emulator) as socket:
        join_by_socket(socket, token)
        with pytest.raises(EmulatorError, match="peer already connected"):
            scene.emulator.connect_peer(token)


def test_users_with_sockets_and_without_see_each_other(scene: Scene) -> None:
    first, second = scene.invite(), scene.invite()
    with peer_socket(scene.emulator) as socket:
        join_by_socket(socket, first)
        user = scene.emulator.connect_peer(second, {"name": "Ada"})
        kind, added = news(socket)
        assert (kind, added.endpoint_id) == ("endpoint_added", user.id)
        assert json.loads(added.metadata_json)["peer"] == {"name": "Ada"}
        track = user.publish_audio()
        kind, added = news(socket)
        assert (kind, list(added.track_id_to_track)) == ("tracks_added", [track.id])
        track.update_metadata({"muted": True})
        assert news(socket)[0] == "track_updated"
        user.leave()
        assert [news(socket)[0] for _ in range(2)] == ["tracks_removed", "endpoint_removed"]


def test_bad_tokens_are_refused(scene: Scene) -> None:
    client, emulator = scene.client, scene.emulator
    agent = client.create_agent(scene.room_id, AgentOptions())
    agent_token = client.refresh_peer_token(scene.room_id, agent.id)
    vapi_token = token_of_vapi(client, emulator, scene.room_id)
    streamer = client.create_streamer(client.create_stream().id)
    for token, text in (
        ("", "missing token"),
        ("nonsense", "invalid token$"),
        (agent_token, "invalid token: it is for one of type agent, and only webrtc peers"),
        (vapi_token, "invalid token: it is for one of type vapi, and only webrtc peers"),
        (streamer.token, "invalid token: it is for one of type streamer"),
    ):
        with pytest.raises(ValueError, match=f"cannot connect a virtual peer: {text}") as caught:
            emulator.connect_peer(token)
        assert not token or token not in str(caught.value)


def token_of_vapi(client: FishjamClient, emulator: Emulator, room_id: str) -> str:
    """Add a VAPI peer, which is told of like any other, and return its token."""
    peer = client.create_vapi_agent(room_id, PeerOptionsVapi(api_key="k", call_id="c"))
    last: Any = emulator.notifications[-1]
    assert (last.peer_id, last.peer_type) == (peer.id, PeerType.VAPI)
    return client.refresh_peer_token(room_id, peer.id)


def test_tokens_of_what_is_gone_are_refused(scene: Scene) -> None:
    token, other = scene.invite(), scene.invite()
    for peer in scene.client.get_room(scene.room_id).peers[:1]:
        scene.client.delete_peer(scene.room_id, peer.id)
    with pytest.raises(LookupError, match="cannot connect a virtual peer: peer not found"):
        scene.emulator.connect_peer(token)
    scene.client.delete_room(scene.room_id)
    with pytest.raises(LookupError, match="cannot connect a virtual peer: room not found"):
        scene.emulator.connect_peer(other)


def test_tokens_come_to_their_end(scene: Scene) -> None:
    token = scene.invite()
    scene.emulator.advance(24 * 60 * 60)
    with pytest.raises(ValueError, match=r"cannot connect a virtual peer: expired token$"):
        scene.emulator.connect_peer(token)
