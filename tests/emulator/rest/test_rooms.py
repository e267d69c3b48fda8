"""Rooms over REST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from fishjam.emulator import Emulator

MakeRoom = Callable[..., dict[str, Any]]

DEFAULTS = {
    "maxPeers": 0,
    "videoCodec": "h264",
    "roomType": "conference",
    "public": False,
    "batchWebhookNotifications": False,
    "webhookUrl": None,
}


@pytest.mark.parametrize(
    "body",
    [{}, {"json": {}}, {"json": {"maxPeers": None, "webhookUrl": None}}],
    ids=["no body", "empty", "nulls"],
)
def test_a_room_without_options_has_the_defaults(api: httpx.Client, body: dict[str, Any]) -> None:
    response = api.post("/room", **body)
    assert response.status_code == 201
    room = response.json()["data"]["room"]
    assert room["config"] == DEFAULTS
    assert room["peers"] == []
    assert room["compositionInfo"] is None


def test_a_room_keeps_what_it_was_made_with(api: httpx.Client, make_room: MakeRoom) -> None:
    config = {
        "maxPeers": 3,
        "videoCodec": "vp8",
        "roomType": "audio_only",
        "public": True,
        "batchWebhookNotifications": True,
        "webhookUrl": "http://example.org/hook",
    }
    room = make_room(**config)
    assert room["config"] == config
    assert api.get(f"/room/{room['id']}").json()["data"] == room


def test_rooms_are_listed_in_order_until_they_are_deleted(
    api: httpx.Client, make_room: MakeRoom, emulator: Emulator
) -> None:
    first, second = make_room(), make_room()
    assert api.get("/room").json() == {"data": [first, second]}
    assert emulator.rooms == [first, second]
    response = api.delete(f"/room/{first['id']}")
    assert response.status_code == 204
    assert response.content == b""
    assert api.get("/room").json() == {"data": [second]}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/room/unknown", None),
        ("DELETE", "/room/unknown", None),
        ("POST", "/room/unknown/peer", {"type": "webrtc", "options": {}}),
        ("DELETE", "/room/unknown/peer/p", None),
        ("POST", "/room/unknown/peer/p/refresh_token", None),
        ("POST", "/room/unknown/peer/p/subscribe_peer?peer_id=q", None),
        ("POST", "/room/unknown/peer/p/subscribe_tracks", {"track_ids": []}),
        ("POST", "/room/unknown/track_forwardings", {"compositionURL": "http://x/y"}),
        ("POST", "/room/unknown/viewer", None),
        ("POST", "/room/unknown/streamer", None),
    ],
)
def test_an_unknown_room_is_not_found(api: httpx.Client, method: str, path: str, body: Any) -> None:
    response = api.request(method, path, json=body)
    assert response.status_code == 404
    assert response.json() == {"errors": "room unknown not found"}


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ({"maxPeers": "nan"}, "body.maxPeers: 'nan' is not of type 'integer'"),
        ({"maxPeers": -1}, "body.maxPeers: -1 is less than the minimum of 0"),
        ({"maxPeers": True}, "body.maxPeers: True is not of type 'integer'"),
        ({"videoCodec": "h420"}, "body.videoCodec: 'h420' is not one of ['h264', 'vp8']"),
        ({"public": "yes"}, "body.public: 'yes' is not of type 'boolean'"),
        ({"webhookUrl": "ftp://x/"}, "body.webhookUrl: 'ftp://x/' does not match"),
        ({"peers": 1}, "body: Additional properties are not allowed ('peers' was unexpected)"),
    ],
)
def test_a_wrong_option_is_named(api: httpx.Client, config: Any, error: str) -> None:
    response = api.post("/room", json=config)
    assert response.status_code == 400
    assert response.json()["errors"].startswith(error)


def test_all_wrong_options_are_named(api: httpx.Client) -> None:
    errors = api.post("/room", json={"maxPeers": "a", "public": 1}).json()["errors"].split("; ")
    assert sorted(errors) == [
        "body.maxPeers: 'a' is not of type 'integer'",
        "body.public: 1 is not of type 'boolean'",
    ]


def test_tracks_are_forwarded_to_one_composition(
    api: httpx.Client, make_room: MakeRoom, emulator: Emulator
) -> None:
    room = make_room()
    path = f"/room/{room['id']}/track_forwardings"
    first = {"compositionURL": "https://rtc.fishjam.io/api/composition/1", "selector": "all"}
    response = api.post(path, json=first)
    assert response.status_code == 201
    assert response.content == b""
    assert api.post(path, json=first).status_code == 201
    other = api.post(path, json={"compositionURL": "https://rtc.fishjam.io/api/composition/2"})
    assert other.status_code == 409
    assert "api/composition/1" in other.json()["errors"]
    assert api.get(f"/room/{room['id']}").json()["data"]["compositionInfo"] == {
        "compositionUrl": first["compositionURL"],
        "forwardings": [],
    }


@pytest.mark.parametrize(
    "body",
    [None, {}, {"compositionURL": "x"}, {"compositionURL": "http://x/y", "selector": "some"}],
)
def test_a_wrong_forwarding_is_refused(
    api: httpx.Client, make_room: MakeRoom, body: dict[str, Any] | None
) -> None:
    response = api.post(f"/room/{make_room()['id']}/track_forwardings", json=body)
    assert response.status_code == 400
    assert response.json()["errors"].startswith("body")


def test_the_base_url_may_have_the_id_in_it(api: httpx.Client, make_room: MakeRoom) -> None:
    room = make_room()
    path = f"/api/v1/connect/some-id/room/{room['id']}"
    assert api.get(path).json()["data"] == room
