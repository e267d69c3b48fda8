"""Functions of a user that end with a cancellation of their own, and the Python that tells it."""

from __future__ import annotations

import asyncio
import sys

import pytest

NEEDS_COUNTING = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="Python 3.10 does not count cancellations"
)


async def wait_for_something_cancelled(*arguments: object) -> None:
    """Fail as a function does that awaits a task which was cancelled."""
    raise asyncio.CancelledError
