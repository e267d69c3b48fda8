"""Shell completion: the scripts, and what the shells are answered at a Tab."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fishjam.cli import main
from tests.cli.conftest import Command

BASH = """
source <(fishjam completion bash)
complete_line() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    _fishjam_completion fishjam
    echo "${COMPREPLY[*]}"
}
complete_line fishjam rooms create --room
complete_line fishjam rooms delete other ""
complete_line fishjam listen --type PeerCo
"""


@pytest.mark.parametrize(
    ("shell", "texts"),
    [
        ("bash", ["complete -o nosort -F _fishjam_completion fishjam"]),
        ("zsh", ["#compdef fishjam", "compdef _fishjam_completion fishjam"]),
        ("fish", ["complete --no-files --command fishjam"]),
    ],
)
def test_each_shell_has_its_script(
    shell: str, texts: list[str], fishjam: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FISHJAM_MANAGEMENT_TOKEN", "FISHJAM_WEBHOOK_SECRET"):
        monkeypatch.setenv(name, "secret-of-mine")
    done = fishjam("completion", shell)
    assert (done.code, done.err) == (0, "")
    for text in texts:
        assert text in done.out
    assert "secret-of-mine" not in done.out


@pytest.mark.once
@pytest.mark.timeout(90)
def test_bash_completes(fishjam: Command, tmp_path: Path) -> None:
    room = fishjam("rooms", "create").out.strip()
    program = tmp_path / "fishjam"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m fishjam "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(  # noqa: S603
        ["bash", "--norc", "-ec", BASH],  # noqa: S607
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=80,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["--room-type"],
        [room],
        ["PeerConnected"],
    ]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_what_the_other_shells_are_told(
    shell: str,
    fishjam: Command,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    room = fishjam("rooms", "create").out.strip()
    monkeypatch.setenv("_FISHJAM_COMPLETE", f"{shell}_complete")
    monkeypatch.setenv("COMP_WORDS", "fishjam rooms show ")
    monkeypatch.setenv("COMP_CWORD", "3" if shell == "zsh" else "")
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 0
    assert room in capsys.readouterr().out


def test_events_are_completed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_FISHJAM_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "fishjam trigger PeerCo")
    monkeypatch.setenv("COMP_CWORD", "2")
    with pytest.raises(SystemExit):
        main([])
    assert capsys.readouterr().out == "plain,PeerConnected\n"


def test_no_ids_and_no_errors_where_nothing_answers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {
        "FISHJAM_ID": "http://127.0.0.1:9",
        "FISHJAM_MANAGEMENT_TOKEN": "token",
        "_FISHJAM_COMPLETE": "bash_complete",
        "COMP_WORDS": "fishjam rooms show ",
        "COMP_CWORD": "3",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        main([])
    printed = capsys.readouterr()
    assert (printed.out.strip(), printed.err) == ("", "")


def test_a_shell_that_is_not_known(fishjam: Command) -> None:
    assert fishjam("completion", "tcsh").code == 2
