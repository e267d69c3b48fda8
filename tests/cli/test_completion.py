"""`fishjam completion`: the scripts, and what bash makes of one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.cli.conftest import Command

BASH = """
fishjam() { "$PYTHON" -m fishjam "$@"; }
source <(fishjam completion bash)
complete_line() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _shtab_fishjam
    echo "${COMPREPLY[*]}"
}
complete_line fishjam ""
complete_line fishjam rooms ""
complete_line fishjam rooms create --room
complete_line fishjam peers add r --subscribe-mode ""
complete_line fishjam rooms delete other ""
"""


@pytest.mark.parametrize(
    ("shell", "texts"),
    [
        ("bash", ["complete -o bashdefault -F _shtab_fishjam fishjam", "compgen -W"]),
        ("zsh", ["#compdef fishjam", "compadd -- $(fishjam rooms list --ids"]),
        ("fish", ["complete -c fishjam", '"(fishjam rooms list --ids']),
    ],
)
def test_each_shell_has_its_script(
    shell: str, texts: list[str], fishjam: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FISHJAM_MANAGEMENT_TOKEN", "FISHJAM_WEBHOOK_SECRET"):
        monkeypatch.setenv(name, "secret-of-mine")
    done = fishjam("completion", shell)
    assert (done.code, done.err) == (0, "")
    for text in (*texts, "emulator", "subscribe", "--room-type", "livestream"):
        assert text in done.out
    assert "secret-of-mine" not in done.out


def test_descriptions_are_one_sentence(fishjam: Command) -> None:
    assert "-a listen -d 'Watch events, and post them to a local webhook.'" in (
        fishjam("completion", "fish").out
    )


def test_bash_completes(fishjam: Command) -> None:
    room = fishjam("rooms", "create").out.strip()
    done = subprocess.run(  # noqa: S603
        ["bash", "--norc", "-ec", BASH],  # noqa: S607
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "emulator demo listen rooms peers tokens completion",
        "list create show delete",
        "--room-type",
        "auto manual",
        room,
    ]


def test_without_the_package(fishjam: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    done = fishjam("completion", "bash")
    assert (done.code, done.out) == (1, "")
    assert 'pip install "fishjam-server-sdk[completion]"' in done.err


def test_a_shell_that_is_not_known(fishjam: Command) -> None:
    with pytest.raises(SystemExit) as caught:
        fishjam("completion", "tcsh")
    assert caught.value.code == 2
