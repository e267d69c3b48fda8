"""Peers, their tokens and their subscriptions over REST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest

from fishjam.emulator import Emulator

Make = Callable[..., dict[str, Any]]

AGENT_OUTPUT = {"audioFormat": "pcm16", "audioSampleRate": 24000}


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def test_a_new_webrtc_peer(api: httpx.Client, make_room: Make, emulator: Emulator) -> None:
    room = make_room()
    body = {"type": "webrtc", "options": {"metadata": {"name": "Ann", "deep": {"x": [1, None]}}}}
    response = api.post(f"/room/{room['id']}/peer", json=body)
    assert response.status_code == 201
    data = response.json()["data"]
    assert data["peer"] == {
        "id": data["peer"]["id"],
        "type": "webrtc",
        "status": "disconnected",
        "metadata": {"peer": {}, "server": {"name": "Ann", "deep": {"x": [1, None]}}},
        "tracks": [],
        "subscribeMode": "auto",
        "subscriptions": {"peers": [], "tracks": []},
    }
    websocket = emulator.fishjam_id.replace("http://", "ws://") + "/socket/peer/websocket"
    assert data["peer_websocket_url"] == websocket
    assert api.get(f"/room/{room['id']}").json()["data"]["peers"] == [data["peer"]]


@pytest.mark.parametrize(
    ("type_", "options"),
    [
        ("webrtc", {}),
        ("webrtc", {"metadata": {}, "subscribeMode": "manual"}),
        ("agent", {}),
        ("agent", {"output": {}, "subscribeMode": "manual"}),
        ("agent", {"output": AGENT_OUTPUT}),
        ("vapi", {"apiKey": "k", "callId": "c-1"}),
        ("vapi", {"apiKey": "k", "callId": "c-1", "autoClose": True, "subscribeMode": "manual"}),
    ],
)
def test_every_type_of_peer(
    make_room: Make, make_peer: Make, type_: str, options: dict[str, Any]
) -> None:
    peer = make_peer(make_room()["id"], type_, **options)
    assert peer["type"] == type_
    assert peer["metadata"] == {"peer": {}, "server": {}}
    assert peer["subscribeMode"] == options.get("subscribeMode", "auto")


@pytest.mark.parametrize("type_", ["webrtc", "agent"])
def test_a_peer_token_lasts_a_day_and_says_whose_it_is(
    api: httpx.Client, make_room: Make, type_: str
) -> None:
    room = make_room()
    response = api.post(f"/room/{room['id']}/peer", json={"type": type_, "options": {}})
    data = response.json()["data"]
    claims = claims_of(data["token"])
    assert claims["type"] == type_
    assert claims["room_id"] == room["id"]
    assert claims["peer_id"] == data["peer"]["id"]
    assert claims["exp"] - claims["iat"] == 24 * 60 * 60


def test_a_refreshed_token_is_another_one(
    api: httpx.Client, make_room: Make, make_peer: Make, emulator: Emulator
) -> None:
    room = make_room()
    peer = make_peer(room["id"])
    path = f"/room/{room['id']}/peer/{peer['id']}/refresh_token"
    emulator.advance(3600)
    tokens = [api.post(path).json()["data"]["token"] for _ in range(2)]
    assert tokens[0] != tokens[1]
    assert claims_of(tokens[0])["peer_id"] == peer["id"]


def test_a_full_room_takes_no_more_peers(
    api: httpx.Client, make_room: Make, make_peer: Make
) -> None:
    room = make_room(maxPeers=1)
    peer = make_peer(room["id"])
    body = {"type": "agent", "options": {}}
    response = api.post(f"/room/{room['id']}/peer", json=body)
    assert response.status_code == 409
    assert "full" in response.json()["errors"]
    assert api.delete(f"/room/{room['id']}/peer/{peer['id']}").status_code == 204
    assert api.post(f"/room/{room['id']}/peer", json=body).status_code == 201


@pytest.mark.parametrize("limit", [0, None])
def test_a_room_without_a_limit_takes_many(make_room: Make, make_peer: Make, limit: Any) -> None:
    room = make_room(maxPeers=limit)
    assert len({make_peer(room["id"])["id"] for _ in range(5)}) == 5


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (None, "body: 'type' is a required property"),
        ({"type": "webrtc"}, "body: 'options' is a required property"),
        ({"type": "q", "options": {}}, "body.type: 'q' is not one of ['webrtc', 'agent', 'vapi']"),
        ({"type": {}, "options": {}}, "body.type: {} is not one of ['webrtc', 'agent', 'vapi']"),
        ([], "body: [] is not of type 'object'"),
        (
            {"type": "webrtc", "options": {"metadata": 5}},
            "body.options.metadata: 5 is not of type 'object'",
        ),
        (
            {"type": "webrtc", "options": {"metadata": None}},
            "body.options.metadata: None is not of type 'object'",
        ),
        (
            {"type": "webrtc", "options": {"output": {}}},
            "body.options: Additional properties are not allowed ('output' was unexpected)",
        ),
        (
            {"type": "agent", "options": {"output": {"audioSampleRate": 8000}}},
            "body.options.output.audioSampleRate: 8000 is not one of [16000, 24000]",
        ),
        (
            {"type": "vapi", "options": {"apiKey": "k", "callId": "a/b"}},
            "body.options.callId: 'a/b' does not match '^[a-zA-Z0-9-]+$'",
        ),
        (
            {"type": "vapi", "options": {}},
            "body.options: 'apiKey' is a required property; "
            "body.options: 'callId' is a required property",
        ),
    ],
)
def test_a_wrong_peer_is_refused_with_the_place(
    api: httpx.Client, make_room: Make, body: Any, error: str
) -> None:
    arguments = {} if body is None else {"json": body}
    response = api.post(f"/room/{make_room()['id']}/peer", **arguments)
    assert response.status_code == 400
    assert response.json() == {"errors": error}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/peer/unknown"),
        ("POST", "/peer/unknown/refresh_token"),
        ("POST", "/peer/unknown/subscribe_peer?peer_id=x"),
    ],
)
def test_an_unknown_peer_is_not_found(
    api: httpx.Client, make_room: Make, method: str, path: str
) -> None:
    response = api.request(method, f"/room/{make_room()['id']}{path}")
    assert response.status_code == 404
    assert response.json() == {"errors": "peer unknown not found"}


def test_a_peer_is_subscribed_to_another_one_once(
    api: httpx.Client, make_room: Make, make_peer: Make, emulator: Emulator
) -> None:
    room = make_room()
    first, other = make_peer(room["id"], subscribeMode="manual"), make_peer(room["id"])
    path = f"/room/{room['id']}/peer/{first['id']}/subscribe_peer"
    for _ in range(2):
        response = api.post(path, params={"peer_id": other["id"]})
        assert response.status_code == 200
        assert response.content == b""
    shown = emulator.rooms[0]["peers"][0]["subscriptions"]
    assert shown == {"peers": [other["id"]], "tracks": []}


@pytest.mark.parametrize(("query", "status"), [("", 400), ("?peer_id=", 400), ("?peer_id=x", 404)])
def test_a_subscription_needs_a_peer(
    api: httpx.Client, make_room: Make, make_peer: Make, query: str, status: int
) -> None:
    room = make_room()
    peer = make_peer(room["id"])
    response = api.post(f"/room/{room['id']}/peer/{peer['id']}/subscribe_peer{query}")
    assert response.status_code == status


def test_a_peer_is_subscribed_to_tracks(
    api: httpx.Client, make_room: Make, make_peer: Make, emulator: Emulator
) -> None:
    room = make_room()
    first, other = make_peer(room["id"], subscribeMode="manual"), make_peer(room["id"])
    audio = emulator.add_track(room["id"], other["id"], "audio")
    video = emulator.add_track(room["id"], other["id"], "video", {"camera": True})
    path = f"/room/{room['id']}/peer/{first['id']}/subscribe_tracks"
    assert api.post(path, json={"track_ids": [video, audio, video]}).status_code == 200
    assert api.post(path, json={"track_ids": []}).status_code == 200
    peers = api.get(f"/room/{room['id']}").json()["data"]["peers"]
    assert peers[0]["subscriptions"]["tracks"] == [video, audio]
    assert peers[1]["tracks"] == [
        {"id": audio, "type": "audio", "metadata": None},
        {"id": video, "type": "video", "metadata": {"camera": True}},
    ]


def test_an_unknown_track_subscribes_to_nothing(
    api: httpx.Client, make_room: Make, make_peer: Make, emulator: Emulator
) -> None:
    room = make_room()
    peer = make_peer(room["id"])
    track = emulator.add_track(room["id"], peer["id"], "audio")
    path = f"/room/{room['id']}/peer/{peer['id']}/subscribe_tracks"
    response = api.post(path, json={"track_ids": [track, "t"]})
    assert response.status_code == 404
    assert response.json() == {"errors": "track t not found"}
    assert emulator.rooms[0]["peers"][0]["subscriptions"]["tracks"] == []


@pytest.mark.parametrize("body", [{}, {"track_ids": "x"}, {"track_ids": [1]}])
def test_wrong_track_ids_are_refused(
    api: httpx.Client, make_room: Make, make_peer: Make, body: dict[str, Any]
) -> None:
    room = make_room()
    peer = make_peer(room["id"])
    path = f"/room/{room['id']}/peer/{peer['id']}/subscribe_tracks"
    assert api.post(path, json=body).status_code == 400


def test_subscriptions_end_with_the_peer_that_they_are_for(
    api: httpx.Client, make_room: Make, make_peer: Make, emulator: Emulator
) -> None:
    room = make_room()
    first, other = make_peer(room["id"]), make_peer(room["id"])
    track = emulator.add_track(room["id"], other["id"], "audio")
    path = f"/room/{room['id']}/peer/{first['id']}"
    api.post(f"{path}/subscribe_peer", params={"peer_id": other["id"]})
    api.post(f"{path}/subscribe_tracks", json={"track_ids": [track]})
    api.delete(f"/room/{room['id']}/peer/{other['id']}")
    [left] = emulator.rooms[0]["peers"]
    assert left["subscriptions"] == {"peers": [], "tracks": []}


def test_tracks_are_added_to_peers_that_exist(
    make_room: Make, make_peer: Make, emulator: Emulator
) -> None:
    room = make_room()
    peer = make_peer(room["id"])
    with pytest.raises(ValueError, match="audio or video"):
        emulator.add_track(room["id"], peer["id"], "smell")
    with pytest.raises(LookupError, match="peer p not found"):
        emulator.add_track(room["id"], "p", "audio")
