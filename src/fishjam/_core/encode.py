"""Turning models and plain values into what JSON can hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

_USER = re.compile(r"^((?:[^:/?#]+:)?//|)[^/?#]*@")
_QUERY = re.compile(r"[?#].*", re.DOTALL)


def dump(value: Any) -> Any:
    """Return a value as plain JSON data: models become objects, enum members their values.

    Whatever else is there stays as it is: a wrong kind is for the server to refuse.
    """
    # First, because members of text enums are strings too and would pass the next check.
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (str, int, float, type(None))):
        return value
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {key: dump(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [dump(item) for item in value]
    return value


def masked(secret: object) -> str:
    """Stand in for a secret's repr: shows only whether there is one."""
    return "None" if secret is None else "'***'"


def masked_address(address: object) -> str:
    """Show an address in a repr without what may be as good as a password: its user and query."""
    if not isinstance(address, str):
        return repr(address)
    return repr(_QUERY.sub("?***", _USER.sub(r"\1***@", address)))


def camel_case(name: str) -> str:
    """Return the JSON name of a protobuf field: `room_id` becomes `roomId`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
