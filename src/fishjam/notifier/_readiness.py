"""Whether a notifier is connected, and the tasks that wait for it to be."""

from __future__ import annotations

import anyio
import anyio.lowlevel


class Readiness:
    """The state of a connection that several tasks can wait for."""

    def __init__(self, final: type[Exception]) -> None:
        """Make one whose waits end with a failure of a certain class.

        After any other failure the program may connect again, in a loop of its own, and a task that
        waits meanwhile gets that connection.
        """
        self._final = final
        self.connected = False
        self.attempts = 0
        """How often connecting has begun."""
        self._failure: Exception | None = None
        self._waiting: set[anyio.Event] = set()

    def begin(self) -> None:
        """Forget an earlier failure: a new attempt begins."""
        self.attempts += 1
        self._failure = None

    def set(self, connected: bool) -> None:
        """Say whether the subscription is confirmed."""
        self.connected = connected
        if connected:
            self._wake()

    def fail(self, error: Exception | None) -> None:
        """Say that connecting failed, and will not be tried again by itself."""
        self.connected = False
        if isinstance(error, self._final):
            self._failure = error
            self._wake()

    async def wait(self) -> None:
        """Return once connected, at once if it is so; raise the final failure."""
        if self._failure is not None:
            # Another attempt may just have been started in a task of its own, which then has not
            # run yet. Two turns of the loop: trio runs the tasks of one turn in random order.
            await anyio.lowlevel.checkpoint()
            await anyio.lowlevel.checkpoint()
        # Looked at again after each wake: the connection may be lost before this task has its turn.
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
        # Setting an event only schedules the tasks that wait, so the set does not change meanwhile.
        for event in self._waiting:
            event.set()
