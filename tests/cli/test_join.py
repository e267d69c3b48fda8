"""`fishjam peers join`: a virtual user that speaks, shows and hears what files hold."""

from __future__ import annotations

import os
import signal
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

import fishjam.emulator._model
from fishjam import FishjamClient, events
from fishjam.cli import _join, main
from fishjam.cli._pictures import pictures
from fishjam.emulator import Emulator, speech, tone
from tests.cli.conftest import Command, Meanwhile

VIDEO = Path(fishjam.emulator._model.__file__).with_name("recording.mp4")


@pytest.fixture
def client(fishjam: Command, fishjam_emulator: Emulator) -> Iterator[FishjamClient]:
    """A client of the Fishjam that the environment of the command names."""
    with FishjamClient(fishjam_emulator.fishjam_id, fishjam_emulator.management_token) as client:
        yield client


@pytest.fixture
def room(client: FishjamClient) -> str:
    return client.create_room().id


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    path = tmp_path / "question.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(speech("hello, this is Fishjam", 16000))
    return path


def test_it_speaks_and_leaves(
    fishjam: Command, client: FishjamClient, fishjam_emulator: Emulator, room: str, wav: Path
) -> None:
    metadata = ["--metadata", '{"name": "Ada"}']
    done = fishjam("peers", "join", room, *metadata, "--speak", str(wav), "--for", "0.1")
    assert (done.code, done.err) == (0, f"says 1.4 s from {wav}\n")
    peer = done.out.strip()
    notifications = fishjam_emulator.notifications
    assert events.PeerAdded(room, peer, events.PeerType.WEBRTC) in notifications
    assert any(isinstance(event, events.TrackAdded) for event in notifications)
    assert client.get_room(room).peers == []


def test_a_long_file_goes_in_pieces(
    fishjam: Command, room: str, wav: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_join, "_PIECE", 32_000)
    done = fishjam("peers", "join", room, "--speak", str(wav), "--for", "0.1")
    assert [line.split()[1] for line in done.err.splitlines()] == ["1.0", "0.4"]
    wav.write_bytes(b"no audio" * 10_000)
    done = fishjam("peers", "join", room, "--speak", str(wav))
    assert (done.code, done.out) == (2, "")
    assert "is too large to be sent at once, and " in done.err


def test_it_hears_others(
    client: FishjamClient,
    fishjam_emulator: Emulator,
    room: str,
    tmp_path: Path,
    meanwhile: Meanwhile,
) -> None:
    def speak(_: str) -> None:
        token = client.create_peer(room)[1]
        fishjam_emulator.connect_peer(token).speak(tone(440, 0.5, 16000))

    meanwhile(speak)
    path = tmp_path / "heard.wav"
    assert main(["peers", "join", room, "--hear", str(path), "--for", "1.5"]) == 0
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels()) == (16000, 1)
        assert file.getnframes() > 4000
        assert any(file.readframes(file.getnframes()))


def test_it_shows_a_video_and_a_picture(
    fishjam: Command, fishjam_emulator: Emulator, room: str, tmp_path: Path
) -> None:
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(b"\xff\xd8\xff\xe0 a picture")
    for path in (VIDEO, picture):
        done = fishjam("peers", "join", room, "--video", str(path), "--for", "0.1")
        assert (done.code, done.err) == (0, "")
    kinds = [
        event.track.type
        for event in fishjam_emulator.notifications
        if isinstance(event, events.TrackAdded)
    ]
    assert kinds == [events.TrackType.VIDEO] * 2


def test_a_video_is_shown_at_five_pictures_a_second() -> None:
    shown = list(pictures(VIDEO))
    assert all(picture.startswith(b"\xff\xd8\xff") for picture in shown)
    assert len(shown) > 1


def test_files_that_hold_nothing_of_the_kind(fishjam: Command, room: str, wav: Path) -> None:
    wav.write_bytes(b"no pictures")
    done = fishjam("peers", "join", room, "--video", str(wav))
    assert (done.code, done.out) == (2, "")
    assert "is neither a JPEG nor a video that can be read" in done.err
    done = fishjam("peers", "join", room, "--speak", str(wav))
    assert done.code == 2
    assert done.err.startswith(f"fishjam peers join: {wav}: POST ")
    assert "400 The WAV audio is not a WAV file" in done.err
    assert fishjam("peers", "join", room, "--speak", "nowhere.wav").code == 2
    done = fishjam("peers", "join", room, "--hear", "nowhere/heard.wav")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "fishjam peers join: [Errno 2] No such file or directory: 'nowhere/heard.wav'\n"
    )


def test_videos_need_packages(fishjam: Command, room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    done = fishjam("peers", "join", room, "--video", str(VIDEO))
    assert (done.code, done.out) == (1, "")
    assert 'pip install "fishjam-server-sdk[emulator]"' in done.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_and_it_leaves(
    client: FishjamClient,
    room: str,
    tmp_path: Path,
    meanwhile: Meanwhile,
    capsys: pytest.CaptureFixture[str],
    number: signal.Signals,
) -> None:
    before = signal.getsignal(number)
    meanwhile(lambda _: os.kill(os.getpid(), number))
    assert main(["peers", "join", room, "--hear", str(tmp_path / "heard.wav")]) == 130
    assert capsys.readouterr().err == "fishjam: stopped\n"
    assert client.get_room(room).peers == []
    assert signal.getsignal(number) is before
    with wave.open(str(tmp_path / "heard.wav")) as file:
        assert file.getnframes() == 0


def test_it_ends_with_the_room(client: FishjamClient, room: str, meanwhile: Meanwhile) -> None:
    meanwhile(lambda _: client.delete_room(room))
    assert main(["peers", "join", room]) == 0


def test_a_room_that_is_not_there(fishjam: Command) -> None:
    done = fishjam("peers", "join", "nobody")
    assert (done.code, done.out) == (1, "")
    assert "`fishjam rooms list` shows the rooms" in done.err
