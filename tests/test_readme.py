"""The programs of the README run as they are printed, against a local Fishjam."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fishjam.emulator import Emulator

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PROGRAMS = [code for language, code in BLOCKS if language == "python"]


def run(emulator: Emulator, *arguments: str | Path, cwd: Path) -> str:
    credentials = {
        "FISHJAM_ID": emulator.fishjam_id,
        "FISHJAM_MANAGEMENT_TOKEN": emulator.management_token,
    }
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, **credentials},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    return done.stdout


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_program_runs_as_printed(number: int, fishjam_emulator: Emulator, tmp_path: Path) -> None:
    program = tmp_path / "test_program.py"
    program.write_text(PROGRAMS[number], encoding="utf-8")
    if "def test_" in PROGRAMS[number]:
        printed = run(fishjam_emulator, "-m", "pytest", program, cwd=tmp_path)
        assert " passed in " in printed
    else:
        printed = run(fishjam_emulator, program, cwd=tmp_path)
    assert printed
    alone = ("Emulator", "receive_webhook")
    assert fishjam_emulator.requests or any(one in PROGRAMS[number] for one in alone)


def test_all_kinds_of_programs_are_there() -> None:
    text = "".join(PROGRAMS)
    wanted = ("with FishjamClient.from_env()", "asyncio.run(", "trio.run(", "with Emulator() as")
    assert [kind for kind in wanted if kind not in text] == []
    assert "fishjam emulator\n" in [code for language, code in BLOCKS if language == "bash"]


def test_exports_are_those_of_the_emulator(fishjam_emulator: Emulator, tmp_path: Path) -> None:
    printed = run(fishjam_emulator, "-m", "fishjam", "emulator", "--help", cwd=tmp_path)
    exported = dict(re.findall(r"^export (\w+)=(.+)$", README, re.MULTILINE))
    assert exported == {
        "FISHJAM_ID": "http://127.0.0.1:5002",
        "FISHJAM_MANAGEMENT_TOKEN": "development",
    }
    assert all(value in printed for value in ("(127.0.0.1)", "(5002)", "(development)"))
