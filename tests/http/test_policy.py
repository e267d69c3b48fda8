"""The decision to send again, by itself."""

from __future__ import annotations

import math
from typing import Any

import pytest

from fishjam import RetryPolicy
from fishjam._generated.fishjam_api import endpoints
from fishjam._http.responses import ApiResponse, Failure
from fishjam._http.retry import NEVER
from fishjam.errors import FishjamConnectionError

GET = endpoints.get_all_rooms()
BUSY = ApiResponse(429, {}, b"")


def test_defaults() -> None:
    policy = RetryPolicy()
    assert (policy.max_attempts, policy.initial_delay, policy.max_delay) == (3, 0.5, 8.0)
    assert policy.max_retry_after == 30.0
    assert policy == RetryPolicy()
    assert hash(policy) == hash(RetryPolicy())
    assert repr(policy) == (
        "RetryPolicy(max_attempts=3, initial_delay=0.5, max_delay=8.0, max_retry_after=30.0)"
    )


@pytest.mark.parametrize(
    "bad",
    [
        {"max_attempts": 0},
        {"max_attempts": -1},
        {"initial_delay": -0.1},
        {"max_delay": -1},
        {"max_retry_after": -1},
        {"initial_delay": math.nan},
        {"initial_delay": 10**400},
        {"max_delay": 10**400},
    ],
)
def test_values_that_make_no_sense_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        RetryPolicy(**bad)


def test_options_are_keywords_and_fixed() -> None:
    with pytest.raises(TypeError):
        RetryPolicy(5)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        RetryPolicy().max_attempts = 5  # type: ignore[misc]


@pytest.mark.parametrize("attempt", [1, 2, 3, 10, 100, 10_000, 10**9])
def test_waits_stay_within_their_bounds_however_often_it_tries(attempt: int) -> None:
    policy = RetryPolicy(max_attempts=10**10)
    for _ in range(50):
        delay = policy.delay(GET, BUSY, attempt)
        assert delay is not None
        longest = min(0.5 * 2.0 ** min(attempt - 1, 50), 8.0)
        assert longest / 2 <= delay <= longest


def test_it_stops_at_the_last_attempt() -> None:
    policy = RetryPolicy(max_attempts=2)
    assert policy.delay(GET, BUSY, 1) is not None
    assert policy.delay(GET, BUSY, 2) is None
    assert NEVER.delay(GET, BUSY, 1) is None


def test_a_failure_is_repeated_when_it_cannot_have_taken_effect() -> None:
    error = FishjamConnectionError()
    post = endpoints.create_room()
    policy = RetryPolicy()
    assert policy.delay(post, Failure(error, may_have_arrived=False), 1) is not None
    assert policy.delay(post, Failure(error, may_have_arrived=True), 1) is None
    assert policy.delay(GET, Failure(error, may_have_arrived=True), 1) is not None
