"""Checks the times that are given to the emulator."""

from __future__ import annotations

import math
import sys


def check_seconds(name: str, seconds: float, *, may_be_infinite: bool = False) -> None:
    """Check that a time can be waited for.

    Raises:
        ValueError: if it is negative, NaN or too large, such as a whole number that no float holds.
    """
    # Written so that NaN is refused too.
    if 0 <= seconds <= sys.float_info.max or (may_be_infinite and seconds == math.inf):
        return
    raise ValueError(f"{name} must not be negative, not {seconds}")
