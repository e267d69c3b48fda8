"""Background work on asyncio: a plain task."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType

import anyio


class Background(AbstractAsyncContextManager[None]):
    """Runs a function in a task of its own, which ends with the block."""

    def __init__(self, function: Callable[[], Awaitable[None]]) -> None:
        self._function = function
        self._task: asyncio.Task[None]

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._task.cancel()
        with anyio.CancelScope(shield=True):
            await asyncio.wait([self._task])
        escaped = None if self._task.cancelled() else self._task.exception()
        if escaped is not None and error is None:
            raise escaped

    async def _run(self) -> None:
        await self._function()
