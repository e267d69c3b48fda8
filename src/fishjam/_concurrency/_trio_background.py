"""Background work on trio: a nursery around the block."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType

import trio

from fishjam._concurrency._trio_groups import unwrap


class Background(AbstractAsyncContextManager[None]):
    """Runs a function in a nursery, which ends with the block."""

    def __init__(self, function: Callable[[], Awaitable[None]]) -> None:
        self._function = function
        self._manager = trio.open_nursery()
        self._nursery: trio.Nursery

    async def __aenter__(self) -> None:
        self._nursery = await self._manager.__aenter__()
        self._nursery.start_soon(self._function)

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Shielded, so that a cancellation from outside stays the block's own and is not grouped.
        self._nursery.cancel_scope.shield = True
        self._nursery.cancel_scope.cancel()
        try:
            # The block's error stays out of the nursery, which would put it into a group.
            await self._manager.__aexit__(None, None, None)
        except BaseException as group:
            escaped = unwrap(group)
            # The block was cancelled because of it, unless it has an error of its own.
            if error is None or isinstance(error, trio.Cancelled):
                raise escaped from None
            if not isinstance(escaped, Exception):
                raise escaped from error
