"""What one task of trio waits for and another one sets."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import trio


class TrioWaiter:
    """An event for one task that is used again."""

    __slots__ = ("_task",)

    def __init__(self) -> None:
        """Make one."""
        self._task: trio.lowlevel.Task | None = None

    def __await__(self) -> Generator[Any, Any, None]:
        """Wait until it is set."""
        return self._wait().__await__()

    def set(self) -> None:
        """Let the task go on when it is its turn; without one it does nothing."""
        if self._task is not None:
            trio.lowlevel.reschedule(self._task)
            self._task = None

    async def _wait(self) -> None:
        self._task = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(self._give_up)

    def _give_up(self, _: object) -> trio.lowlevel.Abort:
        self._task = None
        return trio.lowlevel.Abort.SUCCEEDED
