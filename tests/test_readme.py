"""The programs of the README run as they are printed, against a local Fishjam."""

import re
from pathlib import Path

import pytest

from fishjam.emulator import Emulator
from tests.docs.markdown import blocks_of
from tests.docs.run_page import play, run

README = Path(__file__).parents[1] / "README.md"
BLOCKS = blocks_of(README)


@pytest.mark.once
@pytest.mark.timeout(200)
def test_each_program_runs_as_printed(
    fishjam_emulator: Emulator, tmp_path: Path, behind_a_proxy: None
) -> None:
    printed = play(README, fishjam_emulator, tmp_path, "--fresh")
    assert " passed in " in printed
    assert fishjam_emulator.requests


def test_all_kinds_of_programs_are_there() -> None:
    text = "".join(block.text for block in BLOCKS if block.language == "python")
    wanted = ("with FishjamClient.from_env()", "asyncio.run(", "trio.run(", "with Emulator() as")
    assert [kind for kind in wanted if kind not in text] == []
    assert "fishjam emulator\n" in [block.text for block in BLOCKS if block.language == "bash"]


@pytest.mark.once
def test_exports_are_those_of_the_emulator(fishjam_emulator: Emulator, tmp_path: Path) -> None:
    help_text = run(fishjam_emulator, "-m", "fishjam", "emulator", "--help", cwd=tmp_path)
    exported = dict(re.findall(r"^export (\w+)=(.+)$", README.read_text(encoding="utf-8"), re.M))
    assert exported == {
        "FISHJAM_ID": "http://127.0.0.1:5002",
        "FISHJAM_MANAGEMENT_TOKEN": "development",
    }
    assert all(value in help_text for value in ("(127.0.0.1)", "(5002)", "(development)"))
