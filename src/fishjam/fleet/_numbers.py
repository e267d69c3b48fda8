"""Checks the numbers that are given to a fleet."""

from __future__ import annotations

import math
import sys


def check_seconds(name: str, value: float, least: float = 0.0) -> None:
    """Raise `ValueError` unless a time can be waited for, for ever too.

    NaN, and a whole number that no float holds, cannot: they would spoil the timers of a loop.
    """
    if not least <= value <= sys.float_info.max and value != math.inf:
        raise ValueError(f"{name}={value!r:.40}: give seconds, {least:g} or more")


def check_finite(name: str, value: float, least: float = 0.0) -> None:
    """Raise `ValueError` unless a time can be waited for, and has an end."""
    check_seconds(name, value, least)
    if value == math.inf:
        raise ValueError(f"{name}={value!r}: give a time that has an end")


def check_whole(name: str, value: object, least: int = 1) -> None:
    """Raise `ValueError` unless this is a whole number that is large enough."""
    if type(value) is not int or value < least:
        raise ValueError(f"{name}={value!r:.40}: give a whole number, {least} or more")
