"""Waits that grow with each failure, shortened at random so that many do not come back at once."""

from __future__ import annotations

import random
from collections.abc import Callable

from attrs import field, frozen

from fishjam._core.annotations import resolve_annotations
from fishjam._core.seconds import check_delay


@frozen(kw_only=True)
class Backoff:
    """Waits that double from `initial_delay` to `max_delay` seconds, shortened at random.

    Attributes:
        initial_delay: seconds before the second try.
        max_delay: the longest wait, in seconds.
        jitter: returns a number between 0 and 1; waits are between half and all of the delay, so
            that many clients do not come back at the same moment.
    """

    __module__ = "fishjam"

    initial_delay: float = field(default=0.5, validator=check_delay)
    """Seconds before the second try."""
    max_delay: float = field(default=30.0, validator=check_delay)
    """The longest wait, in seconds."""
    jitter: Callable[[], float] = field(default=random.random, repr=False, eq=False)
    """Returns a number between 0 and 1; waits are between half and all of the delay, so that many
    clients do not come back at the same moment.
    """

    def delay(self, attempt: int) -> float:
        """Return the seconds to wait after so many tries that failed, 1 after the first."""
        return growing_delay(attempt, self.initial_delay, self.max_delay, self.jitter)


resolve_annotations(globals(), Backoff)


def growing_delay(
    attempt: int, initial: float, longest: float, jitter: Callable[[], float]
) -> float:
    """Return the seconds to wait after so many failures, 1 after the first.

    The delay doubles from `initial` up to `longest`; `jitter`, a number between 0 and 1, makes it
    between half and all of that.
    """
    # The exponent is bounded so that a huge number of attempts cannot overflow a float.
    delay = min(initial * 2.0 ** min(attempt - 1, 32), longest)
    # Never less than half: a jitter of 0 would mean to come back at once.
    return delay * (0.5 + 0.5 * jitter())
