"""When to send a request again: a pure decision, shared by the sync and the async client."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from attrs import field, frozen
from attrs.validators import ge

from fishjam._core.annotations import resolve_annotations
from fishjam._core.backoff import growing_delay
from fishjam._core.request import Request
from fishjam._core.seconds import check_delay
from fishjam._http.responses import ApiResponse, Failure

_REPEATABLE = frozenset({"GET", "HEAD", "DELETE"})


@frozen(kw_only=True)
class RetryPolicy:
    """How often, and after which waits, a call is repeated.

    Only what cannot have taken effect is repeated: a connection that was never made, a 429, a 503
    (for a POST only when the server sends `Retry-After`); a GET or DELETE also after a connection
    that broke. A POST that may have arrived is never sent twice.

    Attributes:
        max_attempts: tries in all, the first included; 1 never repeats.
        initial_delay: seconds before the second try; doubled for each one after it.
        max_delay: the longest wait of that kind, in seconds.
        max_retry_after: the longest wait, in seconds, that a server can ask for by `Retry-After`.
        jitter: returns a number between 0 and 1; waits are between half and all of the delay.
    """

    __module__ = "fishjam"

    max_attempts: int = field(default=3, validator=ge(1))
    """Tries in all, the first included; 1 never repeats."""
    initial_delay: float = field(default=0.5, validator=check_delay)
    """Seconds before the second try; doubled for each one after it."""
    max_delay: float = field(default=8.0, validator=check_delay)
    """The longest wait of that kind, in seconds."""
    max_retry_after: float = field(default=30.0, validator=check_delay)
    """The longest wait, in seconds, that a server can ask for by `Retry-After`."""
    jitter: Callable[[], float] = field(default=random.random, repr=False, eq=False)
    """Returns a number between 0 and 1; waits are between half and all of the delay."""

    def delay(
        self, request: Request[Any], outcome: ApiResponse | Failure, attempt: int
    ) -> float | None:
        """Return how many seconds to wait before the next try, or None to stop.

        Args:
            request: what was sent.
            outcome: what came of it.
            attempt: the number of tries so far, 1 after the first.
        """
        if attempt >= self.max_attempts or not _may_repeat(request, outcome):
            return None
        asked = outcome.retry_after if isinstance(outcome, ApiResponse) else None
        if asked is not None:
            return min(asked, self.max_retry_after)
        return growing_delay(attempt, self.initial_delay, self.max_delay, self.jitter)


resolve_annotations(globals(), RetryPolicy)


def _may_repeat(request: Request[Any], outcome: ApiResponse | Failure) -> bool:
    repeatable = request.method in _REPEATABLE
    if isinstance(outcome, Failure):
        return outcome.may_help_again and (repeatable or not outcome.may_have_arrived)
    # A proxy may send it although the server has acted; with `Retry-After` it is a refusal.
    if outcome.status_code == 503:
        return repeatable or outcome.retry_after is not None
    return outcome.status_code == 429


NEVER = RetryPolicy(max_attempts=1)
"""The policy that stands behind `retry=None`."""
