"""The peer socket: a browser's way into a room, without the media."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest

from fishjam.emulator import Emulator
from fishjam.events import (
    PeerConnected,
    PeerCrashed,
    PeerDeleted,
    PeerDisconnected,
    PeerMetadataUpdated,
    PeerType,
    RoomCrashed,
    RoomDeleted,
    TrackAdded,
    TrackMetadataUpdated,
    TrackRemoved,
)
from tests.emulator.conftest import Guest
from tests.support.emulator_sockets import (
    PeerMessage,
    Socket,
    peer_socket,
    subscribed,
)

Make = Callable[..., dict[str, Any]]
Invite = Callable[..., Guest]


@contextmanager
def joined(emulator: Emulator, guest: Guest, **metadata: Any) -> Iterator[Socket]:
    """Open a peer's socket and join the room."""
    with peer_socket(emulator) as socket:
        socket.authenticate(guest.token)
        act(socket, connect={"metadata_json": json.dumps(metadata)})
        assert socket.media_event("connected").endpoint_id == guest.id
        yield socket


def act(socket: Socket, **event: Any) -> None:
    """Send a media event."""
    socket.send(peer_media_event=event)


def peer_in(api: httpx.Client, guest: Guest) -> dict[str, Any]:
    peers = api.get(f"/room/{guest.room}").json()["data"]["peers"]
    return next(peer for peer in peers if peer["id"] == guest.id)


@pytest.mark.parametrize(
    ("room_type", "number"),
    [
        ("conference", 1),
        ("full_feature", 1),
        ("audio_only", 2),
        ("livestream", 3),
        ("broadcaster", 3),
        ("audio_only_livestream", 3),
    ],
)
def test_a_good_token_is_answered_with_the_room_type(
    emulator: Emulator, make_room: Make, invite: Invite, room_type: str, number: int
) -> None:
    guest = invite(make_room(roomType=room_type)["id"])
    with peer_socket(emulator) as socket:
        socket.send(auth_request={"token": guest.token, "sdk_version": "web-1"})
        assert socket.receive() == PeerMessage(authenticated={"room_type": number})


def test_joining_and_leaving_is_told_and_shown(
    emulator: Emulator, api: httpx.Client, invite: Invite
) -> None:
    guest = invite(metadata={"from": "backend"})
    who: Any = {"room_id": guest.room, "peer_id": guest.id, "peer_type": PeerType.WEBRTC}
    with subscribed(emulator) as backend:
        with peer_socket(emulator) as socket:
            socket.authenticate(guest.token)
            assert backend.event() == PeerConnected(**who)
            shown = peer_in(api, guest)
            assert shown["status"] == "connected"
            assert shown["metadata"] == {"peer": {}, "server": {"from": "backend"}}
            act(socket, connect={"metadata_json": '{"name": "Zoë"}'})
            answer = socket.media_event("connected")
            assert answer.endpoint_id == guest.id
            assert list(answer.ice_servers) == []
            metadata = '{"name":"Zo\\u00eb"}'
            assert backend.event() == PeerMetadataUpdated(metadata=metadata, **who)
            shown = peer_in(api, guest)
            assert shown["metadata"] == {"peer": {"name": "Zoë"}, "server": {"from": "backend"}}
            act(socket, update_endpoint_metadata={"metadata_json": "[1]"})
            assert backend.event() == PeerMetadataUpdated(metadata="[1]", **who)
        assert backend.event() == PeerDisconnected(**who)
        shown = peer_in(api, guest)
        assert shown["status"] == "disconnected"
        with joined(emulator, guest):
            assert backend.events(2) == [
                PeerConnected(**who),
                PeerMetadataUpdated(metadata="{}", **who),
            ]
            assert peer_in(api, guest)["metadata"]["peer"] == {}


def test_without_metadata_the_old_ones_stay(
    emulator: Emulator, api: httpx.Client, invite: Invite
) -> None:
    guest = invite()
    with subscribed(emulator) as backend:
        with joined(emulator, guest, x=1):
            backend.events(2)
        backend.event()
        with peer_socket(emulator) as socket:
            socket.authenticate(guest.token)
            act(socket, connect={})
            socket.media_event("connected")
            assert peer_in(api, guest)["metadata"]["peer"] == {"x": 1}


def test_the_disconnect_event_withdraws_the_peer_but_keeps_it_connected(
    emulator: Emulator, api: httpx.Client, make_room: Make, invite: Invite
) -> None:
    room = make_room()["id"]
    guest = invite(room)
    with subscribed(emulator) as backend, joined(emulator, invite(room)) as other:
        with joined(emulator, guest) as socket:
            other.media_event("endpoint_added")
            emulator.add_track(room, guest.id, "audio")
            other.media_event("tracks_added")
            act(socket, disconnect={})
            act(socket, disconnect={})
            other.media_event("tracks_removed")
            other.media_event("endpoint_removed")
            assert peer_in(api, guest)["status"] == "connected"
            act(socket, connect={})
            socket.media_event("connected")
            other.media_event("endpoint_added")
        other.media_event("endpoint_removed")
        events = [event for event in backend.events(9) if getattr(event, "peer_id", "") == guest.id]
    assert [type(event) for event in events] == [
        PeerConnected,
        PeerMetadataUpdated,
        TrackAdded,
        TrackRemoved,
        PeerMetadataUpdated,
        PeerDisconnected,
    ]


def test_a_peer_that_never_joined_connects_and_disconnects(
    emulator: Emulator, invite: Invite
) -> None:
    guest = invite()
    with subscribed(emulator) as backend:
        with peer_socket(emulator) as socket:
            socket.authenticate(guest.token)
            emulator.drop_connections(kind="peer")
        assert [type(event) for event in backend.events(2)] == [PeerConnected, PeerDisconnected]
        with joined(emulator, guest):
            assert isinstance(backend.event(), PeerConnected)


def refused(emulator: Emulator, token: str) -> tuple[int, str] | None:
    with peer_socket(emulator) as socket:
        socket.send(auth_request={"token": token})
        return socket.ending()


def test_a_peer_has_one_socket(emulator: Emulator, invite: Invite) -> None:
    guest = invite()
    with joined(emulator, guest) as socket:
        assert refused(emulator, guest.token) == (1000, "peer already connected")
        emulator.drop_connections(kind="peer")
        # At once, not only when the server has noticed the end of the connection.
        with joined(emulator, guest) as again:
            assert socket.ending() is None
            act(again, update_endpoint_metadata={})
            assert refused(emulator, guest.token) == (1000, "peer already connected")
    connections = [
        type(event) for event in emulator.notifications if "onnected" in str(type(event))
    ]
    assert connections[:3] == [PeerConnected, PeerDisconnected, PeerConnected]


def test_what_is_not_emulated_is_passed_over_or_refused(emulator: Emulator, invite: Invite) -> None:
    with joined(emulator, invite()) as socket:
        socket.send(rtc_stats_report={"data": "{}"})
        socket.send(media_event={"data": "{}"})
        act(socket)
        act(socket, candidate={"candidate": "x"})
        act(socket, track_bitrates={"track_id": "t"})
        act(socket, renegotiate_tracks={})
        assert socket.media_event("error").message == (
            "this emulator takes no WebRTC media: start it with webrtc=True"
        )
        act(socket, sdp_offer={"sdp": "v=0"})
        assert socket.media_event("error").message == (
            "this emulator takes no WebRTC media: start it with webrtc=True"
        )


def test_media_events_that_make_no_sense_are_answered(emulator: Emulator, invite: Invite) -> None:
    guest = invite()
    track = emulator.add_track(guest.room, guest.id, "audio")
    with peer_socket(emulator) as socket:
        socket.authenticate(guest.token)
        act(socket, update_endpoint_metadata={"metadata_json": "{}"})
        assert socket.media_event("error").message == "not connected"
        act(socket, connect={"metadata_json": "{"})
        assert "metadata: not valid JSON" in socket.media_event("error").message
        act(socket, connect={"metadata_json": "{}"})
        socket.media_event("connected")
        act(socket, connect={"metadata_json": "{}"})
        assert socket.media_event("error").message == "already connected"
        act(socket, update_track_metadata={"track_id": "x", "metadata_json": "{}"})
        assert socket.media_event("error").message == "track x not found"
        act(socket, update_track_metadata={"track_id": track, "metadata_json": "[]"})
        assert "JSON object" in socket.media_event("error").message


def test_peers_are_told_about_each_other(
    emulator: Emulator, api: httpx.Client, make_room: Make, invite: Invite
) -> None:
    room = make_room()["id"]
    ada, bob, elsewhere = invite(room, metadata={"s": 1}), invite(room), invite()
    with joined(emulator, ada, n=1) as first, joined(emulator, elsewhere) as far:
        audio = emulator.add_track(room, ada.id, "audio", {"t": 1})
        with peer_socket(emulator) as second:
            second.authenticate(bob.token)
            early = emulator.add_track(room, bob.id, "video")
            act(second, connect={"metadata_json": '{"n": 2}'})
            answer = second.media_event("connected")
            endpoints = answer.endpoint_id_to_endpoint
            assert sorted(endpoints) == sorted([ada.id, bob.id])
            assert endpoints[ada.id].endpoint_type == "webrtc"
            assert json.loads(endpoints[ada.id].metadata_json) == {
                "peer": {"n": 1},
                "server": {"s": 1},
            }
            assert endpoints[ada.id].track_id_to_track[audio].metadata_json == '{"t":1}'
            added = first.media_event("endpoint_added")
            assert added.endpoint_id == bob.id
            assert json.loads(added.metadata_json) == {"peer": {"n": 2}, "server": {}}
            assert list(first.media_event("tracks_added").track_id_to_track) == [early]

            act(second, update_endpoint_metadata={"metadata_json": '{"n": 3}'})
            updated = first.media_event("endpoint_updated")
            assert updated.endpoint_id == bob.id
            assert json.loads(updated.metadata_json)["peer"] == {"n": 3}

            track = emulator.add_track(room, bob.id, "audio", {})
            added = first.media_event("tracks_added")
            assert added.endpoint_id == bob.id
            assert added.track_id_to_track[track].metadata_json == "{}"
            act(second, update_track_metadata={"track_id": track, "metadata_json": '{"m": 1}'})
            changed = first.media_event("track_updated")
            assert (changed.endpoint_id, changed.track_id) == (bob.id, track)
            assert changed.metadata_json == '{"m":1}'
            emulator.remove_track(room, bob.id, track)
            removed = first.media_event("tracks_removed")
            assert (removed.endpoint_id, list(removed.track_ids)) == (bob.id, [track])
            act(first, disconnect={})
            assert list(second.media_event("tracks_removed").track_ids) == [audio]
            assert second.media_event("endpoint_removed").endpoint_id == ada.id
            act(first, connect={})
            first.media_event("connected")
            assert second.media_event("endpoint_added").endpoint_id == ada.id
        assert list(first.media_event("tracks_removed").track_ids) == [early]
        assert first.media_event("endpoint_removed").endpoint_id == bob.id
        # Who is in another room heard nothing of all this.
        act(far, sdp_offer={})
        far.media_event("error")
    events = emulator.notifications
    assert any(isinstance(event, TrackMetadataUpdated) for event in events)


def test_who_has_not_joined_hears_nothing_and_is_not_heard_of(
    emulator: Emulator, make_room: Make, invite: Invite
) -> None:
    room = make_room()["id"]
    ada, bob, eve = invite(room), invite(room), invite(room)
    with joined(emulator, ada) as first, peer_socket(emulator) as second:
        second.authenticate(bob.token)
        track = emulator.add_track(room, bob.id, "audio")
        emulator.update_track_metadata(room, bob.id, track, {})
        emulator.remove_track(room, bob.id, track)
        with joined(emulator, eve):
            assert first.media_event("endpoint_added").endpoint_id == eve.id
            emulator.crash_peer(room, bob.id)
            assert second.ending() == (1011, "")
        assert first.media_event("endpoint_removed").endpoint_id == eve.id


def test_a_deleted_peer_is_sent_away(
    emulator: Emulator, api: httpx.Client, make_room: Make, invite: Invite
) -> None:
    room = make_room()["id"]
    ada, bob, eve = invite(room), invite(room), invite(room)
    with ExitStack() as stack:
        first, second = (stack.enter_context(joined(emulator, guest)) for guest in (ada, bob))
        first.media_event("endpoint_added")
        third = stack.enter_context(peer_socket(emulator))
        third.authenticate(eve.token)
        for guest in (bob, eve):
            assert api.delete(f"/room/{room}/peer/{guest.id}").status_code == 204
        assert second.ending() == (1000, "Peer removed")
        assert third.ending() == (1000, "Peer removed")
        assert first.media_event("endpoint_removed").endpoint_id == bob.id
    who: Any = {"room_id": room, "peer_type": PeerType.WEBRTC}
    told_of = [event for event in emulator.notifications if isinstance(event, PeerDeleted)]
    assert told_of == [PeerDeleted(peer_id=guest.id, **who) for guest in (bob, eve)]
    assert PeerDisconnected(peer_id=eve.id, **who) in emulator.notifications


def test_a_deleted_room_sends_everybody_away(
    emulator: Emulator, api: httpx.Client, make_room: Make, invite: Invite
) -> None:
    room = make_room()["id"]
    ada, bob = invite(room), invite(room)
    with joined(emulator, ada) as first, joined(emulator, bob) as second:
        emulator.add_track(room, bob.id, "audio")
        seen = len(emulator.notifications)
        api.delete(f"/room/{room}")
        assert second.media_event("endpoint_removed").endpoint_id == ada.id
        assert second.ending() == (1000, "Room stopped")
        first.media_event("endpoint_added")
        first.media_event("tracks_added")
        assert first.ending() == (1000, "Room stopped")
    assert [type(event) for event in emulator.notifications[seen:]] == [
        PeerDisconnected,
        PeerDeleted,
        TrackRemoved,
        PeerDisconnected,
        PeerDeleted,
        RoomDeleted,
    ]


def test_crashes_close_with_1011(emulator: Emulator, make_room: Make, invite: Invite) -> None:
    room = make_room()["id"]
    ada, bob = invite(room), invite(room)
    with joined(emulator, ada) as first, joined(emulator, bob) as second:
        first.media_event("endpoint_added")
        emulator.crash_peer(room, bob.id, "boom")
        assert second.ending() == (1011, "")
        assert first.media_event("endpoint_removed").endpoint_id == bob.id
        emulator.crash_room(room)
        assert first.ending() == (1011, "")
    who: Any = {"room_id": room, "peer_id": bob.id, "peer_type": PeerType.WEBRTC}
    assert emulator.notifications[-2:] == [
        PeerCrashed(reason="boom", **who),
        RoomCrashed(room_id=room),
    ]


def test_a_room_crashes_without_sockets(emulator: Emulator, invite: Invite) -> None:
    guest = invite()
    emulator.crash_room(guest.room)
    assert refused(emulator, guest.token) == (1000, "room not found")


def test_a_reset_closes_the_socket_and_forgets_the_peer(emulator: Emulator, invite: Invite) -> None:
    guest = invite()
    with joined(emulator, guest) as socket:
        emulator.reset()
        assert socket.ending() == (1001, "")
    assert emulator.notifications == []
    assert refused(emulator, guest.token) == (1000, "room not found")
    other = invite()
    with joined(emulator, other):
        pass


def test_a_stop_disconnects_the_peers(plain: httpx.Client) -> None:
    with Emulator() as emulator:
        url, headers = f"{emulator.fishjam_id}/room", {"authorization": "Bearer development"}
        room = plain.post(url, json={}, headers=headers).json()["data"]["room"]["id"]
        body = {"type": "webrtc", "options": {}}
        peer = plain.post(f"{url}/{room}/peer", json=body, headers=headers).json()["data"]
        with joined(emulator, Guest(room, peer["peer"]["id"], peer["token"])) as socket:
            emulator.stop()
            assert socket.ending() is None
    assert isinstance(emulator.notifications[-1], PeerDisconnected)
    assert emulator.rooms[0]["peers"][0]["status"] == "disconnected"
