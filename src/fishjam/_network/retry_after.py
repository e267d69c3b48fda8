"""The `Retry-After` header of a response: how long a server asks to wait."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime


def parse_retry_after(value: str | None) -> float | None:
    """Return the seconds to wait, from seconds or an HTTP date; None for anything else."""
    if value is None:
        return None
    if value.strip().isdecimal() and value.isascii():
        # A number of some hundred digits is infinite as a float.
        return seconds if (seconds := float(value)) < float("inf") else None
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())
