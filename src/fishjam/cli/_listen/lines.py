"""Events as lines of text: for people, and as JSON."""

from __future__ import annotations

import json
import re
from typing import Any

from attrs import fields

from fishjam import ConnectionLost, ConnectionRestored, Notification
from fishjam._core.enums import OpenIntEnum
from fishjam._core.event import Value

# Without re.ASCII, `\w` would take letters of every script.
_PLAIN = re.compile(r"[\w.:/@+-]+", re.ASCII)


def human_line(item: Notification | ConnectionLost | ConnectionRestored) -> str:
    """Return the name and the fields that are set, in plain ASCII and on a single line.

    Peers choose some of the texts, so control characters in them must not reach the terminal.
    """
    given = {
        field.name: getattr(item, field.name)
        for field in fields(type(item))
        if field.repr and getattr(item, field.name) != field.default
    }
    return " ".join(
        [type(item).__name__, *(f"{name}={_shown(name, value)}" for name, value in given.items())]
    )


def json_line(item: Notification | ConnectionLost | ConnectionRestored) -> str:
    """Return one JSON object, with the event's name as `event`."""
    return json.dumps({"event": type(item).__name__, **_data(item)})


def _data(item: Notification | ConnectionLost | ConnectionRestored) -> dict[str, Any]:
    if isinstance(item, ConnectionLost):
        return {"reason": item.reason, "code": item.code}
    if isinstance(item, ConnectionRestored):
        return {"attempts": item.attempts, "downtime": item.downtime}
    return item.to_dict()


def _shown(name: str, value: Any) -> str:
    if isinstance(value, Value):
        return json.dumps(value.to_dict())
    if isinstance(value, OpenIntEnum):
        return _short_name(value)
    if isinstance(value, float):
        return f"{value:.1f}"
    # `json.dumps` escapes control characters and all that is not ASCII, unless told otherwise.
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        return _compact(value) if name == "metadata" else json.dumps(value)
    return str(value)


def _short_name(member: OpenIntEnum) -> str:
    # Members have the protocol's long name, such as `PEER_TYPE_WEBRTC`, and a short alias. Only
    # `__members__` holds aliases too.
    names = [name for name, value in type(member).__members__.items() if value is member]
    return min(names, key=len)


def _compact(metadata: str) -> str:
    """Return metadata as the JSON that they hold, or quoted if they are not JSON."""
    try:
        return json.dumps(json.loads(metadata))
    # Peers choose this text, and json raises `RecursionError` for one that is nested deeply.
    except (ValueError, RecursionError):
        return json.dumps(metadata)
