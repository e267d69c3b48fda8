"""The room manager, asked as the sandbox helpers of Fishjam's client SDKs ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fishjam import FishjamClient
from fishjam.emulator import Emulator
from tests.examples.programs import command, served
from tests.support.emulator_sockets import peer_socket


@pytest.fixture(scope="module")
def program(_fishjam_emulator_server: Emulator) -> Iterator[httpx.Client]:
    with served(*command("room_manager"), emulator=_fishjam_emulator_server) as client:
        yield client


@pytest.fixture
def emulator(_fishjam_emulator_server: Emulator, program: httpx.Client) -> Emulator:
    """Give the Fishjam that the program uses; it is not reset, for the program goes on."""
    return _fishjam_emulator_server


def get(client: httpx.Client, path: str, **query: str) -> Any:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def join(client: httpx.Client, room: str, peer: str, **query: str) -> Any:
    return get(client, "/api/rooms", roomName=room, peerName=peer, **query)


def test_tokens_for_a_room_by_name(program: httpx.Client, emulator: Emulator) -> None:
    ada = join(program, "standup", "Ada")
    grace = join(program, "standup", "Grace", roomType="conference")
    assert ada["room"] == grace["room"] == {"id": ada["room"]["id"], "name": "standup"}
    assert ada["peer"]["name"] == "Ada"
    assert ada["url"] == emulator.fishjam_id.replace("http", "ws")

    with peer_socket(emulator) as socket:
        socket.authenticate(ada["peerToken"])
        socket.send(peer_media_event={"connect": {"metadata_json": "{}"}})
        socket.receive_content("server_media_event")
        emulator.wait_for_webhooks()
        assert get(program, "/")["standup"] == {"Ada": True, "Grace": False}
        again = join(program, "standup", "Ada")
        assert again["peer"] == ada["peer"]

    with FishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        peers = client.get_room(ada["room"]["id"]).peers
        names = [peer.metadata["server"] for peer in peers if peer.metadata]
        assert names == [{"name": "Ada"}, {"name": "Grace"}]


def test_a_livestream(program: httpx.Client, emulator: Emulator) -> None:
    stream = get(program, "/api/rooms/livestream", roomName="show", public="true")
    assert set(stream) == {"streamerToken", "room"}
    viewer = get(program, "/api/rooms/show/livestream-viewer-token")
    assert viewer["token"].count(".") == stream["streamerToken"].count(".") == 2
    (room,) = [room for room in emulator.rooms if room["id"] == stream["room"]["id"]]
    assert (room["config"]["roomType"], room["config"]["public"]) == ("livestream", True)

    missing = program.get("/api/rooms/none/livestream-viewer-token")
    assert missing.status_code == 404
    join(program, "meeting", "Ada")
    refused = program.get("/api/rooms/meeting/livestream-viewer-token")
    assert refused.status_code == 404
    assert "not a livestream" in refused.json()["error"]


@pytest.mark.parametrize("role", ["publisher", "subscriber"])
def test_media_over_quic(program: httpx.Client, role: str) -> None:
    access = get(program, f"/api/rooms/moq/talks%2Fone/{role}")
    assert access["connection_url"].endswith(f"?jwt={access['token']}")


def test_names_are_free_again_when_webhooks_say_so(
    program: httpx.Client, emulator: Emulator
) -> None:
    first = join(program, "retro", "Ada")
    with FishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        client.delete_peer(first["room"]["id"], first["peer"]["id"])
        emulator.wait_for_webhooks()
        second = join(program, "retro", "Ada")
        assert (second["room"], second["peer"]) != (first["room"], first["peer"])
        client.delete_room(first["room"]["id"])
        emulator.wait_for_webhooks()
    assert "retro" not in get(program, "/")
    assert join(program, "retro", "Ada")["room"] != first["room"]


def test_a_room_that_is_gone_before_its_webhook_came(
    program: httpx.Client, emulator: Emulator
) -> None:
    first = join(program, "review", "Ada")
    emulator.delay_notifications(60)
    try:
        with FishjamClient(emulator.fishjam_id, emulator.management_token) as client:
            client.delete_room(first["room"]["id"])
        assert join(program, "review", "Ada")["room"] != first["room"]
    finally:
        emulator.delay_notifications(0)
        emulator.advance(60)


def test_what_fishjam_refuses(program: httpx.Client, emulator: Emulator) -> None:
    emulator.fail_next(402, operation="create_room")
    refused = program.get("/api/rooms", params={"roomName": "more", "peerName": "Ada"})
    assert refused.status_code == 402
    emulator.fail_next(401, operation="create_room")
    refused = program.get("/api/rooms", params={"roomName": "more", "peerName": "Ada"})
    assert refused.status_code == 502
    assert program.get("/api/rooms", params={"roomName": "more"}).status_code == 422


def test_browsers_elsewhere_may_ask(program: httpx.Client) -> None:
    answer = program.get("/", headers={"origin": "http://localhost:5173"})
    assert answer.headers["access-control-allow-origin"] == "*"


def test_without_an_account() -> None:
    with served(*command("room_manager")) as client:
        assert join(client, "standup", "Ada")["url"].startswith("ws://127.0.0.1:")
