"""Warnings that point at the line of the caller, not at a line of this package."""

from __future__ import annotations

import sys
import warnings


def warn_caller(message: str, category: type[Warning]) -> None:
    """Warn at the nearest frame outside this package (a warning of our own line helps nobody)."""
    package = __name__.partition(".")[0]
    depth = 2  # that caller, as `warnings.warn` counts frames
    frame = sys._getframe(1)
    while frame.f_back and _inside(frame.f_globals.get("__name__", ""), package):
        frame = frame.f_back
        depth += 1
    warnings.warn(message, category, stacklevel=depth)


def _inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
