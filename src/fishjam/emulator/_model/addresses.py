"""The addresses of compositions and of WHIP."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

WHIP_PATH = "/api/v1/live/api/whip"
"""The path at which livestreams are published."""

_COMPOSITION = re.compile(r"/api/composition/([^/]+)/?")


def composition_id_of(url: str) -> str | None:
    """Return the id in the address of a composition, or None if the address is another one."""
    match = _COMPOSITION.fullmatch(_path(url))
    return match and unquote(match[1])


def is_whip(url: str) -> bool:
    """Tell whether an address is one for publishing livestreams."""
    # The host does not count: clients may reach the emulator under other names, as in a container.
    return _path(url) == WHIP_PATH


def _path(url: str) -> str:
    try:
        # urlsplit raises for an address such as `http://[`.
        return urlsplit(url).path
    except ValueError:
        return ""
