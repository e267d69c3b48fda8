"""Decoding and encoding of notifications: a socket's frame, or the body of a webhook."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import fields

from fishjam._core.event import Entry, Event, Value
from fishjam._generated.protocol.events import ENTRIES, Notification
from fishjam._protocol.messages import DecodeError, message_class
from fishjam._protocol.short import short_way
from fishjam.errors import NotificationDecodeError

_log = logging.getLogger("fishjam")

_ENVELOPE = message_class("fishjam.ServerMessage")
_parse = _ENVELOPE.FromString
_BATCH = "notification_batch"
_BY_CONTENT: Mapping[str, Entry] = {one.content: one for one in ENTRIES}
_BY_EVENT: Mapping[type[Value], str] = {one.kind: one.content for one in ENTRIES}

_common = short_way(ENTRIES)


def decode(data: bytes) -> list[Notification]:
    """Return the events of one serialized `ServerMessage`: one, several for a batch, or none.

    What a newer server sends and this SDK does not know is none. A member of a batch that cannot be
    read is logged and left out; its neighbours stay, in order.

    Raises `NotificationDecodeError` when the bytes are no message at all.
    """
    try:
        event = _common(data)
        if event is not None:
            return [event]
        message = _parse(data)
    except DecodeError as error:
        raise NotificationDecodeError(
            f"These {len(data)} bytes are no Fishjam notification: {error}. "
            "Was the body changed, or decoded as text, before it came here?"
        ) from error
    if message.WhichOneof("content") == _BATCH:
        return _members(message.notification_batch.notifications)
    return _event_of(message)


def decode_as_sent(data: bytes) -> Notification | list[Notification] | None:
    """Do the same, and tell a batch (a list) from a single event, and that from none."""
    events = decode(data)
    if _parse(data).WhichOneof("content") == _BATCH:
        return events
    return events[0] if events else None


def _event_of(message: Any) -> list[Notification]:
    content = message.WhichOneof("content")
    entry = _BY_CONTENT.get(content)
    if entry is None or not entry.surfaced:
        return []
    return [entry.read(getattr(message, content))]


def _members(members: Iterable[bytes]) -> list[Notification]:
    events: list[Notification] = []
    for index, member in enumerate(members):
        try:
            event = _common(member)
            events += _event_of(_parse(member)) if event is None else [event]
        except DecodeError as error:
            _log.warning("member %d of a notification batch was left out: %s", index, error)
    return events


def encode(event: Event) -> bytes:
    """Return the serialized `ServerMessage` that holds one event."""
    content = _BY_EVENT.get(type(event))
    if content is None:
        raise TypeError(f"{type(event).__name__} is no notification")
    return bytes(_ENVELOPE(**{content: _plain(event)}).SerializeToString())


def encode_batch(events: Iterable[Event]) -> bytes:
    """Return the serialized `ServerMessage` that holds several events, in order."""
    members = [encode(event) for event in events]
    return bytes(_ENVELOPE(notification_batch={"notifications": members}).SerializeToString())


def _plain(value: Value) -> dict[str, Any]:
    given = ((field.name, getattr(value, field.name)) for field in fields(type(value)))
    return {
        name: _plain(one) if isinstance(one, Value) else one
        for name, one in given
        if one is not None
    }
