"""Generated files: formatting them, writing them, and telling whether they are up to date."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

COMMAND = "nox -s codegen"

# Unused imports go before the rest is sorted: an import that was once too long for a line would
# keep its many lines.
_PASSES = (("check", "--select=F401", "--fix"), ("check", "--select=I001", "--fix"), ("format",))


def header(source: str) -> str:
    """Return the first line of a generated file; `source` is what it was made from."""
    return f"# Generated from {source} by `{COMMAND}`. Do not edit: change the source instead."


def format_python(source: str) -> str:
    """Lay out Python source, and drop the imports that nothing uses."""
    for arguments in _PASSES:
        command = [
            # The ruff of this Python, whose version is pinned: another one lays code out otherwise.
            # Isolated, because the project's own settings change for reasons of their own.
            *(sys.executable, "-m", "ruff", *arguments, "--quiet", "--isolated"),
            # From standard input ruff cannot tell which packages are this project's own.
            *("--line-length=100", "--config=lint.isort.known-first-party=['fishjam']"),
            *("--stdin-filename=generated.py", "-"),
        ]
        done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise RuntimeError(f"ruff cannot read what was generated:\n{done.stderr}")
        source = done.stdout
    return source


def differences(files: dict[Path, str], folders: list[Path]) -> list[str]:
    """Compare with what is on disk; strangers in the folders for generated files count too."""
    problems = []
    for path, content in sorted(files.items()):
        if not path.exists():
            problems.append(f"missing: {path}")
        # Bytes, because reading as text would not see the line ends of Windows.
        elif path.read_bytes() != content.encode():
            problems.append(f"out of date: {path}")
    problems.extend(f"not generated: {path}" for path in _strangers(files, folders))
    return problems


def write(files: dict[Path, str], folders: list[Path]) -> list[str]:
    """Write what differs, remove what nothing generates any more; returns what was done."""
    done = differences(files, folders)
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")
    for path in _strangers(files, folders):
        path.unlink()
    return done


def _strangers(files: dict[Path, str], folders: list[Path]) -> list[Path]:
    return [
        path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        # Importing the generated modules leaves `__pycache__` behind.
        if path.is_file() and path not in files and "__pycache__" not in path.parts
    ]
