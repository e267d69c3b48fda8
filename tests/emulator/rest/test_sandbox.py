"""The sandbox API: tokens by name, for web pages that have no backend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest

from fishjam.emulator import Emulator
from tests.support.emulator_sockets import peer_socket
from tests.support.plain_http import PLAIN

Json = dict[str, Any]


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with Emulator(sandbox=True) as emulator:
        yield emulator


@pytest.fixture
def sandbox(server: Emulator) -> Emulator:
    server.reset()
    return server


def get(emulator: Emulator, path: str = "", base: str = "", **query: str) -> httpx.Response:
    headers = {"origin": "http://localhost:3000"}
    url = f"{emulator.fishjam_id}{base}/room-manager{path}"
    return httpx.get(url, params=query, headers=headers, **PLAIN)


def join(emulator: Emulator, room: str = "standup", peer: str = "Ada", **query: str) -> Json:
    answer = get(emulator, roomName=room, peerName=peer, **query)
    assert answer.status_code == 200
    joined: Json = answer.json()
    return joined


def test_a_page_gets_a_token_and_joins(sandbox: Emulator) -> None:
    answer = get(sandbox, roomName="standup", peerName="Ada")
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
    joined = answer.json()
    assert joined["room"]["name"] == "standup"
    assert joined["peer"]["name"] == "Ada"
    assert joined["url"] == "ws" + sandbox.fishjam_id.removeprefix("http")
    with peer_socket(sandbox) as socket:
        socket.authenticate(joined["peerToken"])
        (room,) = sandbox.rooms
        (peer,) = room["peers"]
    assert (room["id"], peer["id"]) == (joined["room"]["id"], joined["peer"]["id"])
    assert peer["metadata"] == {"peer": {}, "server": {"name": "Ada"}}


def test_the_same_names_are_the_same_room_and_peer(sandbox: Emulator) -> None:
    first, second, third = join(sandbox), join(sandbox), join(sandbox, peer="Bob")
    assert first["peer"] == second["peer"] != third["peer"]
    assert first["room"] == second["room"] == third["room"]
    assert first["peerToken"] != second["peerToken"]
    assert join(sandbox, room="other")["room"] != first["room"]


def test_what_was_deleted_is_made_again(sandbox: Emulator) -> None:
    first = join(sandbox)
    with sandbox._engine.lock:
        sandbox._engine.state.rooms.delete_peer(first["room"]["id"], first["peer"]["id"])
    second = join(sandbox)
    assert first["room"] == second["room"]
    assert first["peer"] != second["peer"]
    sandbox.crash_room(first["room"]["id"])
    assert join(sandbox)["room"] != first["room"]


@pytest.mark.parametrize("base", ["/api/v1/connect/mine", "/"])
def test_it_lies_under_the_base_url_of_any_fishjam(sandbox: Emulator, base: str) -> None:
    answer = get(sandbox, "/", base, roomName="a", peerName="b", roomType="audio_only")
    assert answer.status_code == 200
    assert sandbox.rooms[0]["config"]["roomType"] == "audio_only"


def claims(sandbox: Emulator, token: str) -> Json:
    with sandbox._engine.lock:
        return sandbox._engine.state.tokens.verify(token)


@pytest.mark.parametrize(("public", "shown"), [("true", True), ("false", False), ("", False)])
def test_a_livestream(sandbox: Emulator, public: str, shown: bool) -> None:
    answer = get(sandbox, "/livestream", roomName="a/b", public=public).json()
    (room,) = sandbox.rooms
    assert room["config"]["roomType"] == "livestream"
    assert room["config"]["public"] is shown
    assert answer["room"] == {"id": room["id"], "name": "a/b"}
    streamer = claims(sandbox, answer["streamerToken"])
    assert (streamer["type"], streamer["room_id"]) == ("streamer", room["id"])
    token = get(sandbox, "/a/b/livestream-viewer-token").json()["token"]
    assert claims(sandbox, token)["type"] == "viewer"


def test_a_livestream_that_is_none_has_no_viewers(sandbox: Emulator) -> None:
    join(sandbox)
    assert get(sandbox, "/standup/livestream-viewer-token").status_code == 404
    assert get(sandbox, "/nobody/livestream-viewer-token").status_code == 404


@pytest.mark.parametrize(("role", "claim"), [("publisher", "put"), ("subscriber", "get")])
def test_access_to_moq(sandbox: Emulator, role: str, claim: str) -> None:
    access = get(sandbox, f"/moq/my/stream/{role}").json()
    assert access["connection_url"].endswith(f"/emulator?jwt={access['token']}")
    shown = jwt.decode(access["token"], options={"verify_signature": False})
    assert shown[claim] == ["my/stream"]
    assert shown[{"put": "get", "get": "put"}[claim]] == []


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("", {}, 400),
        ("", {"roomName": "a"}, 400),
        ("", {"roomName": "", "peerName": "b"}, 400),
        ("", {"roomName": "a", "peerName": "b", "roomType": "pub"}, 400),
        ("/livestream", {}, 400),
        ("/moq/publisher", {}, 404),
        ("/livestream-viewer-token", {}, 404),
        ("/a/b", {}, 404),
    ],
)
def test_what_makes_no_sense(sandbox: Emulator, path: str, query: Json, status: int) -> None:
    answer = get(sandbox, path, **query)
    assert answer.status_code == status
    assert answer.json()["errors"]
    assert sandbox.rooms == []


def test_it_is_read_only(sandbox: Emulator) -> None:
    answer = httpx.post(f"{sandbox.fishjam_id}/room-manager", **PLAIN)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_a_foreign_page_gets_nothing(sandbox: Emulator) -> None:
    url = f"{sandbox.fishjam_id}/room-manager?roomName=a&peerName=b"
    for headers in (
        {"origin": "http://evil.example"},
        # A picture in a page: without an Origin, but browsers tell from where.
        {"sec-fetch-site": "cross-site"},
    ):
        assert httpx.get(url, headers=headers, **PLAIN).status_code == 403
    assert sandbox.rooms == []
    assert httpx.get(url, headers={"sec-fetch-site": "none"}, **PLAIN).status_code == 200


def test_it_has_to_be_asked_for(emulator: Emulator) -> None:
    assert get(emulator, roomName="a", peerName="b").status_code == 404
