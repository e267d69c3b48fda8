"""Has a page of Markdown played in a process and a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from fishjam.emulator import Emulator

ROOT = Path(__file__).parents[2]
PATIENCE = 160
"""Seconds for a whole page."""


def play(page: Path, emulator: Emulator, folder: Path, *options: str) -> str:
    """Do what a page says, with the emulator as its Fishjam; returns what was printed."""
    return run(emulator, "-m", "tests.docs.page_runner", page, *options, cwd=folder)


def run(emulator: Emulator, *arguments: str | Path, cwd: Path) -> str:
    """Run Python, with all warnings as errors; returns what was printed."""
    environment = {
        **os.environ,
        "FISHJAM_ID": emulator.fishjam_id,
        "FISHJAM_MANAGEMENT_TOKEN": emulator.management_token,
        "FISHJAM_WEBHOOK_SECRET": emulator.webhook_secret,
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "error",
    }
    done = subprocess.run(  # noqa: S603
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        cwd=cwd,
        env=environment,
    )
    output = f"{done.stdout}\n{done.stderr}"
    assert done.returncode == 0, output
    assert not done.stderr, output
    return done.stdout
