"""Who called: the frames between the user's code and the place where something is said."""

from __future__ import annotations

import sys
from types import FrameType

_PACKAGE = __name__.partition(".")[0]
_METHODS = (f"{_PACKAGE}.client.", f"{_PACKAGE}.composition.", f"{_PACKAGE}.agent.")
"""Where the methods that users call with requests and options are written."""


def is_ours(module: str) -> bool:
    """Tell whether a module belongs to this package."""
    return module == _PACKAGE or module.startswith(f"{_PACKAGE}.")


def method_called(default: str) -> str:
    """Return the name of the method of a client or an agent that was called, else `default`.

    It is looked for among the frames, which costs nothing as long as nothing goes wrong.
    """
    name = default
    frame: FrameType | None = sys._getframe(1)
    while frame and is_ours(module := frame.f_globals.get("__name__", "")):
        if module.startswith(_METHODS):
            name = frame.f_code.co_name
        frame = frame.f_back
    return name
