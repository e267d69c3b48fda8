"""What benchmarks in rounds share: the ratio of two ways, each measured in turn with the other."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence


def ratio(measured: Mapping[str, Sequence[float]], above: str, below: str) -> float:
    """Return the median of the rounds' ratios."""
    pairs = zip(measured[above], measured[below], strict=True)
    return statistics.median(one / other for one, other in pairs)
