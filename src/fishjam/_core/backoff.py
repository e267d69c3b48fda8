"""Waits that grow with each failure, shortened at random so that many do not come back at once."""

from __future__ import annotations

from collections.abc import Callable


def growing_delay(
    attempt: int, initial: float, longest: float, jitter: Callable[[], float]
) -> float:
    """Return the seconds to wait after so many failures, 1 after the first.

    The delay doubles from `initial` up to `longest`; `jitter`, a number between 0 and 1, makes it
    between half and all of that.
    """
    # The exponent is bounded so that a huge number of attempts cannot overflow a float.
    delay = min(initial * 2.0 ** min(attempt - 1, 32), longest)
    return delay * (0.5 + 0.5 * jitter())
