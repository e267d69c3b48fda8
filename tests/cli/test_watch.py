"""`fishjam watch`: the room as a live table, as lines, and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from fishjam import FishjamClient, PeerOptions, RoomOptions
from fishjam.cli import main
from fishjam.emulator import Emulator
from tests.cli.conftest import Command, Meanwhile
from tests.support.http_server import Action, Close, Raw, Reply, ScriptedServer


@pytest.fixture
def client(fishjam: Command, fishjam_emulator: Emulator) -> Iterator[FishjamClient]:
    """A client of the Fishjam that the environment of the command names."""
    with FishjamClient(fishjam_emulator.fishjam_id, fishjam_emulator.management_token) as client:
        yield client


def let_happen(client: FishjamClient, emulator: Emulator, room_id: str) -> None:
    """Let a peer with a track come, in this room and in another one, and delete the room."""
    other = client.create_room()
    client.create_peer(other.id)
    options = PeerOptions({"name": "Ada [red]\x1b[2J"})
    _, token = client.create_peer(room_id, options)
    user = emulator.connect_peer(token)
    user.speak(bytes(640))
    client.delete_room(room_id)


def test_each_event_is_a_line(
    client: FishjamClient, fishjam_emulator: Emulator, meanwhile: Meanwhile
) -> None:
    room = client.create_room().id
    out = meanwhile(lambda _: let_happen(client, fishjam_emulator, room))
    assert main(["watch", room]) == 0
    first, *lines = out.getvalue().splitlines()
    assert first == f"room {room}  0 peers"
    names = [re.fullmatch(r"\d\d:\d\d:\d\d (\w+).*", line) for line in lines]
    event_names = [name[1] for name in names if name]
    assert event_names[:2] == ["PeerAdded", "PeerConnected"]
    assert event_names[-1] == "RoomDeleted"
    assert "TrackAdded" in event_names
    assert event_names.count("PeerAdded") == 1
    assert "room_id" not in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_json(client: FishjamClient, fishjam_emulator: Emulator, meanwhile: Meanwhile) -> None:
    room = client.create_room(RoomOptions(max_peers=3))
    client.create_peer(room.id)
    out = meanwhile(lambda _: let_happen(client, fishjam_emulator, room.id))
    assert main(["watch", room.id, "--json"]) == 0
    first, added, *_, deleted = map(json.loads, out.getvalue().splitlines())
    assert (first["id"], len(first["peers"])) == (room.id, 1)
    assert added["event"] == "PeerAdded"
    assert deleted == {"event": "RoomDeleted", "roomId": room.id}


def test_a_live_table_on_a_terminal(
    client: FishjamClient,
    fishjam_emulator: Emulator,
    meanwhile: Meanwhile,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "150"}.items():
        monkeypatch.setenv(name, value)
    room = client.create_room().id
    out = meanwhile(lambda _: let_happen(client, fishjam_emulator, room))
    assert main(["watch", room]) == 0
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", out.getvalue())
    assert f"fishjam peers add {room}" in text
    assert "\x1b[36mPeerAdded\x1b[0m" in out.getvalue()
    # What peers write is shown as it is, and steers nothing.
    assert "[2J" not in out.getvalue().replace(r"\u001b[2J", "")


def test_a_room_that_is_not_there(fishjam: Command) -> None:
    done = fishjam("watch", "nobody")
    assert (done.code, done.out) == (1, "")
    assert "404" in done.err
    assert done.err.endswith("hint: `fishjam rooms list` shows the rooms that there are.\n")


def test_a_token_that_is_refused(fishjam: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", "wrong-token")
    done = fishjam("watch", "room")
    assert (done.code, done.out) == (3, "")
    assert "wrong-token" not in done.err


def test_no_emulator_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "r", "--fishjam-id", "http://127.0.0.1:9", "--token", "t"]) == 1
    assert "/_emulator/v1 does not answer: " in capsys.readouterr().err


@pytest.mark.parametrize("answer", [Reply(404), Reply(200, b"<html>"), Reply(200, b"[]")])
def test_something_else_answers(answer: Reply, capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedServer(otherwise=answer) as server:
        assert main(["watch", "r", "--fishjam-id", server.url, "--token", "t"]) == 1
    assert f"{server.url} is not an emulator, or an older one" in capsys.readouterr().err


CUT = Raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n\n\r\n")


@pytest.mark.parametrize("end", [Reply(200, b"\n\n"), CUT, Close()])
def test_an_emulator_that_ends(end: Action, capsys: pytest.CaptureFixture[str]) -> None:
    room = {
        "id": "r",
        "peers": [],
        "config": {"roomType": "conference"},
    }
    answers = [{"version": "1"}, {"position": 3}, room]
    script = [Reply(200, json.dumps({"data": answer}).encode()) for answer in answers]
    with ScriptedServer(*script, end) as server:
        assert main(["watch", "r", "--fishjam-id", server.url, "--token", "t"]) == 1
    printed = capsys.readouterr().err
    assert "/_emulator/v1 has ended" in printed
    # The Fishjam ID is right: it did answer.
    assert "hint" not in printed
