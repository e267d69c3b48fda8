"""Warnings that point at the line of the caller, not at a line of this package."""

from __future__ import annotations

import sys
import warnings

from fishjam._core.caller import is_ours


def warn_caller(message: str, category: type[Warning]) -> None:
    """Warn at the nearest frame outside this package (a warning of our own line helps nobody)."""
    depth = 2  # that caller, as `warnings.warn` counts frames
    frame = sys._getframe(1)
    while frame.f_back and is_ours(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
        depth += 1
    warnings.warn(message, category, stacklevel=depth)
