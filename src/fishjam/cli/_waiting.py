"""A note for people while an answer takes long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from fishjam.cli._output import note

PATIENCE = 2.0
"""Seconds after which the command says what it waits for: people begin to wonder."""


@contextmanager
def waiting(fishjam_id: str) -> Iterator[None]:
    """Print on stderr whose answer the command waits for, if that takes long."""
    text = f"Waiting for {fishjam_id} (Ctrl+C stops it)."
    timer = Timer(PATIENCE, note, [text])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
