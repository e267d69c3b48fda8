"""Warnings of a block of code, all of them, also the ones that come twice."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def recorded() -> Iterator[list[warnings.WarningMessage]]:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        yield seen


def here() -> int:
    """Return the line of the caller."""
    return sys._getframe(1).f_lineno


def where(warning: warnings.WarningMessage) -> tuple[str, int]:
    """Return the file and the line that a warning points at."""
    return warning.filename, warning.lineno
