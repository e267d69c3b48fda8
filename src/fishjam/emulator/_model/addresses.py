"""The addresses that other resources know a composition and a livestream by."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

WHIP_PATH = "/api/v1/live/api/whip"
"""Where livestreams are published to."""

_COMPOSITION = re.compile(r"/api/composition/([^/]+)/?")


def composition_id_of(url: str) -> str | None:
    """Return the id in the address of a composition, or None if the address is another one."""
    found = _COMPOSITION.fullmatch(_path(url))
    return found and unquote(found[1])


def is_whip(url: str) -> bool:
    """Tell whether an address ends as that for publishing livestreams does."""
    return _path(url) == WHIP_PATH


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
