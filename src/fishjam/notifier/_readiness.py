"""Whether a notifier is connected, and who waits for it to be."""

from __future__ import annotations

import anyio
import anyio.lowlevel


class Readiness:
    """The state of a connection that several tasks can wait for."""

    def __init__(self) -> None:
        self.connected = False
        self._failure: Exception | None = None
        self._waiting: set[anyio.Event] = set()

    def begin(self) -> None:
        """Forget an earlier failure: a new attempt begins."""
        self._failure = None

    def set(self, connected: bool) -> None:
        """Say whether the subscription is confirmed."""
        self.connected = connected
        if connected:
            self._wake()

    def fail(self, error: Exception) -> None:
        """Say that connecting failed, and will not be tried again."""
        self.connected = False
        self._failure = error
        self._wake()

    async def wait(self) -> None:
        """Return once connected, at once if it is so; raise what connecting failed with."""
        if self._failure is not None:
            # Who has just started another attempt, in a task of its own, is not told of the last.
            # Two turns of the loop: trio runs the tasks of one turn in no particular order.
            await anyio.lowlevel.checkpoint()
            await anyio.lowlevel.checkpoint()
        while not self.connected:
            if self._failure is not None:
                raise self._failure
            event = anyio.Event()
            self._waiting.add(event)
            try:
                await event.wait()
            finally:
                self._waiting.discard(event)

    def _wake(self) -> None:
        for event in self._waiting:
            event.set()
