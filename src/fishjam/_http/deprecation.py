"""The server's word that this SDK is getting old, passed on once as a Python warning."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping

from fishjam._core.stack import warn_from

HEADER = "x-fishjam-api-deprecated"

_CATEGORIES: Mapping[str, type[Warning]] = {
    "deprecated": DeprecationWarning,
    "unsupported": UserWarning,
}


class DeprecationNotice:
    """Warns at most once; shared by a client and those derived from it."""

    def __init__(self) -> None:
        self._given = False
        self._lock = threading.Lock()

    def see(self, headers: Mapping[str, str]) -> None:
        """Look at an answer's headers; what cannot be read there is ignored."""
        if self._given or HEADER not in headers:
            return
        notice = _parse(headers[HEADER])
        if notice and self._is_first():
            warn_from(*notice)

    def _is_first(self) -> bool:
        # Threads that share a client may see their first notice at the same moment.
        with self._lock:
            first, self._given = not self._given, True
        return first


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
