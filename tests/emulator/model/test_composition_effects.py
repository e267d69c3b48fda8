"""What compositions have to do with rooms, livestreams and recordings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from fishjam import events
from fishjam.emulator import Emulator
from fishjam.events import Notification
from tests.support.compositions import (
    AUDIO,
    RTMP,
    VIDEO,
    Composing,
    create,
    done,
)

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def composition(api: httpx.Client) -> Composing:
    return create(api)


@pytest.fixture
def address(composition: Composing, emulator: Emulator) -> str:
    return f"{emulator.fishjam_id}{composition.path}"


def inputs_of(emulator: Emulator) -> dict[str, Any]:
    inputs: dict[str, Any] = emulator.compositions[0]["inputs"]
    return inputs


def event_names(emulator: Emulator, *kinds: type[Notification]) -> list[str]:
    return [type(event).__name__ for event in emulator.notifications if isinstance(event, kinds)]


# Rooms


def forward(api: httpx.Client, room_id: str, url: str) -> httpx.Response:
    return api.post(f"/room/{room_id}/track_forwardings", json={"compositionURL": url})


def test_the_tracks_of_a_room_become_inputs(
    api: httpx.Client, emulator: Emulator, make_room: Make, make_peer: Make, address: str
) -> None:
    room = make_room()["id"]
    ada, bob = make_peer(room)["id"], make_peer(room)["id"]
    early = emulator.add_track(room, ada, "audio")
    assert forward(api, room, address).status_code == 201
    camera = emulator.add_track(room, ada, "video")
    late = emulator.add_track(room, bob, "video")
    info = emulator.rooms[0]["compositionInfo"]
    assert info["compositionUrl"] == address
    assert inputs_of(emulator) == {
        forwarding["inputId"]: {
            "type": "room",
            "room_id": room,
            "peer_id": forwarding["peerId"],
            "audio_track_id": forwarding["audioTrackId"],
            "video_track_id": forwarding["videoTrackId"],
            "ended": False,
        }
        for forwarding in info["forwardings"]
    }
    tracks = [
        (forwarding["audioTrackId"], forwarding["videoTrackId"])
        for forwarding in info["forwardings"]
    ]
    assert tracks == [(early, camera), (None, late)]
    emulator.remove_track(room, ada, early)
    emulator.remove_track(room, bob, late)
    ((input_id, left),) = inputs_of(emulator).items()
    assert (left["audio_track_id"], left["video_track_id"]) == (None, camera)
    assert input_id == info["forwardings"][0]["inputId"]


def test_inputs_go_with_their_room(
    api: httpx.Client, emulator: Emulator, make_room: Make, make_peer: Make, address: str
) -> None:
    rooms = [make_room()["id"], make_room()["id"]]
    for room in rooms:
        emulator.add_track(room, make_peer(room)["id"], "audio")
        forward(api, room, address)
    assert [entry["room_id"] for entry in inputs_of(emulator).values()] == rooms
    emulator.crash_room(rooms[0])
    assert [entry["room_id"] for entry in inputs_of(emulator).values()] == rooms[1:]
    api.delete(f"/room/{rooms[1]}")
    assert inputs_of(emulator) == {}


def test_forwardings_end_with_their_composition(
    api: httpx.Client, emulator: Emulator, make_room: Make, make_peer: Make, address: str
) -> None:
    room, other = make_room()["id"], make_room()["id"]
    track = emulator.add_track(room, make_peer(room)["id"], "audio")
    elsewhere = "https://rtc.fishjam.io/api/composition/c1"
    forward(api, room, address)
    forward(api, other, elsewhere)
    api.delete(address)
    assert [room["compositionInfo"] for room in emulator.rooms] == [
        None,
        {"compositionUrl": elsewhere, "forwardings": []},
    ]
    (removed,) = [event for event in emulator.notifications if "Removed" in type(event).__name__]
    assert isinstance(removed, events.TrackForwardingRemoved)
    assert (removed.room_id, removed.composition_url) == (room, address)
    # So the room may be forwarded to another one.
    again = create(api)
    assert forward(api, room, f"{emulator.fishjam_id}{again.path}").status_code == 201
    (info,) = inputs_of(emulator).values()
    assert info["audio_track_id"] == track


@pytest.mark.parametrize("path", ["/api/composition/nobody", "/elsewhere"])
def test_a_composition_that_is_not_there(
    api: httpx.Client, emulator: Emulator, make_room: Make, path: str
) -> None:
    room, url = make_room()["id"], emulator.fishjam_id + path
    answer = forward(api, room, url)
    name = "nobody" if "nobody" in path else url
    assert (answer.status_code, answer.json()) == (404, {"errors": f"composition {name} not found"})
    for source in ({"compositionURL": url, "outputId": "o"},):
        answer = api.post("/recordings", json={"source": source})
        assert answer.status_code == 409
        assert answer.json() == {"errors": f"composition {name} not found"}
    # Of compositions of other servers nothing is known here.
    for url in ("https://rtc.fishjam.io/api/composition/c1", "http://[/x"):
        assert forward(api, make_room()["id"], url).status_code == 201


def test_a_room_that_is_not_there(api: httpx.Client, emulator: Emulator, address: str) -> None:
    answer = forward(api, "r", address)
    assert (answer.status_code, answer.json()) == (404, {"errors": "room r not found"})


def test_inputs_come_back_after_a_reset_with_the_next_track(
    api: httpx.Client,
    emulator: Emulator,
    make_room: Make,
    make_peer: Make,
    composition: Composing,
    address: str,
) -> None:
    room = make_room()["id"]
    peer = make_peer(room)["id"]
    forward(api, room, address)
    emulator.add_track(room, peer, "audio")
    (input_id,) = inputs_of(emulator)
    done(composition.remove("input", input_id))
    emulator.add_track(room, peer, "video")
    assert list(inputs_of(emulator)) == [input_id]
    done(composition.post("reset"))
    assert inputs_of(emulator) == {}
    peer = make_peer(room)["id"]
    emulator.add_track(room, peer, "audio")
    assert [entry["peer_id"] for entry in inputs_of(emulator).values()] == [peer]


# Livestreams

ON_AIR = (events.StreamerConnected, events.StreamerDisconnected)


def whip(emulator: Emulator, token: str | None, **changes: Any) -> dict[str, Any]:
    url = f"{emulator.fishjam_id}/api/v1/live/api/whip"
    output = {"type": "whip_client", "endpoint_url": url, "bearer_token": token, "video": VIDEO}
    return {**output, **changes}


def streamer_token(api: httpx.Client, room_id: str) -> str:
    return str(api.post(f"/room/{room_id}/streamer").json()["token"])


def test_an_output_is_on_air_as_long_as_it_sends(
    api: httpx.Client, emulator: Emulator, make_room: Make
) -> None:
    composition = create(api, autostart=False)
    token = streamer_token(api, make_room(roomType="livestream")["id"])
    done(composition.add("output", "o", whip(emulator, token)))
    assert event_names(emulator, *ON_AIR) == []
    done(composition.post("start"))
    done(composition.add("output", "second", whip(emulator, token)))
    assert event_names(emulator, *ON_AIR) == ["StreamerConnected"] * 2
    done(composition.remove("output", "o"))
    api.delete(composition.path)
    connected, second, disconnected, other = [
        event for event in emulator.notifications if isinstance(event, ON_AIR)
    ]
    assert isinstance(disconnected, events.StreamerDisconnected)
    assert connected.streamer_id == disconnected.streamer_id == f"{composition.id}/o"
    assert second.streamer_id == other.streamer_id


def test_a_streamer_of_a_stream(api: httpx.Client, emulator: Emulator) -> None:
    stream = api.post("/livestream", json={}).json()["data"]["id"]
    streamer = api.post(f"/livestream/{stream}/streamer").json()["data"]
    composition = create(api)
    done(composition.add("output", "o", whip(emulator, streamer["token"])))
    assert emulator.streams[0]["streamers"][0]["status"] == "connected"
    done(composition.remove("output", "o"))
    assert emulator.streams[0]["streamers"][0]["status"] == "disconnected"


def test_a_livestream_that_ends_first(
    api: httpx.Client, emulator: Emulator, make_room: Make, composition: Composing
) -> None:
    room = make_room(roomType="livestream")["id"]
    done(composition.add("output", "o", whip(emulator, streamer_token(api, room))))
    api.delete(f"/room/{room}")
    api.delete(composition.path)
    assert event_names(emulator, *ON_AIR) == ["StreamerConnected", "StreamerDisconnected"]


def test_outputs_that_are_on_no_air(
    api: httpx.Client, emulator: Emulator, make_room: Make, composition: Composing
) -> None:
    room = make_room(roomType="livestream")["id"]
    token = streamer_token(api, room)
    viewer = str(api.post(f"/room/{room}/viewer").json()["token"])
    gone = make_room(roomType="livestream")["id"]
    late = streamer_token(api, gone)
    api.delete(f"/room/{gone}")
    for i, output in enumerate(
        [
            whip(emulator, None),
            whip(emulator, "nonsense"),
            whip(emulator, viewer),
            whip(emulator, late),
            whip(emulator, token, endpoint_url="http://x/whip"),
            whip(emulator, token, endpoint_url="http://["),
            {**RTMP, "video": VIDEO},
        ]
    ):
        done(composition.add("output", str(i), output))
    assert event_names(emulator, *ON_AIR) == []


# Recordings


def record(api: httpx.Client, source: dict[str, Any]) -> str:
    answer = api.post("/recordings", json={"source": source})
    assert answer.status_code == 201
    return str(answer.json()["data"]["id"])


def statuses(emulator: Emulator) -> list[str]:
    return [recording["status"] for recording in emulator.recordings]


def test_a_recording_needs_its_output(
    api: httpx.Client, composition: Composing, address: str
) -> None:
    answer = api.post("/recordings", json={"source": {"compositionURL": address, "outputId": "o"}})
    assert (answer.status_code, answer.json()) == (409, {"errors": "output o not found"})
    done(composition.add("output", "o", {**RTMP, "audio": AUDIO}))
    record(api, {"compositionURL": address, "outputId": "o"})


def test_recordings_end_with_what_they_record(
    api: httpx.Client, emulator: Emulator, composition: Composing, address: str
) -> None:
    for id_ in ("a", "b"):
        done(composition.add("output", id_, {**RTMP, "audio": AUDIO}))
        record(api, {"compositionURL": address, "outputId": id_})
    elsewhere = "https://rtc.fishjam.io/api/composition/c1"
    record(api, {"compositionURL": elsewhere, "outputId": "a"})
    files: Any = {
        "config": (None, f'{{"source": {{"compositionURL": "{address}"}}}}', "application/json"),
        "template": b"js",
    }
    assert api.post("/recordings", files=files).status_code == 201
    done(composition.remove("output", "a"))
    assert statuses(emulator) == ["finished", "active", "active", "active"]
    api.delete(composition.path)
    assert statuses(emulator) == ["finished", "finished", "active", "finished"]


def test_a_reset_ends_the_recordings_of_outputs(
    api: httpx.Client, emulator: Emulator, composition: Composing, address: str
) -> None:
    done(composition.add("output", "a", {**RTMP, "audio": AUDIO}))
    record(api, {"compositionURL": address, "outputId": "a"})
    emulator.hold_recordings()
    done(composition.post("reset"))
    # A held recording waits for the test, whatever becomes of its composition.
    assert statuses(emulator) == ["active"]
    emulator.hold_recordings(False)
    recording = emulator.recordings[0]["id"]
    assert api.get(f"/recordings/{recording}").json()["data"]["status"] == "finished"
