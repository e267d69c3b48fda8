"""All documents of these tests together: what they become passes the checkers."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.codegen import (
    test_arrays,
    test_descriptions,
    test_enums,
    test_fields,
    test_freeform,
    test_multipart,
    test_nullable,
    test_operations,
    test_queries,
    test_recursion,
    test_unions,
)
from tests.codegen.small_api import Api

SOURCE = Path(__file__).parents[2] / "src"

MODULES = (
    test_arrays,
    test_descriptions,
    test_enums,
    test_fields,
    test_freeform,
    test_multipart,
    test_nullable,
    test_operations,
    test_queries,
    test_recursion,
    test_unions,
)


@pytest.fixture(scope="module")
def folders(small_api: Callable[..., Api]) -> list[Path]:
    parts = ("SCHEMAS", "PATHS", "COMPONENTS")
    return [
        small_api(
            **{part.lower(): vars(module)[part] for part in parts if part in vars(module)}
        ).folder
        for module in MODULES
    ]


def check(folders: list[Path], *command: str) -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", *command, *(folder.name for folder in folders)],
        cwd=folders[0].parent,
        env={**os.environ, "MYPYPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(300)
def test_mypy_finds_nothing(folders: list[Path]) -> None:
    check(folders, "mypy", "--strict", "--follow-imports=silent", "--config-file=")


def test_ruff_finds_nothing(folders: list[Path]) -> None:
    rules = "F,E9,A,B,PIE,RUF,SIM,UP"
    check(folders, "ruff", "check", "--isolated", f"--select={rules}", "--target-version=py310")


def test_it_is_laid_out(folders: list[Path]) -> None:
    check(folders, "ruff", "format", "--check", "--isolated", "--line-length=100")
