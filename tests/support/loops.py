"""The event loops that async tests run on."""

from __future__ import annotations

import asyncio
import os
import sys
from importlib.util import find_spec
from typing import Any


def eager_loop() -> asyncio.AbstractEventLoop:
    """Make a loop on which a task runs at once up to its first wait (Python 3.12)."""
    loop = asyncio.new_event_loop()
    loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined,unused-ignore]
    return loop


def loops() -> dict[str, Any]:
    """Return the backends of anyio by a name for each.

    They are asyncio and trio. With FISHJAM_TEST_LOOPS=more they are asyncio's other ways to run:
    its debug mode, uvloop, and eager tasks, where this Python and this system have them.
    """
    if os.environ.get("FISHJAM_TEST_LOOPS") != "more":
        return {"asyncio": "asyncio", "trio": "trio"}
    more: dict[str, Any] = {"asyncio+debug": ("asyncio", {"debug": True})}
    if find_spec("uvloop") is not None:
        more["asyncio+uvloop"] = ("asyncio", {"use_uvloop": True})
    if sys.version_info >= (3, 12):
        more["asyncio+eager"] = ("asyncio", {"loop_factory": eager_loop})
    return more


LOOPS = loops()
