"""What all commands that call the API share: credentials, failures, and how they end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fishjam.cli import main
from fishjam.emulator import Emulator
from tests.cli.conftest import Command


@pytest.mark.parametrize("command", ["", "rooms", "peers", "tokens"])
def test_a_command_alone_shows_what_there_is(command: str, fishjam: Command) -> None:
    done = fishjam(*filter(None, [command]))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"Usage: fishjam {command}".strip())
    assert "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 credentials refused" in done.err


@pytest.mark.parametrize(
    "arguments",
    [["rooms", "create"], ["peers", "add"], ["tokens", "moq"], ["listen"], ["demo"], ["emulator"]],
)
def test_each_help_tells_the_exit_codes(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--help"]) == 0
    output = capsys.readouterr().out
    assert "Exit codes: " in output
    assert "--json" in output


def test_credentials_on_the_command_line(
    fishjam_emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--fishjam-id", fishjam_emulator.fishjam_id]
    for name in ("--management-token", "--token"):
        credentials = [*given, name, fishjam_emulator.management_token]
        assert main(["rooms", "list", "--json", *credentials]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--fishjam-id", ""], "the Fishjam ID is missing: set FISHJAM_ID or pass --fishjam-id."),
        (["--token", ""], "set FISHJAM_MANAGEMENT_TOKEN or pass --management-token."),
        (["--fishjam-id", "ftp://f", "--token", "t"], "must begin with https://"),
        (["--fishjam-id", "f", "--token", "a\nb"], "line break"),
    ],
)
def test_credentials_that_cannot_be_used(
    arguments: list[str], complaint: str, fishjam: Command, fishjam_emulator: Emulator
) -> None:
    # An empty argument is not replaced by the environment: that may be another Fishjam.
    done = fishjam("rooms", "create", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("fishjam rooms create: ")
    assert complaint in done.err
    assert fishjam_emulator.requests == []


def test_no_credentials(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rooms", "list"]) == 2
    assert "`fishjam emulator`, which prints what to set" in capsys.readouterr().err


def test_a_refused_token(fishjam: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", "wrong-token")
    done = fishjam("rooms", "delete", "a", "b")
    assert (done.code, done.out) == (3, "")
    assert done.err.count("fishjam rooms delete: ") == 1
    assert "wrong-token" not in done.err


@pytest.mark.parametrize("command", [["rooms", "show", "r"], ["rooms", "delete", "r", "s"]])
def test_nothing_is_found_where_no_fishjam_is(
    command: list[str], fishjam: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FISHJAM_ID", f"{os.environ['FISHJAM_ID']}/elsewhere")
    done = fishjam(*command)
    assert (done.code, done.out) == (3, "")
    assert "The Fishjam ID and the management token do not belong together" in done.err


def test_something_is_not_found_and_nobody_knows_why(
    fishjam: Command, fishjam_emulator: Emulator
) -> None:
    fishjam_emulator.fail_next(500, operation="validate_credentials")
    done = fishjam("rooms", "show", "nobody")
    assert (done.code, done.out) == (1, "")
    assert "404" in done.err
    assert "`fishjam rooms list`" in done.err


def test_a_value_that_is_not_even_sent(fishjam: Command, fishjam_emulator: Emulator) -> None:
    done = fishjam("rooms", "show", "..")
    assert (done.code, done.out) == (2, "")
    assert "cannot be an id" in done.err
    assert fishjam_emulator.requests == []


def test_a_connection_that_breaks(fishjam: Command, fishjam_emulator: Emulator) -> None:
    fishjam_emulator.break_next()
    done = fishjam("rooms", "create")
    assert (done.code, done.out) == (1, "")
    assert "got no answer" in done.err
    assert "hint: is the Fishjam ID right? `fishjam emulator` starts a local Fishjam." in done.err


@contextmanager
def silence() -> Iterator[socket.socket]:
    """Listen, and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def url_of(server: socket.socket) -> str:
    return f"http://127.0.0.1:{server.getsockname()[1]}"


def test_an_answer_that_does_not_come(fishjam: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fishjam.cli._waiting.PATIENCE", 0.0)
    with silence() as server:
        url = url_of(server)
        # What was sent may have taken effect, so it is not sent again.
        monkeypatch.setenv("FISHJAM_ID", url)
        done = fishjam("rooms", "create", "--timeout", "0.1")
    assert (done.code, done.out) == (1, "")
    first, *_, last = done.err.splitlines()
    assert first == f"Waiting for {url} (Ctrl+C stops it)."
    assert last == "hint: a longer --timeout waits longer."


@pytest.mark.parametrize("timeout", ["0", "-1", "nan", "inf", "soon"])
def test_a_timeout_that_is_none(timeout: str, fishjam: Command) -> None:
    assert fishjam("rooms", "list", "--timeout", timeout).code == 2


def test_ctrl_c_while_waiting(fishjam: Command) -> None:
    def interrupt(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(1)
            os.kill(os.getpid(), signal.SIGINT)
            # Until the other side has given up, nothing ends its waiting.
            while connection.recv(1024):
                pass

    with silence() as server:
        thread = threading.Thread(target=interrupt, args=(server,))
        thread.start()
        done = fishjam("rooms", "list", "--fishjam-id", url_of(server), "--token", "t")
        thread.join()
    assert (done.code, done.out, done.err) == (130, "", "fishjam: stopped\n")


def test_warnings_are_lines_for_people(fishjam: Command) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        # The id keeps it from being sent.
        done = fishjam("rooms", "show", "..", "--fishjam-id", "http://192.0.2.1", "--token", "t")
    assert done.code == 2
    first, second = done.err.splitlines()
    assert first == (
        "fishjam: warning: The management token travels unencrypted to http://192.0.2.1: use https."
    )
    assert second.startswith("fishjam rooms show: room_id='..'")


def test_output_that_nobody_reads(fishjam: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert fishjam("rooms", "create").code == 0


def test_the_process(fishjam_emulator: Emulator) -> None:
    """As `fishjam rooms create | true` in a shell; the room is made all the same."""
    environment = {
        **os.environ,
        "FISHJAM_ID": fishjam_emulator.fishjam_id,
        "FISHJAM_MANAGEMENT_TOKEN": fishjam_emulator.management_token,
    }
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "fishjam", "rooms", "create", "--json"],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=environment,
        timeout=60,
        check=False,
    )
    os.close(writing)
    # On a busy machine it says what it waits for.
    lines = [line for line in done.stderr.splitlines() if not line.startswith(b"Waiting for ")]
    assert (done.returncode, lines) == (0, [])
    assert len(fishjam_emulator.rooms) == 1
