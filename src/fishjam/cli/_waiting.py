"""What is said when an answer takes long."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

PATIENCE = 2.0
"""Seconds before somebody who watches would like to know that something goes on."""


@contextmanager
def waiting(fishjam_id: str) -> Iterator[None]:
    """Say on stderr whose answer is awaited, if it takes long."""
    text = f"Waiting for {fishjam_id} (Ctrl+C stops it)."
    timer = Timer(PATIENCE, print, [text], {"file": sys.stderr, "flush": True})
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
