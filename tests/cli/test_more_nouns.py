"""The nouns besides rooms, peers and tokens: agents, streams, recordings, compositions and more."""

from __future__ import annotations

from pathlib import Path

import pytest

from fishjam import FishjamClient
from fishjam.cli._output import Output
from fishjam.cli._recordings import _progress
from fishjam.emulator import Emulator
from fishjam.recording import DownloadProgress
from tests.cli.conftest import Command
from tests.support.calls import OUTPUT


@pytest.fixture
def room(fishjam: Command) -> str:
    return fishjam("rooms", "create").out.strip()


@pytest.fixture
def stream(fishjam: Command) -> str:
    return fishjam("streams", "create").out.strip()


@pytest.fixture
def recording(fishjam: Command, fishjam_emulator: Emulator) -> str:
    credentials = fishjam_emulator.fishjam_id, fishjam_emulator.management_token
    with FishjamClient(*credentials) as client:
        return client.create_composition_recording(OUTPUT, {"show": "x"}).id


def test_agents(fishjam: Command, room: str) -> None:
    nobody = fishjam("agents", "list", room)
    assert nobody.err == f"There are none. To add an agent: fishjam agents add {room}\n"
    fishjam("peers", "add", room)
    added = fishjam("agents", "add", room, "--audio-sample-rate", "24000")
    agent = added.out.strip()
    assert fishjam("agents", "list", room, "--ids").out == f"{agent}\n"
    assert "eyJ" not in fishjam("agents", "add", room, "--json").out
    (data,) = fishjam("agents", "add", room, "--with-token", "--json").json
    assert data["token"].startswith("eyJ")
    assert fishjam("agents", "remove", room, agent).out == f"removed {agent}\n"


def test_an_agent_of_vapi(
    fishjam: Command, room: str, fishjam_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = ["agents", "vapi", room, "--call-id", "c", "--auto-close"]
    assert "VAPI_API_KEY" in fishjam(*call).err
    monkeypatch.setenv("VAPI_API_KEY", "k")
    done = fishjam(*call)
    assert done.code == 0
    sent = fishjam_emulator.requests[-1].json
    assert (sent["type"], sent["options"]["callId"]) == ("vapi", "c")
    assert fishjam("agents", "list", room, "--ids").out == done.out


def test_subscriptions(fishjam: Command, room: str) -> None:
    ada = fishjam("peers", "add", room).out.strip()
    grace = fishjam("peers", "add", room, "--subscribe-mode", "manual").out.strip()
    assert fishjam("subscriptions", "add", room, grace, "--target-peer", ada).code == 0
    assert fishjam("subscriptions", "show", room, grace).lines == [
        ["subscribes", "manual"],
        ["peers", ada],
        ["tracks", "-"],
    ]
    assert fishjam("subscriptions", "show", room, grace, "--json").json == [
        {"id": grace, "subscribeMode": "manual", "peers": [ada], "tracks": []}
    ]
    missing = fishjam("subscriptions", "show", room, "nobody")
    assert missing.code == 1
    assert f"there is no peer nobody in room {room}" in missing.err


def test_streams(fishjam: Command, stream: str) -> None:
    assert fishjam("streams", "list", "--ids").out == f"{stream}\n"
    head, row = fishjam("streams", "list").lines
    assert head[0] == "STREAM"
    assert row == [stream, "0", "0", "no", "no"]
    audio = fishjam("streams", "create", "--audio-only", "--public", "--json")
    assert audio.err == ""
    assert (audio.json[0]["audioOnly"], audio.json[0]["public"]) == (True, True)
    assert fishjam("streams", "delete", stream).out == f"deleted {stream}\n"
    missing = fishjam("streams", "show", stream)
    assert missing.code == 1
    assert missing.err.endswith("`fishjam streams list` shows the streams that there are.\n")


@pytest.mark.parametrize(("noun", "address"), [("streamers", "whip"), ("viewers", "whep")])
def test_streamers_and_viewers(noun: str, address: str, fishjam: Command, stream: str) -> None:
    assert fishjam(noun, "list", stream).err == (
        f"There are none. `fishjam {noun} create {stream}` adds a {noun[:-1]}.\n"
    )
    made = fishjam(noun, "create", stream)
    assert (made.code, made.err) == (0, "")
    first = made.out.strip()
    other = fishjam(noun, "create", stream, "--with-token")
    second, token = other.out.split()
    assert token.startswith("eyJ")
    assert f"/api/v1/live/api/{address}, with the token as the bearer" in other.err

    # Tokens are printed where they are asked for, and nowhere else.
    for form in ([], ["--json"]):
        for command in ([noun, "list", stream], ["streams", "show", stream], ["streams", "list"]):
            assert "eyJ" not in fishjam(*command, *form).out
        assert token in fishjam(noun, "list", stream, "--with-token", *form).out
        assert token in fishjam("streams", "show", stream, "--with-token", *form).out
    assert fishjam(noun, "list", stream, "--ids").out == f"{first}\n{second}\n"
    deleted = fishjam(noun, "delete", stream, first, second)
    assert deleted.out == f"deleted {first}\ndeleted {second}\n"
    assert fishjam(noun, "list", stream, "--json").json == []


def test_recordings(fishjam: Command, recording: str, tmp_path: Path) -> None:
    head, row = fishjam("recordings", "list", "--metadata", '{"show": "x"}').lines
    assert head == ["RECORDING", "STATUS", "FILES", "METADATA"]
    assert row[:2] == [recording, "active"]
    assert fishjam("recordings", "list", "--status", "failed").out == ""

    early = fishjam("recordings", "download", recording, str(tmp_path))
    assert early.code == 1
    assert early.err.endswith("hint: `fishjam recordings show` tells how far it is.\n")
    active = fishjam("recordings", "delete", recording)
    assert active.code == 1
    assert "`fishjam recordings stop` ends one that is active." in active.err

    assert fishjam("recordings", "stop", recording).code == 0
    assert fishjam("recordings", "wait", recording, "--within", "20").code == 0
    assert ["status", "available"] in fishjam("recordings", "show", recording).lines
    (shown,) = fishjam("recordings", "show", recording, "--json").json
    assert shown["id"] == recording

    done = fishjam("recordings", "download", recording, str(tmp_path / "new"))
    path = Path(done.out.strip())
    assert (done.code, done.err) == (0, "")
    assert path.parent == tmp_path / "new"
    assert path.stat().st_size
    (line,) = fishjam("recordings", "download", recording, "--json").json
    assert (line["id"], line["path"]) == (recording, path.name)
    assert fishjam("recordings", "delete", recording).code == 0


def test_a_folder_that_cannot_be_written(fishjam: Command, recording: str, tmp_path: Path) -> None:
    fishjam("recordings", "stop", recording)
    fishjam("recordings", "wait", recording)
    (tmp_path / "file").touch()
    done = fishjam("recordings", "download", recording, str(tmp_path / "file" / "below"))
    assert (done.code, done.out) == (1, "")
    assert "Not a directory" in done.err


def test_the_bar_of_a_download(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with _progress(Output(as_json=False)) as tell:
        assert tell is not None
        for number, done in ((1, 1), (1, 2), (2, 1)):
            tell(DownloadProgress(Path(f"r-{number}.mp4"), number, 2, done, 2))
    printed = capsys.readouterr().err
    assert "r-1.mp4" in printed
    assert "r-2.mp4" in printed


def test_compositions(fishjam: Command, fishjam_emulator: Emulator, room: str) -> None:
    composition = fishjam("compositions", "create", "--no-autostart", "--keep").out.strip()
    assert fishjam("compositions", "start", composition).out == f"started {composition}\n"
    event = ["compositions", "event", composition, "goal"]
    assert fishjam(*event, "--data", "[1]").out == f"sent goal to {composition}\n"
    assert fishjam(*event, "--data", "{").code == 2
    assert fishjam("compositions", "reset", composition, "--json").json[0]["reset"]
    forwarded = fishjam("compositions", "forward", room, composition)
    assert forwarded.out == f"{room} forwards to {composition}\n"
    assert composition in fishjam("rooms", "show", room).out
    other = fishjam("compositions", "create").out.strip()
    assert fishjam("compositions", "forward", room, other).err.endswith(
        "hint: `fishjam rooms show` tells where its tracks go.\n"
    )
    assert fishjam("compositions", "delete", composition).out == f"deleted {composition}\n"
    missing = fishjam("compositions", "start", composition)
    assert missing.code == 1
    assert "cleaned up after 5 minutes" in missing.err


def test_a_livestream_room_suggests_streamer_and_viewer(fishjam: Command) -> None:
    created = fishjam("rooms", "create", "--room-type", "livestream")
    room = created.out.strip()
    for done in (created, fishjam("peers", "list", room)):
        assert f"fishjam tokens streamer {room}" in done.err
        assert f"fishjam tokens viewer {room}" in done.err
        assert "peers add" not in done.err


def test_tokens_by_both_names(fishjam: Command, room: str) -> None:
    peer = fishjam("peers", "add", room).out.strip()
    for name in ("peer", "refresh"):
        assert fishjam("tokens", name, room, peer).out.startswith("eyJ")
    assert "refresh" not in fishjam("tokens", "--help").out
