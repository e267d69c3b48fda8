"""`fishjam demo`: the story it tells, on each backend, and what it says when it cannot."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fishjam import RoomOptions
from fishjam.agent import IncomingTrackData, IncomingTrackImage
from fishjam.cli import main
from fishjam.cli._demo import PACE, _narrator, conversation
from fishjam.cli._demo.audience import Audience
from fishjam.cli._demo.narrator import Narrator
from fishjam.client import FishjamClient
from fishjam.emulator import Emulator
from fishjam.errors import ConflictError
from fishjam.events import PeerAdded, RoomDeleted

STORY = (
    "belong together",
    "a conference for 2 peers",
    "Ada is peer",
    "ConflictError",
    "{'name': 'Grace'}, webrtc, disconnected",
    "a new token",
    "to hear Ada alone",
    "NotFoundError",
    "/api/v1/live/api/whip",
    "/api/v1/live/api/whep",
    "has 1 streamer, disconnected",
    "for ten minutes",
    "2 rooms and 1 stream deleted, 0 left",
    'Ada says "hello, this is Fishjam", 1.4 s of audio',
    "the agent repeats it, 1.",
    "an interruption: she heard 0.",
    "image/jpeg, ",
)
EVENTS = ("← RoomCreated room ", "← PeerAdded room ", "← PeerDeleted ", "← RoomDeleted room ")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}")


def check_story(printed: str) -> None:
    positions = [printed.index(text) for text in STORY]
    assert positions == sorted(positions)
    for text in EVENTS:
        assert text in printed
    assert printed.count("← RoomDeleted") == 3
    # Ids are short, and tokens are recognisable, not usable.
    assert not UUID.search(printed)
    assert "eyJhbGci... (" in printed
    assert "eyJhbGciOiJ" not in printed


@pytest.mark.once
def test_the_story_is_told_once_by_default(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], behind_a_proxy: None
) -> None:
    assert main(["demo", "--save", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("A local Fishjam listens at http://127.0.0.1:")
    assert printed.err == ""
    check_story(printed.out)
    _, done, end = printed.out.partition("\nDone, with the asyncio client.\n")
    assert done
    assert end.startswith(f"To hear and see: ada.wav, agent.wav and camera.jpg in {tmp_path}\n")
    assert "What next?\n   fishjam emulator  " in end


@pytest.mark.once
def test_the_story_is_told_with_all_clients(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--backend", "all"]) == 0
    stories = capsys.readouterr().out.split("\nDone, with the ")
    assert [end.partition(" ")[0] for end in stories[1:]] == ["sync", "asyncio", "trio"]
    folders = [
        Path(line.partition(" in ")[2])
        for line in "".join(stories).splitlines()
        if "To hear" in line
    ]
    for story, folder in zip(stories, folders, strict=False):
        check_story(story)
        assert (folder / "agent.wav").stat().st_size > 1000
        shutil.rmtree(folder)
    assert len(folders) == 3


@pytest.mark.once
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
    notes = [line["note"] for line in lines if "note" in line]
    assert "Done, with the sync client." in notes
    assert any(note.endswith(f" in {folder}") for note in notes)
    assert "eyJhbGciOiJ" not in printed.out

    with (
        wave.open(str(folder / "ada.wav")) as spoken_file,
        wave.open(str(folder / "agent.wav")) as repeated_file,
    ):
        spoken, repeated = (
            file.readframes(file.getnframes()) for file in (spoken_file, repeated_file)
        )
    # What was heard before the interruption is what was said, to the byte.
    assert len(spoken) > len(repeated) > len(spoken) // 3
    assert spoken.startswith(repeated)
    assert (folder / "camera.jpg").read_bytes().startswith(b"\xff\xd8\xff")


# On a terminal.


class Terminal(io.StringIO):
    """Stands for a terminal: what is written to it has colours and a width."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def narrated(monkeypatch: pytest.MonkeyPatch, columns: int, encoding: str = "utf-8") -> str:
    """Tell a step, its two events, a refusal and a note on a terminal."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    monkeypatch.setattr(Terminal, "encoding", encoding)
    narrator = Narrator(out, 0.01)
    narrator.know("p1", "Ada")
    narrator.event(PeerAdded(room_id="11111111-2222-4333-8444-555555555555", peer_id="p1"))
    narrator.event(RoomDeleted(room_id="r2"))
    narrator.step("Ada comes")
    narrator.error(ConflictError("the room is full " * 8))
    narrator.event(RoomDeleted(room_id="r3"))
    narrator.sound("a voice")
    return out.getvalue()


def test_events_stand_beside_their_step_on_a_wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    text = narrated(monkeypatch, 120)
    assert "\x1b[32m✓\x1b[0m" in text
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()
    assert lines[0] == "   ✓ Ada comes".ljust(66) + "← PeerAdded room 111111, peer Ada"
    assert lines[1] == " " * 66 + "← RoomDeleted room r2"
    assert lines[2].startswith("   ✗ refused, as it should be: ConflictError: the room")
    assert lines[3].startswith("     ")
    assert lines[4:] == [" " * 66 + "← RoomDeleted room r3", "   ♪ a voice"]
    assert max(map(len, lines)) < 120


def test_events_stand_below_on_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = re.sub(r"\x1b\[[0-9;]*m", "", narrated(monkeypatch, 70)).splitlines()
    assert lines[:3] == [
        "   ✓ Ada comes",
        "      ← PeerAdded room 111111, peer Ada",
        "      ← RoomDeleted room r2",
    ]
    assert max(map(len, lines)) <= 70


def test_signs_that_a_terminal_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    text = narrated(monkeypatch, 70, "cp1252")
    assert text.isascii()
    assert "< PeerAdded" in text


def test_it_takes_its_time_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for is_terminal, given, pace in ((True, None, PACE), (False, None, 0), (True, 2.0, 2.0)):
        monkeypatch.setattr(sys.stdout, "isatty", lambda answer=is_terminal: answer)
        assert _narrator(as_json=False, pace=given)._pace == pace


def test_a_folder_that_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FISHJAM_ID", "http://127.0.0.1:9")
    assert main(["demo", "--save", str(tmp_path / "file")]) == 1
    printed = capsys.readouterr()
    assert "File exists" in printed.err
    # A Fishjam without its token is not used, which is said.
    assert printed.out.startswith("Only one of FISHJAM_ID and FISHJAM_MANAGEMENT_TOKEN is set")


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
    assert "6. A conversation" not in printed
    assert "Left out here: the conversation with a voice agent, because only a local" in printed
    assert str(tmp_path) not in printed
    assert list(tmp_path.iterdir()) == []


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
