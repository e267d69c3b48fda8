"""`fishjam demo`: the story it tells, on each backend, and what it says when it cannot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fishjam import RoomOptions
from fishjam.agent import IncomingTrackData, IncomingTrackImage
from fishjam.cli import main
from fishjam.cli._demo import conversation
from fishjam.cli._demo.audience import Audience
from fishjam.cli._demo.narrator import Narrator
from fishjam.client import FishjamClient
from fishjam.emulator import Emulator

STORY = (
    "belong together",
    "a conference for 2 peers",
    "Ada is peer",
    "ConflictError",
    "{'name': 'Grace'} (webrtc, disconnected)",
    "gets a new token",
    "will hear Ada alone",
    "NotFoundError",
    "/api/v1/live/api/whip",
    "/api/v1/live/api/whep",
    "has 1 streamer, disconnected",
    "for ten minutes",
    "2 rooms and 1 stream deleted, 0 left",
    'Ada says "hello, this is Fishjam", 1.4 s of audio',
    "the agent repeats it, 1.",
    "cuts it off: she heard 0.",
    "image/jpeg, ",
)
EVENTS = ("~ RoomCreated roomId=", "~ PeerAdded roomId=", "~ PeerDeleted ", "~ RoomDeleted roomId=")


@pytest.mark.parametrize("backend", ["sync", "asyncio", "trio"])
def test_the_story_is_told_on_a_local_fishjam(
    backend: str, capsys: pytest.CaptureFixture[str], behind_a_proxy: None
) -> None:
    assert main(["demo", "--backend", backend]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("A local Fishjam listens at http://127.0.0.1:")
    assert printed.out.endswith(f"Done, with the {backend} client.\n")
    assert printed.err == ""
    positions = [printed.out.index(text) for text in STORY]
    assert positions == sorted(positions)
    for text in EVENTS:
        assert text in printed.out
    assert printed.out.count("~ RoomDeleted") == 3
    # Tokens are recognisable, not usable.
    assert "eyJhbGci... (" in printed.out
    assert "eyJhbGciOiJ" not in printed.out


def test_the_story_as_json_with_its_sound_and_picture_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "made" / "for it"
    assert main(["demo", "--backend", "sync", "--json", "--save", str(folder)]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    lines = [json.loads(line) for line in printed.out.splitlines()]
    first = [next(iter(line)) for line in lines]
    assert set(first) == {"note", "chapter", "step", "event", "refused"}
    assert first.count("chapter") == 6
    assert lines[0]["note"].startswith("A local Fishjam listens at ")
    assert [line["refused"] for line in lines if "refused" in line] == [
        "ConflictError",
        "NotFoundError",
    ]
    created = [line for line in lines if line.get("event") == "RoomCreated"]
    assert [set(line) for line in created] == [{"event", "roomId"}] * 3
    assert [line["note"] for line in lines[-2:]] == [
        f"The sound and the picture are in {folder}.",
        "Done, with the sync client.",
    ]
    assert "eyJhbGciOiJ" not in printed.out

    with wave.open(str(folder / "ada.wav")) as said, wave.open(str(folder / "agent.wav")) as heard:
        spoken, repeated = (file.readframes(file.getnframes()) for file in (said, heard))
    # What was heard before the interruption is what was said, to the byte.
    assert len(spoken) > len(repeated) > len(spoken) // 3
    assert spoken.startswith(repeated)
    assert (folder / "camera.jpg").read_bytes().startswith(b"\xff\xd8\xff")


def test_a_folder_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["demo", "--save", str(tmp_path / "file")]) == 1
    assert "File exists" in capsys.readouterr().err


def test_it_uses_the_fishjam_of_the_environment_and_leaves_nothing_there(
    tmp_path: Path,
    fishjam_emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FISHJAM_ID", fishjam_emulator.fishjam_id)
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", fishjam_emulator.management_token)
    with FishjamClient.from_env() as client:
        mine = client.create_room(RoomOptions(max_peers=1))
        assert main(["demo", "--backend", "sync", "--save", str(tmp_path)]) == 0
        assert [room.id for room in client.get_all_rooms()] == [mine.id]
        assert client.get_all_streams() == []
    printed = capsys.readouterr().out
    assert "the Fishjam that FISHJAM_ID names" in printed
    assert "conversation" not in printed
    assert str(tmp_path) not in printed


def test_a_failure_in_the_middle_is_told_and_cleaned_up(
    fishjam_emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FISHJAM_ID", fishjam_emulator.fishjam_id)
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", fishjam_emulator.management_token)
    fishjam_emulator.fail_next(402, operation="create_stream", body='{"errors": "no quota left"}')
    assert main(["demo"]) == 1
    printed = capsys.readouterr()
    assert "create_stream: POST" in printed.err
    assert "no quota left" in printed.err
    assert "Done" not in printed.out
    assert fishjam_emulator.rooms == []


def test_a_wrong_token_is_one_clear_line(
    fishjam_emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FISHJAM_ID", fishjam_emulator.fishjam_id)
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", "wrong-token")
    assert main(["demo", "--backend", "sync"]) == 3
    printed = capsys.readouterr()
    assert printed.err.startswith("fishjam demo: ")
    assert "management token" in printed.err
    assert "wrong-token" not in printed.err + printed.out


@pytest.mark.parametrize(
    ("missing", "arguments", "hint"),
    [
        ("starlette", [], "fishjam-server-sdk[emulator]"),
        ("trio_websocket", ["--backend", "trio"], "fishjam-server-sdk[trio]"),
    ],
)
def test_without_an_extra_it_names_the_extra(missing: str, arguments: list[str], hint: str) -> None:
    code = f"""
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "{missing}":
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name == "{missing}" else real(name)
from fishjam.cli import main
sys.exit(main(["demo", *{arguments!r}]))
"""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_trio_extra_in_this_process(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "trio_websocket", None)
    assert main(["demo", "--backend", "trio"]) == 1
    assert 'pip install "fishjam-server-sdk[trio]"' in capsys.readouterr().err


def test_a_reader_that_has_gone_does_not_end_the_story() -> None:
    # As with `fishjam demo | head`: the clean-up is still to come.
    unread, written = os.pipe()
    os.close(unread)
    with os.fdopen(written, "w") as out:
        narrator = Narrator(out)
        narrator.line("to nobody")
        narrator.line("still to nobody")


def test_events_that_do_not_come_are_not_waited_for_for_ever(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fishjam.cli._demo.audience.PATIENCE", 0.01)
    Audience(Narrator(sys.stdout)).wait_until_gone(["room"])
    assert "have not come" in capsys.readouterr().out


@pytest.mark.anyio
async def test_the_agent_of_the_demo_repeats_audio_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conversation, "DELAY", 0)
    messages = (
        IncomingTrackImage(data=b"picture"),
        IncomingTrackData(data=b"one"),
        IncomingTrackData(data=b"two"),
    )

    async def heard() -> AsyncIterator[IncomingTrackData | IncomingTrackImage]:
        for message in messages:
            yield message

    assert [chunk async for chunk in conversation.later(heard())] == [b"one", b"two"]
