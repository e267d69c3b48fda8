"""Running a function beside the caller's block, in the way that suits the event loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from fishjam._concurrency.loop import is_trio


def background(function: Callable[[], Awaitable[None]]) -> AbstractAsyncContextManager[None]:
    """Run an async function for the length of an `async with`, and cancel it at the end.

    On asyncio it is a plain task, so the block may be entered in one task and left in another; on
    trio it lives in a nursery around the block. What the block raises comes out as it is. The
    function is expected to keep its failures to itself; one that escapes is raised at the end.
    """
    if is_trio():
        from fishjam._concurrency import _trio_background

        return _trio_background.Background(function)
    from fishjam._concurrency import _asyncio_background

    return _asyncio_background.Background(function)
