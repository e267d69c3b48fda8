"""Livestream tokens of rooms, and streams with streamers and viewers, over REST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest

from fishjam.emulator import Emulator

Make = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("kind", ["viewer", "streamer"])
@pytest.mark.parametrize("room_type", ["livestream", "audio_only_livestream", "broadcaster"])
def test_a_livestream_room_gives_tokens(
    api: httpx.Client, make_room: Make, room_type: str, kind: str
) -> None:
    room = make_room(roomType=room_type)
    response = api.post(f"/room/{room['id']}/{kind}")
    assert response.status_code == 201
    claims = jwt.decode(response.json()["token"], options={"verify_signature": False})
    assert claims["type"] == kind
    assert claims["room_id"] == room["id"]


@pytest.mark.parametrize("kind", ["viewer", "streamer"])
@pytest.mark.parametrize("room_type", ["conference", "full_feature", "audio_only"])
def test_another_room_gives_none(
    api: httpx.Client, make_room: Make, room_type: str, kind: str
) -> None:
    response = api.post(f"/room/{make_room(roomType=room_type)['id']}/{kind}")
    assert response.status_code == 404
    assert "livestream" in response.json()["errors"]


@pytest.mark.parametrize("body", [{}, {"json": {}}, {"json": {"audioOnly": None}}])
def test_a_stream_without_options(api: httpx.Client, body: dict[str, Any]) -> None:
    response = api.post("/livestream", **body)
    assert response.status_code == 201
    stream = response.json()["data"]
    assert stream == {
        "id": stream["id"],
        "public": False,
        "audioOnly": False,
        "streamers": [],
        "viewers": [],
    }


def test_the_life_of_a_stream(api: httpx.Client, emulator: Emulator) -> None:
    config = {
        "public": True,
        "audioOnly": True,
        "webhookUrl": "https://example.org/",
        "batchWebhookNotifications": True,
    }
    stream = api.post("/livestream", json=config).json()["data"]
    assert stream["public"] is True
    assert stream["audioOnly"] is True
    path = f"/livestream/{stream['id']}"
    streamer = api.post(f"{path}/streamer").json()["data"]
    viewer = api.post(f"{path}/viewer").json()["data"]
    assert streamer["status"] == "disconnected"
    assert viewer["token"] != streamer["token"]
    full = {**stream, "streamers": [streamer], "viewers": [viewer]}
    assert api.get(path).json()["data"] == full
    assert api.get("/livestream").json()["data"] == [full]
    assert emulator.streams == [full]
    assert api.delete(f"{path}/streamer/{streamer['id']}").status_code == 204
    assert api.delete(f"{path}/viewer/{viewer['id']}").status_code == 204
    assert api.get(path).json()["data"] == stream
    assert api.delete(path).status_code == 204
    assert api.get("/livestream").json()["data"] == []


def test_the_tokens_of_a_stream_say_whose_they_are(api: httpx.Client) -> None:
    stream = api.post("/livestream").json()["data"]
    for kind in ("streamer", "viewer"):
        member = api.post(f"/livestream/{stream['id']}/{kind}").json()["data"]
        claims = jwt.decode(member["token"], options={"verify_signature": False})
        assert claims["type"] == kind
        assert claims["stream_id"] == stream["id"]
        assert claims[f"{kind}_id"] == member["id"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", "/streamer"), ("POST", "/viewer")],
)
def test_an_unknown_stream_is_not_found(api: httpx.Client, method: str, path: str) -> None:
    response = api.request(method, f"/livestream/s{path}")
    assert response.status_code == 404
    assert response.json() == {"errors": "stream s not found"}


def test_deleting_what_is_not_there_is_no_error(api: httpx.Client) -> None:
    stream = api.post("/livestream").json()["data"]["id"]
    for path in ("s", "s/viewer/v", "s/streamer/t", f"{stream}/viewer/v", f"{stream}/streamer/t"):
        assert api.delete(f"/livestream/{path}").status_code == 204


@pytest.mark.parametrize("config", [{"public": None}, {"audioOnly": 1}, {"x": 1}, []])
def test_a_wrong_stream_is_refused(api: httpx.Client, config: Any) -> None:
    response = api.post("/livestream", json=config)
    assert response.status_code == 400
    assert response.json()["errors"].startswith("body")
