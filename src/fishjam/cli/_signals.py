"""How a command is stopped: by Ctrl+C, or by SIGTERM."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import anyio

_PAUSE = 0.1


class StopRequest:
    """A request to stop, which a signal handler may make.

    It is looked for every tenth of a second. A wait without an end could miss it: a signal that
    comes just before the wait does not interrupt it, and its handler runs only after it.
    """

    def __init__(self) -> None:
        self.signalled = False
        """Whether it was made."""

    def set_from_signal(self, *_: object) -> None:
        """Ask to stop, as a signal handler; more than once does no harm."""
        self.signalled = True

    def wait(self) -> None:
        """Block until a signal has asked to stop."""
        while not self.signalled:
            time.sleep(_PAUSE)

    async def arrived(self) -> None:
        """Return once a signal has asked to stop."""
        while not self.signalled:  # noqa: ASYNC110 - a signal handler may not set an event
            await anyio.sleep(_PAUSE)


@contextmanager
def stop_signals() -> Iterator[StopRequest]:
    """Turn SIGINT and SIGTERM into a request to stop, as long as the block runs."""
    stopped = StopRequest()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, stopped.set_from_signal) for number in signals]
    try:
        yield stopped
    finally:
        # `main` may be called by a program that has handlers of its own.
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
