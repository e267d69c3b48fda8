"""Events: their classes by name, and how one is made from its JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fishjam import Notification


def event_types() -> dict[str, type[Any]]:
    """Return the classes of the events that Fishjam sends, by their names."""
    # Not at the top, here and below: loading protobuf takes time, and most commands have no events.
    from fishjam.events.allowed_notifications import ALLOWED_NOTIFICATIONS

    return {event_type.__name__: event_type for event_type in ALLOWED_NOTIFICATIONS}


def event_of(kind: type[Any], data: Mapping[str, Any]) -> Notification:
    """Return the event that JSON data show; its names may also be those of Python.

    Raises:
        ValueError: they show none.
    """
    from google.protobuf.json_format import ParseDict, ParseError

    from fishjam._generated.protocol.events import ENTRIES
    from fishjam._protocol.messages import message_class

    entry = next(entry for entry in ENTRIES if entry.kind is kind)
    try:
        message = ParseDict(dict(data), message_class(entry.full_name)())
    except ParseError as error:
        raise ValueError(str(error)) from None
    event: Notification = entry.read(message)
    return event
