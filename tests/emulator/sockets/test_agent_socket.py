"""The agent socket: how an agent comes in, what it is told, and how its part ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from fishjam.emulator import Emulator
from fishjam.events import (
    PeerConnected,
    PeerDisconnected,
    PeerMetadataUpdated,
    PeerType,
    Track,
    TrackAdded,
    TrackRemoved,
    TrackType,
)
from tests.emulator.conftest import Guest
from tests.support.emulator_sockets import (
    AgentResponse,
    Socket,
    agent_socket,
    peer_socket,
    subscribed,
)

Make = Callable[..., dict[str, Any]]
Invite = Callable[..., Guest]

AUDIO = 2
LONG = "taken" + 70 * "é"
FRAME = b"\x01\x02" * 320


@pytest.fixture
def agent(invite: Invite) -> Guest:
    return invite(type_="agent")


@contextmanager
def present(emulator: Emulator, agent: Guest) -> Iterator[Socket]:
    """Open an agent's socket and authenticate."""
    with agent_socket(emulator) as socket:
        socket.authenticate(agent.token)
        yield socket


def track(track_id: str = "t", metadata: str = "", type_: int = AUDIO, **codec: int) -> Any:
    """Return the content of a request to add a track."""
    return {
        "track": {"id": track_id, "type": type_, "metadata": metadata},
        "codec_params": {"sample_rate": 16000, "channels": 1, **codec},
    }


def speak(socket: Socket, data: bytes = FRAME, track_id: str = "t") -> None:
    socket.send(track_data={"track_id": track_id, "data": data})


def hear(socket: Socket) -> Any:
    return socket.receive_content("track_data")


def answers(emulator: Emulator, socket: Socket, guest: Guest) -> None:
    """Make sure that everything sent before was taken, and that nothing came because of it."""
    camera = emulator.add_track(guest.room, guest.id, "video")
    with emulator._engine.lock:
        emulator._engine.router.publish_video(guest.room, camera, lambda: b"still here")
    socket.send(capture_image={"track_id": camera})
    assert socket.receive_content("track_image").data == b"still here"


def test_a_good_token_connects(emulator: Emulator, api: httpx.Client, agent: Guest) -> None:
    who: Any = {"room_id": agent.room, "peer_id": agent.id, "peer_type": PeerType.AGENT}
    with subscribed(emulator) as backend:
        with agent_socket(emulator) as socket:
            socket.send(auth_request={"token": agent.token})
            assert socket.receive() == AgentResponse(authenticated={})
            assert backend.events(2) == [
                PeerConnected(**who),
                PeerMetadataUpdated(metadata="{}", **who),
            ]
            (peer,) = api.get(f"/room/{agent.room}").json()["data"]["peers"]
            assert peer["status"] == "connected"
        assert backend.event() == PeerDisconnected(**who)


def test_who_dropped_may_come_back(emulator: Emulator, agent: Guest) -> None:
    with subscribed(emulator) as backend:
        for _ in range(2):
            with present(emulator, agent) as socket:
                socket.send(add_track=track())
                kinds = [type(event) for event in backend.events(3)]
                assert kinds == [PeerConnected, PeerMetadataUpdated, TrackAdded]
                emulator.drop_connections(kind="agent")
                assert socket.ending() is None
            assert [type(event) for event in backend.events(2)] == [TrackRemoved, PeerDisconnected]


def test_nobody_has_to_wait_for_the_answer(emulator: Emulator, agent: Guest) -> None:
    with subscribed(emulator) as backend, agent_socket(emulator) as socket:
        socket.send(auth_request={"token": agent.token})
        socket.send(add_track=track())
        speak(socket)
        assert isinstance(backend.events(3)[2], TrackAdded)
        socket.receive_content("authenticated")


def test_an_agent_is_there_once(emulator: Emulator, agent: Guest) -> None:
    with present(emulator, agent) as socket, agent_socket(emulator) as second:
        second.send(auth_request={"token": agent.token})
        assert second.ending() == (1000, "peer already connected")
        answers(emulator, socket, agent)


def test_deleting_the_peer_ends_its_part(
    emulator: Emulator, api: httpx.Client, agent: Guest
) -> None:
    with present(emulator, agent) as socket:
        api.delete(f"/room/{agent.room}/peer/{agent.id}")
        assert socket.ending() == (1000, "Peer removed")


def test_deleting_the_room_ends_its_part(
    emulator: Emulator, api: httpx.Client, agent: Guest
) -> None:
    with present(emulator, agent) as socket:
        api.delete(f"/room/{agent.room}")
        assert socket.ending() == (1000, "Room stopped")


def test_a_crash_ends_its_part(emulator: Emulator, invite: Invite) -> None:
    ada, other = invite(type_="agent"), invite(type_="agent")
    with present(emulator, ada) as first, present(emulator, other) as second:
        emulator.crash_peer(ada.room, ada.id)
        emulator.crash_room(other.room)
        assert first.ending() == (1011, "")
        assert second.ending() == (1011, "")


def test_a_reset_ends_its_part(emulator: Emulator, agent: Guest) -> None:
    with present(emulator, agent) as socket:
        socket.send(add_track=track())
        speak(socket, bytes(32000))
        emulator.reset()
        assert socket.ending() == (1001, "")


@pytest.mark.parametrize("text", ["", "null", "{}", '{"name":"voice"}'])
@pytest.mark.parametrize("codec", [{}, {"encoding": 1, "sample_rate": 24000, "channels": 2}])
def test_tracks_come_and_go(
    emulator: Emulator, api: httpx.Client, agent: Guest, text: str, codec: Any
) -> None:
    where: Any = {"room_id": agent.room, "peer_id": agent.id}
    shown = Track(id="t", type=TrackType.AUDIO, metadata="" if text == "null" else text)
    with subscribed(emulator) as backend, present(emulator, agent) as socket:
        backend.events(2)
        socket.send(add_track=track(metadata=text, **codec))
        assert backend.event() == TrackAdded(track=shown, **where)
        (peer,) = api.get(f"/room/{agent.room}").json()["data"]["peers"]
        metadata = json.loads(text or "null")
        assert peer["tracks"] == [{"id": "t", "type": "audio", "metadata": metadata}]
        socket.send(remove_track={"track_id": "t"})
        assert backend.event() == TrackRemoved(track=shown, **where)
        socket.send(add_track=track())
        assert isinstance(backend.event(), TrackAdded)


def test_a_track_without_parameters_is_plain(emulator: Emulator, agent: Guest) -> None:
    with present(emulator, agent) as socket:
        socket.send(add_track={"track": {"id": "t", "type": AUDIO}})
        answers(emulator, socket, agent)
        source = emulator._engine.router._audio[agent.room, "t"]
        assert (source.format.sample_rate, source.format.channels) == (16000, 1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        # There is no room for more in a close frame, and no letter is cut in two.
        (track(LONG), "add_track: track taken" + 50 * "é"),
        (track(""), "add_track: a track needs an id"),
        (track("taken"), "add_track: track taken exists already"),
        (track(type_=1), "add_track: an agent's track is of type audio"),
        (track(encoding=3), "add_track: unknown encoding 3"),
        (track(sample_rate=8000), "add_track: sample rate 8000 is not one of 16000, 24000, 48000"),
        (track(channels=3), "add_track: 3 channels are neither 1 nor 2"),
        (
            track(metadata="[]"),
            "add_track: metadata: the metadata of a track must be a JSON object",
        ),
    ],
)
def test_a_track_that_cannot_be_ends_the_connection(
    emulator: Emulator, agent: Guest, content: Any, reason: str
) -> None:
    with present(emulator, agent) as socket:
        socket.send(add_track=track("taken"))
        socket.send(add_track=track(LONG))
        socket.send(add_track=content)
        code, text = socket.ending() or (0, "")
    assert code == 1003
    assert text == reason


def test_metadata_that_are_no_json_end_the_connection(emulator: Emulator, agent: Guest) -> None:
    with present(emulator, agent) as socket:
        socket.send(add_track=track(metadata="{"))
        code, text = socket.ending() or (0, "")
    assert code == 1003
    assert text.startswith("add_track: metadata: not valid JSON")


def test_what_is_about_no_track_of_its_own_changes_nothing(
    emulator: Emulator, agent: Guest, invite: Invite
) -> None:
    other = invite(agent.room, "agent")
    with present(emulator, agent) as socket, present(emulator, other) as owner:
        owner.send(add_track=track("other's"))
        answers(emulator, owner, other)
        for name in ("unknown", "other's", ""):
            speak(socket, track_id=name)
            socket.send(interrupt_track={"track_id": name})
            socket.send(remove_track={"track_id": name})
            socket.send(capture_image={"track_id": name})
        answers(emulator, socket, agent)
        speak(owner, track_id="other's")
        assert hear(socket).peer_id == other.id


def test_agents_hear_each_other(emulator: Emulator, agent: Guest, invite: Invite) -> None:
    other = invite(agent.room, "agent")
    third, elsewhere = invite(agent.room, "agent"), invite(type_="agent")
    with (
        present(emulator, agent) as socket,
        present(emulator, other) as listener,
        present(emulator, third) as bystander,
        present(emulator, elsewhere) as stranger,
    ):
        socket.send(add_track=track(metadata='{"x":1}'))
        speak(socket)
        heard = hear(listener)
        assert heard.peer_id == agent.id
        assert (heard.track.id, heard.track.type, heard.track.metadata) == ("t", 2, '{"x":1}')
        assert heard.data == FRAME
        assert hear(bystander) == heard
        for first, guest in ((socket, agent), (stranger, elsewhere)):
            answers(emulator, first, guest)


def test_an_agent_hears_in_the_format_it_was_made_for(
    emulator: Emulator, agent: Guest, invite: Invite
) -> None:
    other = invite(agent.room, "agent", output={"audioSampleRate": 24000})
    with present(emulator, agent) as socket, present(emulator, other) as listener:
        socket.send(add_track=track(channels=2))
        speak(socket, bytes(1280))
        assert len(hear(listener).data) == 960
        listener.send(add_track=track("u", sample_rate=24000))
        speak(listener, bytes(960), "u")
        assert len(hear(socket).data) == 640


def test_opus_is_passed_on_as_it_is(emulator: Emulator, agent: Guest, invite: Invite) -> None:
    other = invite(agent.room, "agent")
    with present(emulator, agent) as socket, present(emulator, other) as listener:
        socket.send(add_track=track(encoding=2, sample_rate=48000))
        speak(socket, b"packet")
        speak(socket, b"")
        assert [hear(listener).data for _ in range(2)] == [b"packet", b""]


def test_who_subscribes_by_hand_hears_what_was_asked_for(
    emulator: Emulator, api: httpx.Client, agent: Guest, invite: Invite
) -> None:
    listener = invite(agent.room, "agent", subscribeMode="manual")
    with present(emulator, agent) as socket, present(emulator, listener) as hearing:
        socket.send(add_track=track())
        speak(socket)
        answers(emulator, socket, agent)
        body = {"track_ids": ["t"]}
        api.post(f"/room/{agent.room}/peer/{listener.id}/subscribe_tracks", json=body)
        speak(socket, bytes(640))
        assert hear(hearing).data == bytes(640)


def test_an_image_is_captured_once_a_second(emulator: Emulator, invite: Invite) -> None:
    guest = invite()
    agent = invite(guest.room, "agent")
    camera = emulator.add_track(guest.room, guest.id, "video")
    emulator._engine.router.publish_video(guest.room, camera, lambda: b"one")
    with present(emulator, agent) as socket:
        for _ in range(3):
            socket.send(capture_image={"track_id": camera})
        image = socket.receive_content("track_image")
        assert (image.track_id, image.content_type, image.data) == (camera, "image/jpeg", b"one")
        answers(emulator, socket, agent)


def test_captures_may_be_slow(emulator: Emulator, invite: Invite) -> None:
    guest = invite()
    camera = emulator.add_track(guest.room, guest.id, "video")
    emulator._engine.router.publish_video(guest.room, camera, lambda: b"two")
    emulator.delay_captures(1000)
    agent = invite(guest.room, "agent")
    with subscribed(emulator) as backend, present(emulator, agent) as socket:
        backend.events(2)
        socket.send(capture_image={"track_id": camera})
        socket.send(add_track=track())
        assert isinstance(backend.event(), TrackAdded)
        # It has come in before the track, and is still waiting.
        emulator.delay_captures(0)
        answers(emulator, socket, agent)
        emulator.advance(1000)
        assert socket.receive_content("track_image").data == b"two"


def test_captures_are_not_answered_in_the_past(emulator: Emulator) -> None:
    with pytest.raises(ValueError, match="must not be negative, not -1"):
        emulator.delay_captures(-1)


def test_peers_on_the_peer_socket_see_an_agent(
    emulator: Emulator, agent: Guest, invite: Invite
) -> None:
    guest = invite(agent.room)

    with peer_socket(emulator) as socket:
        socket.authenticate(guest.token)
        socket.send(peer_media_event={"connect": {}})
        socket.media_event("connected")
        with present(emulator, agent) as voice:
            assert socket.media_event("endpoint_added").endpoint_id == agent.id
            voice.send(add_track=track(metadata='{"x":1}'))
            added = socket.media_event("tracks_added")
            assert added.endpoint_id == agent.id
            assert added.track_id_to_track["t"].metadata_json == '{"x":1}'
            # What goes to the others is not for the agent, which speaks another language.
            socket.send(peer_media_event={"update_endpoint_metadata": {"metadata_json": "1"}})
            answers(emulator, voice, guest)
            voice.send(remove_track={"track_id": "t"})
            assert socket.media_event("tracks_removed").track_ids == ["t"]
        assert socket.media_event("endpoint_removed").endpoint_id == agent.id
