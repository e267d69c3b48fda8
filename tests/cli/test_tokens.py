"""`fishjam tokens`: the token alone on stdout, what to do with it beside it."""

from __future__ import annotations

import pytest

from fishjam.emulator import Emulator
from tests.cli.conftest import Command


@pytest.fixture
def livestream(fishjam: Command) -> str:
    return fishjam("rooms", "create", "--room-type", "livestream").out.strip()


def test_a_new_token_for_a_peer(fishjam: Command) -> None:
    room = fishjam("rooms", "create").out.strip()
    peer = fishjam("peers", "add", room).out.strip()
    done = fishjam("tokens", "refresh", room, peer)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("eyJ")
    assert done.out.count("\n") == 1
    (data,) = fishjam("tokens", "refresh", room, peer, "--json").json
    assert list(data) == ["token"]
    missing = fishjam("tokens", "refresh", room, "nobody")
    assert missing.code == 1
    assert "`fishjam peers list ROOM`" in missing.err


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("streamer", "Publish to {} with this token as the bearer.\n"),
        ("viewer", "Watch at {} with this token as the bearer.\n"),
    ],
)
def test_livestreams(name: str, note: str, fishjam: Command, livestream: str) -> None:
    done = fishjam("tokens", name, livestream)
    assert done.out.startswith("eyJ")
    as_json = fishjam("tokens", name, livestream, "--json")
    (data,) = as_json.json
    assert data["token"].startswith("eyJ")
    assert (done.err, as_json.err) == (note.format(data["url"]), "")


@pytest.mark.parametrize("name", ["streamer", "viewer"])
def test_a_room_that_is_no_livestream(name: str, fishjam: Command) -> None:
    room = fishjam("rooms", "create").out.strip()
    done = fishjam("tokens", name, room)
    assert (done.code, done.out) == (1, "")
    assert "hint: it takes a room that `fishjam rooms create --room-type livestream`" in done.err


def test_moq(fishjam: Command, fishjam_emulator: Emulator) -> None:
    done = fishjam("tokens", "moq", "--publish-path", "a", "--subscribe-path", "b", "--ttl", "60")
    assert done.out.startswith("eyJ")
    assert done.out.strip() not in done.err
    assert "?jwt=TOKEN with this token in the place of TOKEN" in done.err
    assert fishjam_emulator.requests[-1].json == {
        "publishPath": "a",
        "subscribePath": "b",
        "ttl": 60,
    }
    (data,) = fishjam("tokens", "moq", "--subscribe-path", "b", "--json").json
    assert data["connection_url"].endswith(f"?jwt={data['token']}")


def test_moq_for_nothing(fishjam: Command, fishjam_emulator: Emulator) -> None:
    done = fishjam("tokens", "moq")
    assert (done.code, done.out) == (2, "")
    assert "pass --publish-path, --subscribe-path or both" in done.err
    assert fishjam_emulator.requests == []
