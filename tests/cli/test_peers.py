"""`fishjam peers`: what it prints for people and for programs."""

from __future__ import annotations

import pytest

from fishjam import Peer
from fishjam.cli._output import show, table
from fishjam.cli._peers import PEERS
from fishjam.emulator import Emulator
from tests.cli.conftest import Command


@pytest.fixture
def room(fishjam: Command) -> str:
    return fishjam("rooms", "create", "--max-peers", "2").out.strip()


def test_nobody_there(fishjam: Command, room: str) -> None:
    listed = fishjam("peers", "list", room)
    assert (listed.code, listed.out) == (0, "")
    assert listed.err == f"There are none. To add a peer: fishjam peers add {room}\n"
    assert fishjam("peers", "list", room, "--json").err == ""


def test_a_peer_from_its_beginning_to_its_end(fishjam: Command, room: str) -> None:
    added = fishjam("peers", "add", room, "--metadata", '{"name": "Ada"}')
    peer = added.out.strip()
    assert (added.code, added.out) == (0, f"{peer}\n")
    assert added.err == f"For a token: fishjam tokens peer {room} {peer}\n"

    head, row = fishjam("peers", "list", room).lines
    assert head == ["PEER", "TYPE", "STATUS", "SUBSCRIBES", "TRACKS", "METADATA"]
    assert row[:5] == [peer, "webrtc", "disconnected", "auto", "-"]
    assert '{"name": "Ada"}' in " ".join(row[5:])
    assert fishjam("peers", "list", room, "--ids").out == f"{peer}\n"

    removed = fishjam("peers", "remove", room, peer)
    assert (removed.code, removed.out, removed.err) == (0, f"removed {peer}\n", "")
    assert fishjam("peers", "list", room).out == ""


def test_peers_as_json(fishjam: Command, room: str) -> None:
    added = fishjam("peers", "add", room, "--subscribe-mode", "manual", "--json")
    (peer,) = added.json
    assert (peer["subscribeMode"], added.err) == ("manual", "")
    assert fishjam("peers", "list", room, "--json").json == [peer]
    assert fishjam("peers", "list", room, "--json", "--ids").json == [{"id": peer["id"]}]
    removed = fishjam("peers", "remove", room, peer["id"], "--json")
    assert removed.json == [{"id": peer["id"], "deleted": True}]


def test_the_token_only_when_asked_for(fishjam: Command, room: str) -> None:
    assert "eyJ" not in fishjam("peers", "add", room, "--json").out
    peer, token = fishjam("peers", "add", room, "--with-token").out.splitlines()
    assert token.startswith("eyJ")
    assert peer in fishjam("peers", "list", room, "--ids").out
    fishjam("peers", "remove", room, peer)
    (added,) = fishjam("peers", "add", room, "--with-token", "--json").json
    assert added["token"].startswith("eyJ")


def test_subscribing(fishjam: Command, fishjam_emulator: Emulator, room: str) -> None:
    ada = fishjam("peers", "add", room).out.strip()
    grace = fishjam("peers", "add", room, "--subscribe-mode", "manual").out.strip()
    done = fishjam("peers", "subscribe", room, grace, "--target-peer", ada)
    assert (done.code, done.out, done.err) == (0, f"{grace} receives {ada}\n", "")
    _, seen = fishjam("peers", "list", room, "--json").json
    assert seen["subscriptions"] == {"peers": [ada], "tracks": []}

    fishjam_emulator.fail_next(200, operation="subscribe_tracks", body={})
    tracks = fishjam("peers", "subscribe", room, grace, "--track", "a", "--track", "b", "--json")
    assert tracks.json == [{"id": grace, "targetPeers": [], "tracks": ["a", "b"]}]
    assert fishjam_emulator.requests[-1].json == {"track_ids": ["a", "b"]}


def test_subscribing_to_nobody(fishjam: Command) -> None:
    done = fishjam("peers", "subscribe", "r", "p")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "fishjam peers subscribe: nothing to subscribe to: pass --target-peer or --track.\n"
    )


def test_a_full_room(fishjam: Command) -> None:
    room = fishjam("rooms", "create", "--max-peers", "1").out.strip()
    fishjam("peers", "add", room)
    done = fishjam("peers", "add", room)
    assert (done.code, done.out) == (1, "")
    assert done.err.endswith("hint: `fishjam peers remove` makes place in a full room.\n")


def test_removing_goes_on_after_a_peer_that_is_not_there(fishjam: Command, room: str) -> None:
    peer = fishjam("peers", "add", room).out.strip()
    done = fishjam("peers", "remove", room, "nobody", peer)
    assert (done.code, done.out) == (1, f"removed {peer}\n")
    assert "nobody" in done.err
    assert "`fishjam peers list ROOM` its peers" in done.err


@pytest.mark.parametrize("metadata", ["{", "[1]", "null", "[" * 100_000])
def test_metadata_that_are_no_object(metadata: str, fishjam: Command) -> None:
    done = fishjam("peers", "add", "room", "--metadata", metadata)
    assert done.code == 2
    assert 'is not a JSON object such as {"name": "Ada"}' in done.err


def test_what_peers_publish(capsys: pytest.CaptureFixture[str]) -> None:
    tracks = [{"id": "1", "type": "video"}, {"id": "2", "type": "audio"}]
    peer = Peer.from_dict(
        {
            "id": "p\x1b",
            "type": "agent",
            "status": "connected",
            "subscribeMode": "auto",
            "subscriptions": {"peers": [], "tracks": []},
            "tracks": tracks,
            "metadata": None,
        }
    )
    show(table([peer], PEERS))
    _, row = capsys.readouterr().out.splitlines()
    assert row == r'"p\u001b"  agent  connected  auto        audio, video  -'
