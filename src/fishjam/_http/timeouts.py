"""Timeouts: for one try as a whole, and for each of its phases."""

from __future__ import annotations

import math
from typing import Protocol

from attrs import Factory, field, frozen


class PhaseTimeout(Protocol):
    """A `Timeout` of httpx or httpx2: seconds for each phase of a request, None for no limit."""

    connect: float | None
    read: float | None
    write: float | None
    pool: float | None


Timeout = float | PhaseTimeout | None
"""Seconds that one try may take, seconds for each phase of it, or None for no limit at all."""


_LONGEST = 1_000_000.0
"""Seconds, some eleven days, that a phase may take at most: blocking sockets take no time at will.

Python refuses times that the system cannot hold, infinity among them, with an OverflowError.
"""


def _phases_of(timeout: PhaseTimeout) -> dict[str, float | None]:
    return {
        "connect": _bounded(timeout.connect),
        "read": _bounded(timeout.read),
        "write": _bounded(timeout.write),
        "pool": _bounded(timeout.pool),
    }


def _bounded(seconds: float | None) -> float | None:
    return None if seconds is None else min(seconds, _LONGEST)


@frozen
class Timeouts:
    """Seconds that one try to send a request may take; None for no limit."""

    connect: float | None = None
    """To connect, with TLS."""
    read: float | None = None
    """From one piece of the answer to the next."""
    write: float | None = None
    """From one piece of the request to the next."""
    pool: float | None = None
    """To wait until fewer requests are under way."""
    total: float | None = None
    """From the beginning to the last byte of the answer."""
    phases: dict[str, float | None] = field(
        init=False, repr=False, eq=False, default=Factory(_phases_of, takes_self=True)
    )
    """The limits of the phases, as requests of httpx and httpx2 carry them."""

    @classmethod
    def of(cls, timeout: Timeout) -> Timeouts:
        """Read what a user gives; raises `TypeError` or `ValueError` if it is not a timeout."""
        if timeout is None:
            return cls()
        if isinstance(timeout, (int, float)):
            # Written so that NaN is refused too.
            if not 0 < timeout < math.inf:
                raise ValueError(f"timeout={timeout!r}: give seconds above 0, or None for no limit")
            seconds = min(timeout, _LONGEST)
            return cls(seconds, seconds, seconds, seconds, seconds)
        try:
            return cls(timeout.connect, timeout.read, timeout.write, timeout.pool)
        except AttributeError:
            raise TypeError(
                f"timeout={timeout!r}: give seconds, a Timeout of httpx or httpx2, or None for no "
                "limit"
            ) from None

    def within(self, seconds: float) -> Timeouts:
        """Return the same, but nothing longer than so many seconds."""
        limits = (self.connect, self.read, self.write, self.pool, self.total)
        return Timeouts(*(seconds if limit is None else min(limit, seconds) for limit in limits))
