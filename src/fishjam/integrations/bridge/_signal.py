"""A signal that can be given again and again, unlike an event of anyio."""

from __future__ import annotations

import anyio


class Signal:
    """Wakes up the tasks that wait at that moment.

    A task has to look at what it waits for, and wait, without a pause between the two.
    """

    def __init__(self) -> None:
        self._event = anyio.Event()

    def notify(self) -> None:
        """Wake up all that wait."""
        self._event.set()
        self._event = anyio.Event()

    async def wait(self) -> None:
        """Wait for the next time."""
        await self._event.wait()
