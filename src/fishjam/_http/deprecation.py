"""The server's word that this SDK is getting old, passed on once as a Python warning."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from fishjam._core.stack import warn_from

HEADER = "x-fishjam-api-deprecated"

_CATEGORIES: Mapping[str, type[Warning]] = {
    "deprecated": DeprecationWarning,
    "unsupported": UserWarning,
}


class DeprecationNotice:
    """Warns at most once; shared by a client and those derived from it."""

    def __init__(self) -> None:
        # Threads that share a client may get their first notice at the same moment, and one of them
        # takes the turn. No lock, because another thread may hold it when the process forks.
        self._turn = iter((True,))

    def pass_on(self, headers: Mapping[str, str], redact: Callable[[str], str]) -> None:
        """Warn if an answer's headers say so; what cannot be read there is ignored."""
        if HEADER not in headers:
            return
        notice = _parse(redact(headers[HEADER]))
        # In this order: a notice that cannot be read must not use up the turn.
        if notice and next(self._turn, False):
            warn_from(*notice)


def _parse(value: str) -> tuple[str, type[Warning]] | None:
    try:
        body = json.loads(value)
    except (ValueError, RecursionError):
        return None
    status = body.get("status") if isinstance(body, dict) else None
    category = _CATEGORIES.get(status) if isinstance(status, str) else None
    if category is None:
        return None
    message = body.get("message")
    if not isinstance(message, str) or not message:
        message = f"The server calls this version of the SDK {status}."
    return message, category
