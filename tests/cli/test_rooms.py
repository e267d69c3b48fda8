"""`fishjam rooms`: what it prints for people and for programs."""

from __future__ import annotations

import json

import pytest

from fishjam import Room
from fishjam.cli._rooms import _fields
from fishjam.emulator import Emulator
from fishjam.room import CompositionInfo, RoomConfig
from tests.cli.conftest import Command


def test_no_rooms(fishjam: Command) -> None:
    listed = fishjam("rooms", "list")
    assert (listed.code, listed.out) == (0, "")
    assert listed.err == "There are none. `fishjam rooms create` makes a room.\n"
    for form in (["--json"], ["--json", "--ids"]):
        listed = fishjam("rooms", "list", *form)
        assert (listed.code, listed.out, listed.err) == (0, "", "")


def test_a_room_from_its_beginning_to_its_end(fishjam: Command) -> None:
    created = fishjam("rooms", "create", "--max-peers", "2", "--video-codec", "vp8")
    room = created.out.strip()
    assert (created.code, created.out) == (0, f"{room}\n")
    assert f"fishjam peers add {room}" in created.err

    assert fishjam("rooms", "list").lines == [
        ["ROOM", "TYPE", "PEERS", "CODEC"],
        [room, "conference", "0", "of", "2", "vp8"],
    ]
    assert fishjam("rooms", "list", "--ids").out == f"{room}\n"

    deleted = fishjam("rooms", "delete", room)
    assert (deleted.code, deleted.out, deleted.err) == (0, f"deleted {room}\n", "")
    assert fishjam("rooms", "list").out == ""


def test_all_options_reach_the_server(fishjam: Command, fishjam_emulator: Emulator) -> None:
    created = fishjam(
        *("rooms", "create", "--json", "--room-type", "livestream", "--public"),
        *("--webhook-url", "http://127.0.0.1:9/hook", "--batch-webhook-notifications"),
    )
    assert (created.code, created.err) == (0, "")
    (room,) = created.json
    assert room["config"] == {
        "batchWebhookNotifications": True,
        "maxPeers": 0,
        "public": True,
        "roomType": "livestream",
        "videoCodec": "h264",
        "webhookUrl": "http://127.0.0.1:9/hook",
    }
    assert fishjam("rooms", "list", "--json").json == [room]
    assert fishjam("rooms", "list", "--json", "--ids").json == [{"id": room["id"]}]
    assert fishjam("rooms", "show", room["id"], "--json").json == [room]
    assert fishjam("rooms", "delete", room["id"], "--json").json == [
        {"id": room["id"], "deleted": True}
    ]
    assert fishjam_emulator.rooms == []


def test_a_room_with_peers(fishjam: Command) -> None:
    room = fishjam("rooms", "create").out.strip()
    shown = fishjam("rooms", "show", room)
    assert shown.lines == [
        ["room", room],
        ["type", "conference"],
        ["peers", "0"],
        ["codec", "h264"],
        ["public", "no"],
        ["webhook", "-"],
        ["batches", "no"],
        ["forwards", "to", "-"],
    ]
    peer = fishjam("peers", "add", room).out.strip()
    *_, empty, head, row = fishjam("rooms", "show", room).out.splitlines()
    assert empty == ""
    assert head.startswith("PEER  ")
    assert row.startswith(f"{peer}  webrtc  disconnected")


def test_what_else_a_room_can_have() -> None:
    config = RoomConfig(public=True, batch_webhook_notifications=True)
    composition = CompositionInfo.from_dict(
        {"compositionUrl": "https://c.example", "forwardings": []}
    )
    shown = _fields(Room(config, "r", [], composition))
    assert (shown["public"], shown["batches"]) == ("yes", "yes")
    assert shown["forwards to"] == "https://c.example"


def test_deleting_goes_on_after_a_room_that_is_not_there(
    fishjam: Command, fishjam_emulator: Emulator
) -> None:
    rooms = fishjam("rooms", "create").out.split() + fishjam("rooms", "create").out.split()
    done = fishjam("rooms", "delete", rooms[0], "nobody", rooms[1])
    assert done.code == 1
    assert done.out == f"deleted {rooms[0]}\ndeleted {rooms[1]}\n"
    assert done.err.startswith("fishjam rooms delete: ")
    assert "nobody" in done.err
    assert done.err.endswith("hint: `fishjam rooms list` shows the rooms that there are.\n")
    assert fishjam_emulator.rooms == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["create", "--room-type", "party"],
        ["create", "--video-codec", "h420"],
        ["create", "--max-peers", "many"],
        ["show"],
        ["delete"],
        ["rename"],
    ],
)
def test_wrong_usage(arguments: list[str], fishjam: Command) -> None:
    assert fishjam("rooms", *arguments).code == 2


def test_what_the_server_does_not_accept(fishjam: Command) -> None:
    done = fishjam("rooms", "create", "--max-peers", "-1")
    assert (done.code, done.out) == (1, "")
    assert "maxPeers" in done.err


def test_json_is_plain_ascii(fishjam: Command) -> None:
    room = fishjam("rooms", "create").out.strip()
    fishjam("peers", "add", room, "--metadata", json.dumps({"name": "\u202e"}))
    for form in ([], ["--json"]):
        assert fishjam("rooms", "show", room, *form).out.isascii()
