"""Prints what happens in an emulator, without ever holding it up."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import UnsupportedOperation
from os import write
from typing import TextIO

from fishjam.emulator._activity import Activity
from fishjam.emulator._console.lines import line_of
from fishjam.emulator._controls.controls import Controls

_QUEUED = 1000
"""How many lines may wait to be written; beyond that new ones are dropped."""
_PATIENCE = 0.5
"""Seconds that the last lines have to be written."""

Write = Callable[[str], object]


@contextmanager
def printing(controls: Controls, stream: TextIO | None = None) -> Iterator[None]:
    """Print a line for each request and each webhook of an emulator.

    They are written by a thread of its own: if nobody reads the stream, such as a pipe that is
    full, lines are dropped, and neither the emulator nor the end of the program waits for it.

    Args:
        controls: the emulator.
        stream: where they go, by default to stderr.
    """
    engine = controls._engine
    write_line = _writer(sys.stderr if stream is None else stream)
    printer = _Printer(write_line, engine.management_token)
    with engine.activity.watching(printer.take):
        try:
            yield
        finally:
            printer.close()


class _Printer:
    def __init__(self, write_line: Write, token: str) -> None:
        self._write = write_line
        self._token = token
        self._lines: queue.Queue[str | None] = queue.Queue(_QUEUED)
        # A daemon: the one that writes may wait for ever.
        self._thread = threading.Thread(target=self._run, name="fishjam-emulator-log", daemon=True)
        self._thread.start()

    def take(self, activity: Activity) -> None:
        line = line_of(activity, self._token)
        if line is not None:
            self._put(line)

    def close(self) -> None:
        self._put(None)
        self._thread.join(_PATIENCE)

    def _put(self, line: str | None) -> None:
        with suppress(queue.Full):
            self._lines.put_nowait(line)

    def _run(self) -> None:
        try:
            while (line := self._lines.get()) is not None:
                self._write(f"{line}\n")
        except (OSError, ValueError):
            # The reader is gone, or the stream was closed: nobody is left to be told.
            return


def _writer(stream: TextIO) -> Write:
    """Return what writes to a stream, past its buffer if it is a file.

    Python waits at its end for a thread that is stuck in a buffer of its own.
    """
    try:
        descriptor = stream.fileno()
    except (UnsupportedOperation, ValueError):
        return stream.write
    encoding = stream.encoding or "utf-8"
    return lambda text: write(descriptor, text.encode(encoding, "backslashreplace"))
