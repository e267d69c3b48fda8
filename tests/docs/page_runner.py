"""Does what a page says, as a reader would: `python -m tests.docs.page_runner PAGE`.

The blocks of a page are tried in order, in one process and in the current folder:

- Python runs; later blocks see the names of earlier ones. A block with tests is run by pytest.
- A block with a caption is saved as the file of that name, for commands further down.
- Of a `console` block the lines that begin with `$ ` are run, and `export` counts from then on. A
  `bash` block is run as a script.
- Output that is shown, below a command or as a `text` block below Python, is what must come out.
  `...` stands for anything, and ids and durations may differ.

A comment before a block says what is different about it: `% not run: why`, `% background` for a
command that stays running (what is shown below it is waited for), and `% from background` for
output that appears there later.
"""

from __future__ import annotations

import argparse
import doctest
import io
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path

from tests.docs.markdown import Block, blocks_of

PATIENCE = 60.0
"""Seconds for a command, and for output from the background to appear."""
PATIENCE_WITH_PAGE = 140
"""Seconds for all of a page; what hangs then shows where."""

_CANNOT_RUN = re.compile(r"pip install|^fishjam emulator$", re.MULTILINE)
"""Shell scripts of the README that install something, or never end."""

_VARYING = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\b\d+\.\d+ ?s\b"), "<seconds>"),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "<time>"),
    (re.compile(r"\b(process|PID) \[?\d+\]?"), "<process>"),
)


class WrongError(Exception):
    """Something came out that the page does not say."""


class Page:
    """A page while it is tried.

    Args:
        page: the file.
        fresh: whether each block of Python starts without the names of those before it.
    """

    def __init__(self, page: Path, *, fresh: bool = False) -> None:
        self._page = page
        self._fresh = fresh
        self._names: dict[str, object] = {}
        self._printed = ""
        self._background: list[Background] = []
        self._ports = {"8000": _free_port(), "8001": _free_port()} | self._emulator_port()

    def play(self) -> None:
        """Try all blocks; raises what goes wrong first."""
        try:
            for block in blocks_of(self._page):
                if block.mark != "not run":
                    with _told_where(self._page, block):
                        self._play(block)
        finally:
            # What was started later may need what was started before.
            for one in reversed(self._background):
                one.stop()

    def _play(self, block: Block) -> None:
        text = self._on_free_ports(block.text)
        if block.caption is not None:
            Path(block.caption).parent.mkdir(parents=True, exist_ok=True)
            Path(block.caption).write_text(text, encoding="utf-8")
        elif block.language == "python":
            self._printed = self._run_python(text, block.line)
        elif block.language == "console":
            self._run_commands(text, background=block.mark == "background")
        elif block.language == "bash" and not _CANNOT_RUN.search(text):
            _run_script(text)
        elif block.language == "text" and block.mark == "from background":
            self._from_background(text)
        elif block.language == "text":
            check_output(text, self._printed)
        elif not self._fresh:
            raise WrongError(f"nothing is done with a block of {block.language or 'no language'}")

    def _stop_emulators(self) -> None:
        """End those that run, as a reader does to start one with other options."""
        for one in self._background:
            if one.command.startswith("fishjam emulator"):
                one.stop()

    def _from_background(self, text: str) -> None:
        """Wait for output of the command that was started last and is not the emulator."""
        commands = [one for one in self._background if "fishjam emulator" not in one.command]
        commands[-1].wait_for(text)

    def _emulator_port(self) -> dict[str, str]:
        """Return what stands for the emulator's port: that of the one that runs for all pages.

        A page that starts an emulator of its own gets a free one.
        """
        if "\n$ fishjam emulator" in self._page.read_text(encoding="utf-8"):
            return {"5002": _free_port()}
        port = os.environ.get("FISHJAM_ID", "").rpartition(":")[2]
        return {"5002": port} if port else {}

    def _on_free_ports(self, text: str) -> str:
        for written, free in self._ports.items():
            text = re.sub(rf"(?<=:){written}\b|(?<=port[ =]){written}\b", free, text)
        return text

    def _run_python(self, text: str, line: int) -> str:
        if "def test_" in text:
            test = Path(f"test_line_{line}.py")
            test.write_text(text, encoding="utf-8")
            return _run_command(f"python -m pytest -q {test}")
        if self._fresh or not self._names:
            self._names = {"__name__": "__main__"}
        # Tracebacks show the lines of the page.
        code = compile("\n" * (line - 1) + text, str(self._page), "exec", dont_inherit=True)
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(code, self._names)  # noqa: S102
        sys.stdout.write(printed.getvalue())
        return printed.getvalue()

    def _run_commands(self, text: str, *, background: bool) -> None:
        for command, expected in _commands(text):
            if command.startswith("fishjam emulator"):
                command += f" --port {self._ports['5002']}"
            exported = re.fullmatch(r"export (\w+)=(.*)", command)
            if exported:
                os.environ[exported[1]] = shlex.split(exported[2])[0]
            elif background:
                if command.startswith("fishjam emulator"):
                    self._stop_emulators()
                self._background.append(Background(command))
                self._background[-1].wait_for(expected)
            else:
                self._printed = _run_command(command)
                if expected:
                    check_output(expected, self._printed)


class Background:
    """A command that keeps running, with what it has printed so far."""

    def __init__(self, command: str) -> None:
        self.command = command
        self._log = Path(f"background-{time.monotonic_ns()}.log")
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S602
                command,
                shell=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_for(self, expected: str) -> None:
        """Wait until the expected lines have been printed, among others."""
        self._until(lambda printed: _contains(printed, expected), expected)

    def _until(self, done: Callable[[str], bool], expected: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done(printed := self._log.read_text(encoding="utf-8")):
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise WrongError(f"{self.command}\nprinted\n{printed}\nbut not\n{expected}")
            time.sleep(0.02)

    def _interrupt(self) -> bool:
        """Do what Ctrl+C does; tells whether it has ended."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(15)
        return self._process.returncode is not None

    def stop(self) -> None:
        """End it as Ctrl+C does, with everything that it has started."""
        is_starting = self._log.stat().st_size == 0
        # A shell that has only just begun may miss the signal.
        if not (self._interrupt() or (is_starting and self._interrupt())):
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            raise WrongError(f"{self.command} does not stop")
        printed = self._log.read_text(encoding="utf-8")
        # Before it has printed anything it may still be importing modules.
        if printed and "Traceback (most recent" in printed.split("\n", 1)[-1]:
            raise WrongError(f"{self.command}\nended with a traceback:\n{printed}")


def check_output(expected: str, printed: str) -> None:
    """Compare what a page shows with what was printed.

    Raises:
        WrongError: if they differ.
    """
    wanted, got = _comparable(expected), _comparable(printed)
    if not doctest.OutputChecker().check_output(wanted, got, doctest.ELLIPSIS):
        raise WrongError(f"the page shows\n{expected}\nbut what came out is\n{printed}")


def _contains(printed: str, expected: str) -> bool:
    wanted = "...\n" + _comparable(expected) + "...\n" if expected else "...\n"
    got = "\n" + _comparable(printed) + "\n"
    return doctest.OutputChecker().check_output(wanted, got, doctest.ELLIPSIS)


def _comparable(text: str) -> str:
    for pattern, name in _VARYING:
        text = pattern.sub(name, text)
    return "".join(line.rstrip() + "\n" for line in text.strip("\n").splitlines())


def _commands(text: str) -> Iterator[tuple[str, str]]:
    if not text.startswith("$ "):
        raise WrongError("a console block has to begin with a command: $ ...")
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        # A backslash at its end lets a command go on in the next line.
        match = re.match(r"((?:.*\\\n)*.*)\n?", part)
        command = match[1] if match else ""
        yield command, part[len(command) :].strip("\n")


def _run_script(text: str) -> None:
    exported = dict(re.findall(r"^export (\w+)=(.*)$", text, re.MULTILINE))
    os.environ.update(exported)
    _run_command(f"set -e\n{text}")


def _run_command(command: str) -> str:
    done = subprocess.run(  # noqa: S602
        command,
        shell=True,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
    )
    sys.stdout.write(f"$ {command}\n{done.stdout}")
    if done.returncode:
        raise WrongError(f"{command}\nended with {done.returncode}:\n{done.stdout}")
    return done.stdout


@contextmanager
def _told_where(page: Path, block: Block) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if sys.version_info >= (3, 11):
            error.add_note(f"in the block of {page.name} that starts on line {block.line}")
        raise


def _free_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])


def _give_up(number: int, frame: object) -> None:
    raise WrongError(f"the page takes longer than {PATIENCE_WITH_PAGE} s")


def main() -> None:
    """Try the page that the command line names."""
    parser = argparse.ArgumentParser(description="Do what a page of the documentation says.")
    parser.add_argument("page", type=Path)
    parser.add_argument("--fresh", action="store_true", help="each block of Python stands alone")
    arguments = parser.parse_args()
    # Commands find the same Python, and files that the page has the reader save.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ["PYTHONUNBUFFERED"] = "1"
    os.environ.pop("PYTHONPATH", None)
    sys.path.insert(0, os.getcwd())
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(PATIENCE_WITH_PAGE)
    Page(arguments.page, fresh=arguments.fresh).play()


if __name__ == "__main__":
    main()
