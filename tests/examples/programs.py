"""Starting the examples, each with the command of its README."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from attrs import Factory, define

from fishjam.emulator import Emulator

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


@define
class Program:
    """A running example."""

    process: subprocess.Popen[str]
    url: str
    output: list[str] = Factory(list)
    _arrived: threading.Condition = Factory(threading.Condition)

    def read(self) -> None:
        """Take in what the program prints, until it ends."""
        for line in self.process.stdout or ():
            with self._arrived:
                self.output.append(line.rstrip("\n"))
                self._arrived.notify_all()
        with self._arrived:
            self.output.append("(the end)")
            self._arrived.notify_all()

    def line(self, pattern: str, patience: float = PATIENCE) -> re.Match[str]:
        """Wait for a line in which the pattern is found; it may have come before."""
        expression = re.compile(pattern)

        def found() -> re.Match[str] | None:
            return next(filter(None, map(expression.search, self.output)), None)

        with self._arrived:
            self._arrived.wait_for(lambda: found() or "(the end)" in self.output, patience)
            match = found()
        assert match, f"no line with {pattern!r} in:\n" + "\n".join(self.output)
        return match

    def interrupt(self) -> int:
        """Press Ctrl+C, and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)


def commands(name: str) -> list[str]:
    """Return the modules that the README of an example tells to run."""
    readme = (ROOT / "examples" / name / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^python -m (examples\.{name}\S*)$", readme, re.MULTILINE)


def command(name: str) -> list[str]:
    """Return the arguments of the one command of an example."""
    (module,) = commands(name)
    return ["-m", module]


@contextmanager
def started(
    *arguments: str, emulator: Emulator | None = None, cwd: Path = ROOT, **environment: str
) -> Iterator[Program]:
    """Start a program; without an emulator of the test it starts one itself."""
    port = free_port()
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    given = {"PORT": str(port), "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **environment}
    if emulator is not None:
        given["FISHJAM_ID"] = emulator.fishjam_id
        given["FISHJAM_COMPOSITION_URL"] = emulator.fishjam_id
        given["FISHJAM_MANAGEMENT_TOKEN"] = emulator.management_token
        given["FISHJAM_WEBHOOK_SECRET"] = emulator.webhook_secret
        given["WEBHOOK_URL"] = f"http://127.0.0.1:{port}/fishjam"
    process = subprocess.Popen(
        [sys.executable, "-W", "error", *arguments],
        cwd=cwd,
        env={**os.environ, **given},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    program = Program(process, f"http://127.0.0.1:{port}")
    reader = threading.Thread(target=program.read)
    with process:
        reader.start()
        try:
            yield program
        finally:
            process.kill()
            reader.join()


@contextmanager
def served(*arguments: str, emulator: Emulator | None = None) -> Iterator[httpx.Client]:
    """Start a web application and give a client for it, once it answers; Ctrl+C ends it well."""
    with started(*arguments, emulator=emulator) as program:
        program.line("Uvicorn running on|Running on|Quit the server with")
        with httpx.Client(base_url=program.url, trust_env=False, timeout=PATIENCE) as client:
            yield client
        assert program.interrupt() == 0, "\n".join(program.output)


def until(condition: Callable[[], object]) -> None:
    """Wait until something is true."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "that took too long"
        time.sleep(0.01)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
