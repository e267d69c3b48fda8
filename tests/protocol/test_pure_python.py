"""All of these tests with protobuf in pure Python, as it is where pip finds no wheel."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from google.protobuf.internal import api_implementation

VARIABLE = "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"
HERE = Path(__file__)


def test_the_implementation_is_the_one_that_was_asked_for() -> None:
    assert api_implementation.Type() == os.environ.get(VARIABLE, api_implementation.Type())


def test_everything_in_pure_python() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    files = [str(path) for path in HERE.parent.glob("test_*.py") if path != HERE]
    itself = f"{HERE}::test_the_implementation_is_the_one_that_was_asked_for"
    done = subprocess.run(  # noqa: S603
        [*command, *files, itself],
        env={**os.environ, VARIABLE: "python"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
