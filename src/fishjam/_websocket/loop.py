"""Which event loop runs."""

from __future__ import annotations

import sys


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
