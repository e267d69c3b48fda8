"""`python -m codegen`, on this tree and on copies of it."""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.__main__ import main

# Everything is generated, several times: seconds where there is nothing else to do.
pytestmark = pytest.mark.timeout(180)

ROOT = Path(__file__).parents[2]
GENERATED = Path("src", "fishjam", "_generated")
TWINS = ("_http/_sync.py", "client/_sync")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of all that the generator reads and writes."""
    for name in ("codegen", "openapi", "proto", "src"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    return tmp_path


def run(tree: Path, *arguments: str, seed: str = "0") -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "codegen", *arguments],
        cwd=tree,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def contents(tree: Path) -> dict[str, bytes]:
    return {
        path.relative_to(tree).as_posix(): path.read_bytes()
        for path in (tree / "src").rglob("*")
        if path.is_file()
    }


def test_this_tree_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    assert capsys.readouterr().out.endswith(" generated files, 0 out of date\n")


def test_it_is_a_program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["codegen", "--help"])

    with pytest.raises(SystemExit, match=r"^0$"):
        runpy.run_path(str(ROOT / "codegen" / "__main__.py"), run_name="__main__")

    assert "--check" in capsys.readouterr().out


def test_the_check_fails_and_names_what_is_edited_missing_and_stray(tree: Path) -> None:
    edited = GENERATED / "fishjam_api" / "models.py"
    missing = GENERATED / "fishjam_api" / "endpoints.py"
    stray = GENERATED / "old_api" / "models.py"
    stray_twin = Path("src", "fishjam", "client", "_sync", "gone.py")
    (tree / edited).write_text((tree / edited).read_text("utf-8") + "\n", encoding="utf-8")
    (tree / missing).unlink()
    (tree / stray).parent.mkdir()
    (tree / stray).touch()
    (tree / stray_twin).touch()
    before = contents(tree)

    done = run(tree, "--check")

    assert done.returncode == 1
    *lines, summary = done.stdout.splitlines()
    assert lines == [
        f"missing: {missing.as_posix()}",
        f"out of date: {edited.as_posix()}",
        f"not generated: {stray.as_posix()}",
        f"not generated: {stray_twin.as_posix()}",
    ]
    assert summary.endswith(" generated files, 4 out of date")
    assert contents(tree) == before


def test_it_makes_the_same_bytes_from_nothing_whatever_the_hash_seed(tree: Path) -> None:
    before = contents(tree)

    for seed in ("1", "2"):
        shutil.rmtree(tree / GENERATED)
        for twin in TWINS:
            path = tree / "src" / "fishjam" / twin
            shutil.rmtree(path) if path.is_dir() else path.unlink()

        done = run(tree, seed=seed)

        assert (done.returncode, done.stderr) == (0, "")
        assert contents(tree) == before
