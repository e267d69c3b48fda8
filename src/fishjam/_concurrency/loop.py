"""The running event loop: which one it is, and what is done in another way on each of them."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

_LIBRARIES = ("asyncio", "trio.lowlevel")
_NOTEBOOKS = "ipykernel"


def is_trio() -> bool:
    """Tell whether the running loop is trio's; any other is asyncio's."""
    # Where trio runs it has been imported; where it does not it must not be imported here.
    trio = sys.modules.get("trio")
    if trio is None:
        return False
    try:
        trio.lowlevel.current_task()
    except RuntimeError:
        return False
    return True


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


def would_block_a_loop() -> bool:
    """Tell whether waiting in this thread holds up an event loop.

    In a notebook a loop runs always, and every cell holds it up: there it counts as none.
    """
    return _NOTEBOOKS not in sys.modules and any(map(_runs_a_task, _LIBRARIES))


def blocks_a_debugged_loop() -> bool:
    """Tell whether waiting in this thread holds up an event loop while faults are looked for.

    That is in Python's development mode, and in the debug mode of asyncio.
    """
    return (sys.flags.dev_mode or _is_asyncio_debugged()) and would_block_a_loop()


def _is_asyncio_debugged() -> bool:
    library: Any = sys.modules.get("asyncio")
    try:
        return bool(library.get_running_loop().get_debug())
    except (RuntimeError, AttributeError):
        return False


def _runs_a_task(name: str) -> bool:
    library: Any = sys.modules.get(name)
    try:
        return library.current_task() is not None
    # AttributeError: it is not loaded, or another thread is about to load it.
    except (RuntimeError, AttributeError):
        return False
