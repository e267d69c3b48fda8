"""Times in seconds that users give: which of them a clock can hold."""

from __future__ import annotations

import math
import sys
from typing import Any

from attrs import Attribute


def is_seconds(value: float) -> bool:
    """Tell whether it is a time from 0 to infinity.

    A whole number may be larger than every float, and could not be added to a time.
    """
    return 0 <= value <= sys.float_info.max or value == math.inf


def check_delay(_: object, attribute: Attribute[Any], value: float) -> None:
    """Check a field of attrs that holds a wait."""
    if not is_seconds(value):
        raise ValueError(f"{attribute.name!r}: give seconds, at least 0, not {value}")
