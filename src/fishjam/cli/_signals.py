"""How a command is stopped: by Ctrl+C, or by SIGTERM."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue


class StopRequest:
    """A wish to stop that may be made from a signal handler.

    A `threading.Event` may not: a signal that comes while its own thread is just about to wait
    finds the event's lock taken, for ever.
    """

    def __init__(self) -> None:
        self._wishes: SimpleQueue[None] = SimpleQueue()

    def set(self) -> None:
        """Wish to stop; once is enough, and more do no harm."""
        self._wishes.put(None)

    def wait(self) -> None:
        """Block until somebody has wished to stop."""
        self._wishes.get()


@contextmanager
def stop_signals() -> Iterator[StopRequest]:
    """Catch SIGINT and SIGTERM for a while; either one is a wish to stop."""
    stopped = StopRequest()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(one, lambda *_: stopped.set()) for one in signals]
    try:
        yield stopped
    finally:
        for one, handler in zip(signals, before, strict=True):
            signal.signal(one, handler)
