"""Colours and tables on a terminal, plain text in a pipe, and the command without its packages."""

from __future__ import annotations

import errno
import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from fishjam import cli
from fishjam.cli import main
from fishjam.cli._output import flush_output, note, safe, show, timed
from fishjam.emulator import Emulator
from tests.cli.conftest import Command


def environment_of(emulator: Emulator) -> dict[str, str]:
    return {
        **os.environ,
        "FISHJAM_ID": emulator.fishjam_id,
        "FISHJAM_MANAGEMENT_TOKEN": emulator.management_token,
        "TERM": "xterm-256color",
        "COLUMNS": "120",
    }


def on_a_terminal(arguments: list[str], environment: dict[str, str]) -> str:
    """Run the command on a terminal, and return what it printed there."""
    terminal, other_end = pty.openpty()
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-W", "error", "-m", "fishjam", *arguments],
        stdin=other_end,
        stdout=other_end,
        stderr=other_end,
        env=environment,
    ) as process:
        os.close(other_end)
        printed = b""
        # A terminal whose program has gone is an error to read from, on Linux.
        while chunk := _read(terminal):
            printed += chunk
        process.wait(timeout=60)
    os.close(terminal)
    return printed.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


@pytest.mark.once
def test_colours_and_a_table_on_a_terminal(fishjam: Command, fishjam_emulator: Emulator) -> None:
    room = fishjam("rooms", "create").out.strip()
    environment = environment_of(fishjam_emulator)
    printed = on_a_terminal(["rooms", "list"], environment)
    assert "\x1b[1m" in printed
    assert "───" in printed
    assert room in printed
    colourless = on_a_terminal(["rooms", "list"], {**environment, "NO_COLOR": "1"})
    assert "\x1b[3" not in colourless
    failed = on_a_terminal(["rooms", "show", "nobody"], environment)
    assert "\x1b[31m" in failed


def test_colours_that_are_asked_for(fishjam: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    room = fishjam("rooms", "create").out.strip()
    monkeypatch.setenv("FORCE_COLOR", "1")
    printed = fishjam("rooms", "list").out
    assert "\x1b[1m" in printed
    assert room in printed


def test_ids_stay_whole_on_a_narrow_terminal(
    fishjam: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = fishjam("rooms", "create").out.strip()
    peer = fishjam("peers", "add", room, "--metadata", '{"name": "Ada"}').out.strip()
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    assert peer in fishjam("peers", "list", room).out


def test_plain_text_in_a_pipe(fishjam: Command, fishjam_emulator: Emulator) -> None:
    room = fishjam("rooms", "create").out.strip()
    done = subprocess.run(
        [sys.executable, "-m", "fishjam", "rooms", "list"],
        capture_output=True,
        env=environment_of(fishjam_emulator),
        timeout=60,
        check=True,
    )
    head, row = done.stdout.decode("ascii").splitlines()
    assert head.split() == ["ROOM", "TYPE", "PEERS", "CODEC"]
    assert row == f"{room}  conference  0      h264"


def test_what_others_write_steers_no_terminal(
    fishjam: Command, fishjam_emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    room = fishjam("rooms", "create").out.strip()
    fishjam("peers", "add", room, "--metadata", '{"name": "[bold red]x[/] \\u001b]0;y\\u0007"}')
    printed = on_a_terminal(["peers", "list", room], environment_of(fishjam_emulator))
    assert "[bold red]x[/]" in re.sub(r"\s", "", printed).replace("boldred", "bold red")
    assert "\x1b]0" not in printed
    fishjam_emulator.fail_next(400, body='{"errors": "\\u001b[2J[red]no"}')
    done = fishjam("rooms", "create")
    assert r"\u001b[2J[red]no" in done.err
    note("\x1b[2J")
    assert capsys.readouterr().err == "\\u001b[2J\n"
    assert safe("a\nb\u202e") == "a\nb\\u202e"


def test_the_help_of_every_command_is_complete(capsys: pytest.CaptureFixture[str]) -> None:
    import click

    from fishjam.cli._app import fishjam as root

    def check(command: click.Command, words: list[str]) -> None:
        assert main([*words, "--help"]) == 0
        text = capsys.readouterr().out
        assert "Exit codes: " in text
        assert command.help
        for param in command.params:
            if isinstance(param, click.Option):
                assert param.help, (words, param.name)
        if isinstance(command, click.Group):
            # Summaries that are cut off end like this.
            assert "..." not in text.partition("Commands:")[2]
            for name, below in command.commands.items():
                check(below, [*words, name])

    check(root, [])


@pytest.mark.parametrize("missing", ["click", "rich", "platformdirs", "dotenv"])
def test_without_the_extra(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; import fishjam.cli as cli; "
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", "-c", f"{code}sys.exit(cli.main(['rooms', 'list']))"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{cli._INSTALL}\n"
    assert 'pip install "fishjam-server-sdk[cli]"' in done.stderr


def test_without_the_extra_in_this_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "fishjam.cli._app", raising=False)
    monkeypatch.setitem(sys.modules, "click", None)
    assert main(["--version"]) == 1
    assert "fishjam-server-sdk[cli]" in capsys.readouterr().err
    # Something else that is missing is a fault, and is not explained away.
    monkeypatch.setitem(sys.modules, "fishjam.cli._app", None)
    with pytest.raises(ImportError):
        main(["--version"])


def test_a_pipe_that_breaks_at_the_last_moment() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as out:
        out.write("the last line")
        flush_output(out)


DISK_FULL = OSError(errno.ENOSPC, "No space left on device")


class Full(io.StringIO):
    """A file on a full disk."""

    def __init__(self, file: IO[str], error: OSError = DISK_FULL) -> None:
        super().__init__()
        self._file = file
        self._error = error

    def fileno(self) -> int:
        return self._file.fileno()

    def write(self, text: str) -> int:
        raise self._error


@pytest.mark.parametrize("arguments", [["--help"], ["completion", "bash"]])
def test_output_that_cannot_be_written_is_one_line(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with (tmp_path / "file").open("w") as file:
        monkeypatch.setattr(sys, "stdout", Full(file))
        assert main(arguments) == 1
    assert capsys.readouterr().err == "fishjam: [Errno 28] No space left on device\n"


@pytest.mark.usefixtures("fishjam")
def test_without_stdout_a_command_does_its_work(
    fishjam_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["rooms", "create"]) == 0
    assert len(fishjam_emulator.rooms) == 1
    assert sys.stdout is None


def test_without_stderr_errors_do_not_end_up_in_the_output(
    fishjam: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    done = fishjam("rooms", "show", "nobody")
    assert (done.code, done.out) == (1, "")


@pytest.mark.once
def test_ids_are_whole_on_a_narrow_terminal(fishjam: Command, fishjam_emulator: Emulator) -> None:
    room = fishjam("rooms", "create").out.strip()
    narrow = {**environment_of(fishjam_emulator), "COLUMNS": "15"}
    assert room in on_a_terminal(["rooms", "list"], narrow)


@pytest.mark.parametrize("columns", ["20", "60", "80"])
def test_a_narrow_terminal_shows_every_cell(
    columns: str, fishjam: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = fishjam("rooms", "create").out.strip()
    fishjam("peers", "add", room, "--metadata", '{"name": "Ada"}')
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", columns)
    shown = fishjam("rooms", "show", room).out
    letters = re.sub(r"\x1b\[\d+m", "", shown)
    for text in (room, "conference", "SUBS", "disc"):
        assert text in letters
    # A cell of one letter a line would take up the whole screen.
    assert len(letters.splitlines()) < 20


def test_a_line_stays_one_line_on_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "20")
    show(timed("PeerAdded room_id=one peer_id=two"))
    printed = capsys.readouterr().out
    assert "\x1b[36mPeerAdded\x1b[0m room_id=one peer_id=two\n" in printed


def test_the_reader_of_the_help_has_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file:
        gone = Full(file, OSError(errno.EPIPE, "Broken pipe"))
        monkeypatch.setattr(sys, "stdout", gone)
        assert main(["--help"]) == 0
        assert main(["rooms", "--help"]) == 0


def test_ctrl_c_before_a_command_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdout", io.StringIO())
    from fishjam.cli._app import fishjam as root

    monkeypatch.setattr(root, "make_context", interrupted)
    assert main(["rooms", "list"]) == 130
