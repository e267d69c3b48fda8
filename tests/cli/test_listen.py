"""`fishjam listen`: the lines it prints, what it forwards, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from fishjam import ConnectionLost, ConnectionRestored, FishjamClient, events
from fishjam.cli import main
from fishjam.cli._listen.lines import human_line, json_line
from fishjam.emulator import Emulator
from tests.cli.test_trigger import ENDLESS
from tests.integrations.applications import flask_app
from tests.support.http_server import ScriptedServer

CONNECTED = events.PeerConnected("r", "p", events.PeerType.WEBRTC)
ROOMS: list[events.Notification] = [
    events.RoomCreated("a"),
    events.RoomCreated("b"),
    events.RoomDeleted("a"),
]
TIME = r"\d\d:\d\d:\d\d "

Credentials = list[str]


@pytest.fixture(autouse=True)
def no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FISHJAM_WEBHOOK_SECRET", raising=False)


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> list[str]:
    return ["--backend", str(request.param)]


@pytest.fixture
def credentials(emulator: Emulator) -> Credentials:
    return ["--fishjam-id", emulator.fishjam_id, "--token", emulator.management_token]


@contextmanager
def meanwhile(function: Callable[[], object]) -> Iterator[None]:
    """Do something while the command runs in this thread, where coverage sees it."""
    thread = threading.Thread(target=function)
    thread.start()
    try:
        yield
    finally:
        thread.join()


@contextmanager
def sending(emulator: Emulator, *happenings: events.Notification) -> Iterator[None]:
    """Send events as soon as somebody listens."""

    def send() -> None:
        emulator.wait_for_subscribers()
        for event in happenings:
            emulator.send(event)

    with meanwhile(send):
        yield


def test_lines_for_people(
    emulator: Emulator,
    credentials: Credentials,
    backend: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    with sending(emulator, CONNECTED, *ROOMS):
        assert main(["listen", *credentials, *backend, "--count", "2"]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert len(lines) == 2
    assert re.fullmatch(TIME + "PeerConnected room_id=r peer_id=p peer_type=WEBRTC", lines[0])
    assert re.fullmatch(TIME + "RoomCreated room_id=a", lines[1])
    assert re.fullmatch(TIME + f"Listening to {emulator.fishjam_id} .*\n", printed.err)


def test_lines_of_json_with_credentials_of_the_environment(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FISHJAM_ID", emulator.fishjam_id)
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", emulator.management_token)
    with sending(emulator, CONNECTED, *ROOMS):
        assert main(["listen", "--json", "--count", "2"]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"event": "PeerConnected", "roomId": "r", "peerId": "p", "peerType": "PEER_TYPE_WEBRTC"},
        {"event": "RoomCreated", "roomId": "a"},
    ]


def test_only_some_rooms_and_types(
    emulator: Emulator, credentials: Credentials, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = ["--type", "RoomCreated", "--type", "StreamerConnected", "--type", "PeerAdded"]
    rooms = ["--room", "b", "--room", "c"]
    stream = events.StreamerConnected("b", "s")
    last = events.PeerAdded("c", "p")
    with sending(emulator, *ROOMS, stream, events.RoomDeleted("b"), last):
        assert main(["listen", *credentials, *wanted, *rooms, "--count", "2", "--json"]) == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert printed == [
        {"event": "RoomCreated", "roomId": "b"},
        {"event": "PeerAdded", "roomId": "c", "peerId": "p"},
    ]


def test_a_room_that_is_not_there_is_told(
    emulator: Emulator,
    credentials: Credentials,
    backend: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    with FishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        room = client.create_room().id
    rooms = [f"--room={each}" for each in (room, "b", "..", "c")]
    # Nothing is said where nothing is known.
    emulator.fail_next(500, operation="get_room")

    def delete() -> None:
        emulator.wait_for_subscribers()
        emulator.send(ROOMS[1])

    with meanwhile(delete):
        assert main(["listen", *credentials, *backend, *rooms, "--count", "1"]) == 0
    notes = [line[9:] for line in capsys.readouterr().err.splitlines()[1:]]
    assert notes == [
        f"There is no room {each}; `fishjam rooms list` shows them." for each in ("b", "..", "c")
    ]


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_loss_and_a_return_are_told(
    emulator: Emulator,
    credentials: Credentials,
    backend: list[str],
    form: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    def lose_it() -> None:
        emulator.wait_for_subscribers()
        emulator.drop_connections(1012, reason="service restart")
        emulator.wait_for_subscribers()
        emulator.send(ROOMS[0])

    with meanwhile(lose_it):
        assert main(["listen", *credentials, *backend, *form, "--count", "1"]) == 0
    printed = capsys.readouterr()
    if form:
        lost, restored, room = (json.loads(line) for line in printed.out.splitlines())
        assert lost["event"] == "ConnectionLost"
        assert lost["code"] == 1012
        assert "service restart" in lost["reason"]
        assert restored == {
            "event": "ConnectionRestored",
            "attempts": 1,
            "downtime": restored["downtime"],
        }
        assert room == {"event": "RoomCreated", "roomId": "a"}
    else:
        assert re.fullmatch(TIME + "RoomCreated room_id=a\n", printed.out)
        _, lost, restored = printed.err.splitlines()
        assert re.fullmatch(TIME + r"ConnectionLost reason=.*service restart[^n]* code=1012", lost)
        assert re.fullmatch(TIME + r"ConnectionRestored attempts=1 downtime=\d\.\d", restored)


def test_a_refused_token(
    emulator: Emulator, backend: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--fishjam-id", emulator.fishjam_id, "--token", "wrong", *backend]
    assert main(["listen", *arguments]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("fishjam listen: Invalid management token: ")
    _, hint = printed.err.splitlines()
    assert hint.startswith("Check that the token belongs to this Fishjam.")


def test_nobody_there_at_first(backend: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    assert main(["listen", "--fishjam-id", url, "--token", "t", *backend]) == 1
    assert capsys.readouterr().err.startswith("fishjam listen: ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("options", "code"), [([], 0), (["--count", "5"], 130)])
def test_signals_end_it(
    emulator: Emulator,
    credentials: Credentials,
    backend: list[str],
    number: signal.Signals,
    options: list[str],
    code: int,
) -> None:
    before = signal.getsignal(number)

    def stop() -> None:
        emulator.wait_for_subscribers()
        os.kill(os.getpid(), number)

    with meanwhile(stop):
        assert main(["listen", *credentials, *backend, *options]) == code
    assert signal.getsignal(number) is before


def notes_of(err: str) -> list[str]:
    """The notes, without that of a machine on which the first answer takes long."""
    return [line for line in err.splitlines() if not line.startswith("Waiting for ")]


@contextmanager
def command(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-W", "error", "-m", "fishjam", "listen", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_the_process(
    emulator: Emulator, credentials: Credentials, backend: list[str], number: signal.Signals
) -> None:
    with command(*credentials, *backend, "--json") as process:
        emulator.wait_for_subscribers(timeout=60)
        emulator.send(ROOMS[0])
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"event": "RoomCreated", "roomId": "a"}
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, len(notes_of(err))) == (0, "", 1)


@pytest.mark.once
def test_it_ends_when_nobody_reads_its_output(
    emulator: Emulator, credentials: Credentials, backend: list[str]
) -> None:
    with command(*credentials, *backend) as process:
        emulator.wait_for_subscribers(timeout=60)
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        emulator.send(ROOMS[0])
        assert process.wait(timeout=60) == 0
        assert len(notes_of(process.stderr.read())) == 1


def test_output_that_nobody_reads_in_this_process(
    emulator: Emulator, credentials: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        with sending(emulator, ROOMS[0]):
            assert main(["listen", *credentials]) == 0


def test_events_are_posted_to_a_webhook(
    emulator: Emulator,
    credentials: Credentials,
    backend: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen: list[events.Notification] = []

    def handle(event: events.Notification) -> None:
        seen.append(event)
        if isinstance(event, events.RoomDeleted):
            raise LookupError("mine")

    with flask_app(handle, secret="s") as url, sending(emulator, *ROOMS):
        forward = ["--forward-to", url, "--webhook-secret", "s", "--count", "3"]
        assert main(["listen", *credentials, *backend, *forward]) == 0
    assert seen == ROOMS
    _, *notes = (line[9:] for line in capsys.readouterr().err.splitlines())
    assert [note for note in notes if " was answered " in note] == [
        "RoomCreated was answered with 204",
        "RoomCreated was answered with 204",
        "RoomDeleted was answered with 500",
    ]


def test_a_webhook_that_is_down_does_not_end_it(
    emulator: Emulator,
    credentials: Credentials,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FISHJAM_WEBHOOK_SECRET", "s")
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/fishjam"
    with sending(emulator, *ROOMS):
        assert main(["listen", *credentials, "--forward-to", url, "--count", "2", "--json"]) == 0
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 2
    assert printed.err.count("RoomCreated was not delivered: ") == 2


def test_a_webhook_whose_answer_has_no_end_does_not_hold_it(
    emulator: Emulator,
    credentials: Credentials,
    backend: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FISHJAM_WEBHOOK_SECRET", "s")
    with ScriptedServer(otherwise=ENDLESS) as server, sending(emulator, *ROOMS):
        forward = ["--forward-to", server.url, "--count", "2", "--json"]
        assert main(["listen", *credentials, *backend, *forward]) == 0
    assert capsys.readouterr().err.count("RoomCreated was answered with 200") == 2


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--token", "t"], "set FISHJAM_ID or pass --fishjam-id"),
        (["--fishjam-id", "f"], "set FISHJAM_MANAGEMENT_TOKEN or pass --management-token"),
        (["--fishjam-id", "ftp://f", "--token", "t"], "must begin with https://"),
        (
            ["--fishjam-id", "f", "--token", "t", "--forward-to", "http://127.0.0.1/"],
            "set FISHJAM_WEBHOOK_SECRET or pass --webhook-secret",
        ),
    ],
)
def test_what_is_missing(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["listen", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("fishjam listen: ")
    assert complaint in printed.err
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--count", "0"], "0 is not in the range x>=1"),
        (["--count", "x"], "'x' is not a valid integer range"),
        (["--type", "peer_connected"], "'peer_connected' is not an event; there are RoomCreated, "),
        (["--forward-to", "localhost:8000"], "is not an http or https URL"),
        (["--forward-to", "http://"], "is not an http or https URL"),
        (["--forward-to", "http://a:x"], "is not a URL"),
        (["--backend", "curio"], "'curio' is not one of 'asyncio', 'trio'"),
    ],
)
def test_wrong_arguments(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["listen", *arguments]) == 2
    assert complaint in capsys.readouterr().err


def test_trio_without_the_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "trio_websocket", None)
    assert main(["listen", "--backend", "trio"]) == 1
    assert 'pip install "fishjam-server-sdk[trio]"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("metadata", "shown"),
    [
        ('{"name":  "Ada"}', '{"name": "Ada"}'),
        ('{"a":\n"\u202e\\u001b[2J"}', r'{"a": "\u202e\u001b[2J"}'),
        ("\x1b]0;owned\x07\n12:00:00 x", r'"\u001b]0;owned\u0007\n12:00:00 x"'),
        ("[" * 100_000, json.dumps("[" * 100_000)),
        ("null", "null"),
    ],
)
def test_what_peers_write_cannot_reach_the_terminal(metadata: str, shown: str) -> None:
    line = human_line(events.PeerMetadataUpdated("r", "p", metadata))
    assert line == f"PeerMetadataUpdated room_id=r peer_id=p metadata={shown}"


def test_how_other_values_are_shown() -> None:
    track = events.Track("t", events.TrackType.AUDIO, "\x1b")
    added = human_line(events.TrackAdded("a b", peer_id="p", track=track))
    shown = r'{"id": "t", "type": "TRACK_TYPE_AUDIO", "metadata": "\u001b"}'
    assert added == f'TrackAdded room_id="a b" peer_id=p track={shown}'
    assert human_line(events.PeerAdded(peer_type=9)) == "PeerAdded peer_type=9"
    lost = ConnectionLost("gone", None, LookupError("secret"))
    assert human_line(lost) == "ConnectionLost reason=gone"
    assert json.loads(json_line(lost)) == {
        "event": "ConnectionLost",
        "reason": "gone",
        "code": None,
    }
    assert human_line(ConnectionRestored(2, 1.26)) == "ConnectionRestored attempts=2 downtime=1.3"
