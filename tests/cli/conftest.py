"""The command line in this process, on a local Fishjam that the environment names."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from fishjam.cli import main
from fishjam.emulator import Emulator


@frozen
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> list[Any]:
        """What was printed, one JSON value a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def lines(self) -> list[list[str]]:
        """What was printed, in words."""
        return [line.split() for line in self.out.splitlines()]


Command = Callable[..., Done]


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep a `.env` and profiles of the machine out; return the folder of the command."""
    folder = tmp_path_factory.mktemp("folder")
    monkeypatch.chdir(folder)
    # All platforms of platformdirs look at one of these.
    for name in ("HOME", "XDG_CONFIG_HOME", "WIN_PD_OVERRIDE_LOCAL_APPDATA"):
        monkeypatch.setenv(name, str(tmp_path_factory.mktemp("home")))
    for name in ("FISHJAM_ID", "FISHJAM_MANAGEMENT_TOKEN", "FISHJAM_WEBHOOK_SECRET"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def fishjam(
    fishjam_emulator: Emulator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Run `fishjam` with arguments."""
    monkeypatch.setenv("FISHJAM_ID", fishjam_emulator.fishjam_id)
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", fishjam_emulator.management_token)

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        code = main(arguments)
        return Done(code, *capsys.readouterr())

    return run


class ActingOutput(io.StringIO):
    """A stdout that lets something happen once the first line was printed."""

    def __init__(self, act: Callable[[str], object]) -> None:
        super().__init__()
        self._act = act
        self._has_acted = False

    def write(self, text: str) -> int:
        """Keep the text; the first whole line is given to the function."""
        count = super().write(text)
        line, newline, _ = self.getvalue().partition("\n")
        if newline and not self._has_acted:
            self._has_acted = True
            self._act(line)
        return count


Meanwhile = Callable[[Callable[[str], object]], ActingOutput]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Let something happen as soon as a command has printed its first line."""

    def let(act: Callable[[str], object]) -> ActingOutput:
        out = ActingOutput(act)
        monkeypatch.setattr(sys, "stdout", out)
        return out

    return let
