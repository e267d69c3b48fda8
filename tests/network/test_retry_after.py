"""The header `Retry-After` by itself: seconds, dates, and what is neither."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from fishjam._network.retry_after import parse_retry_after


@pytest.mark.parametrize(("value", "seconds"), [("0", 0), (" 120 ", 120), ("007", 7)])
def test_seconds(value: str, seconds: float) -> None:
    assert parse_retry_after(value) == seconds


@pytest.mark.parametrize(
    "write",
    [
        lambda soon: format_datetime(soon, usegmt=True),
        lambda soon: format_datetime(soon),
        lambda soon: format_datetime(soon.astimezone(timezone(timedelta(hours=5)))),
        lambda soon: format_datetime(soon.replace(tzinfo=None)),  # -0000: no time zone at all
        lambda soon: soon.strftime("%A, %d-%b-%y %H:%M:%S GMT"),  # older, to be understood
        lambda soon: soon.strftime("%a %b %d %H:%M:%S %Y"),
    ],
)
def test_dates(write: Callable[[datetime], str]) -> None:
    parsed = parse_retry_after(write(datetime.now(timezone.utc) + timedelta(hours=1)))
    assert parsed is not None
    assert 3500 < parsed <= 3600


def test_a_moment_that_has_passed_is_now() -> None:
    assert parse_retry_after("Thu, 01 Jan 1970 00:00:00 GMT") == 0


@pytest.mark.parametrize(
    "value",
    [
        *(None, "", " ", "soon", "-1", "+1", "1.5", "1e3", "\u0661", "\xb2", "1 2"),
        *("Mon, 99 Jan 2026 00:00:00 GMT", "Mon, 01 Jan 2026 25:61:61 GMT", "2026-01-01"),
        *("Mon, 01 Jan 202666666666666666666666 00:00:00 GMT",),
        *("Mon, 01 Jan 2026 44444444444444444444:00:00 GMT", "9" * 400, "9" * 5000),
        *("Mon, 01 Jan 2026 00:00:00 +99999999999999999999",),
    ],
)
def test_anything_else_counts_as_absent(value: str | None) -> None:
    assert parse_retry_after(value) is None


def test_no_damaged_date_gets_out_as_an_error() -> None:
    source = random.Random(20311)  # noqa: S311
    for _ in range(10_000):
        text = list("Mon, 01 Jan 2026 00:00:00 +0000")
        for _ in range(source.randint(1, 6)):
            place = source.randrange(len(text))
            text[place] = source.choice("0123456789+-:, ()JanZ.") * source.choice((0, 1, 2, 20))
        parsed = parse_retry_after("".join(text))
        assert parsed is None or parsed >= 0
