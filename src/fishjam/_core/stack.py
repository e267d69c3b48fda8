"""Warnings that point at the line of the user, not at a line of this package."""

from __future__ import annotations

import sys
import warnings

_PACKAGE = __name__.partition(".")[0]


def warn_from(message: str, category: type[Warning]) -> None:
    """Warn at the nearest frame outside this package, which is where the user can act."""
    depth = 2  # that caller, as `warnings.warn` counts frames
    frame = sys._getframe(1)
    while frame.f_back and _is_ours(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
        depth += 1
    warnings.warn(message, category, stacklevel=depth)


def _is_ours(module: str) -> bool:
    return module == _PACKAGE or module.startswith(f"{_PACKAGE}.")
