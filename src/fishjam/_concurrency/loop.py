"""Which event loop runs, and whether one runs in this thread at all, asked without loading one."""

from __future__ import annotations

import sys
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


def would_block_a_loop() -> bool:
    """Tell whether whoever waits in this thread holds up an event loop.

    In a notebook a loop runs always, and every cell holds it up: there it counts as none.
    """
    return _NOTEBOOKS not in sys.modules and any(map(_runs_a_task, _LIBRARIES))


def blocks_a_debugged_loop() -> bool:
    """Tell whether waiting in this thread holds up an event loop while somebody looks for faults.

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
    # AttributeError: nobody has loaded it, or another thread is about to.
    except (RuntimeError, AttributeError):
        return False
