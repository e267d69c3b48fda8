"""How a command is stopped: by Ctrl+C, or by SIGTERM."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

from anyio import to_thread


class StopRequest:
    """An event that a signal handler may set.

    A `threading.Event` may not be set there: a signal that interrupts the main thread just before
    it waits finds the event's lock taken, and both wait for ever.
    """

    def __init__(self) -> None:
        self.signalled = False
        self._requests: SimpleQueue[None] = SimpleQueue()

    def set(self) -> None:
        """Ask to stop; more than once does no harm."""
        self._requests.put(None)

    def set_from_signal(self, *_: object) -> None:
        """Ask to stop, as a signal handler, and keep that it was a signal."""
        self.signalled = True
        self.set()

    def wait(self) -> None:
        """Block until something has asked to stop."""
        self._requests.get()

    async def arrived(self) -> None:
        """Return once something has asked to stop; if this is cancelled, `set` ends its thread."""
        await to_thread.run_sync(self.wait, abandon_on_cancel=True)


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
