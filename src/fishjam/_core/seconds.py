"""Times in seconds that users give: which of them a clock can hold."""

from __future__ import annotations

import math
import sys
from typing import Any

from attrs import Attribute


def is_seconds(value: float) -> bool:
    """Tell whether it is a time from 0 to infinity."""
    return is_finite(value) or value == math.inf


def is_finite(value: float) -> bool:
    """Tell whether it is a time of 0 or more that has an end, which NaN is not.

    A whole number may be larger than every float, and could not be added to a time.
    """
    return 0 <= value <= sys.float_info.max


def check_delay(_: object, attribute: Attribute[Any], value: float) -> None:
    """Check a field of attrs that holds a wait."""
    if not is_seconds(value):
        raise ValueError(f"{attribute.name!r}: give seconds, at least 0, not {value}")
