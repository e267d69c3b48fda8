"""Decoding and encoding of notifications: a socket's frame, or the body of a webhook."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import fields

from fishjam._core.event import Entry, Event, Value
from fishjam._generated.protocol.events import ENTRIES, Notification
from fishjam._protocol.fast_path import fast_decoder
from fishjam._protocol.messages import DECODE_ERRORS, message_class
from fishjam.errors import NotificationDecodeError

_log = logging.getLogger("fishjam")

_ENVELOPE = message_class("fishjam.ServerMessage")
_parse = _ENVELOPE.FromString
_BATCH = "notification_batch"
_BY_CONTENT: Mapping[str, Entry] = {entry.content: entry for entry in ENTRIES}
_BY_EVENT: Mapping[type[Value], str] = {entry.kind: entry.content for entry in ENTRIES}

_decode_fast = fast_decoder(ENTRIES)


def decode(data: bytes) -> list[Notification]:
    """Return the events of one serialized `ServerMessage`: one, several for a batch, or none.

    An event that only a newer SDK knows gives none. Members of a batch that cannot be read are left
    out, with one warning in the log; their neighbours stay, in order.

    Raises `NotificationDecodeError` when the bytes are not a message at all.
    """
    try:
        event = _decode_fast(data)
        if event is not None:
            return [event]
        message = _parse(data)
    except DECODE_ERRORS as error:
        raise NotificationDecodeError(
            f"These {len(data)} bytes are not a Fishjam notification: {error}. "
            "Was the body changed, or decoded as text, before it came here?"
        ) from error
    if message.WhichOneof("content") == _BATCH:
        return _members(message.notification_batch.notifications)
    return _event_of(message)


def decode_as_sent(data: bytes) -> Notification | list[Notification] | None:
    """Return a list for a batch, the event itself for a single one, or None for none."""
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


def _members(members: Sequence[bytes]) -> list[Notification]:
    events: list[Notification] = []
    broken = 0
    first = ""
    for index, member in enumerate(members):
        try:
            event = _decode_fast(member)
            events += _event_of(_parse(member)) if event is None else [event]
        except DECODE_ERRORS as error:
            broken += 1
            first = first or f"member {index}: {error}"
    if broken:
        # One line, because a body of 4 MiB has room for more than a million broken members.
        _log.warning(
            "%d of %d members of a notification batch could not be read and were left out; "
            "the first of them is %s",
            broken,
            len(members),
            first,
        )
    return events


def encode(event: Event) -> bytes:
    """Return the serialized `ServerMessage` that holds one event."""
    content = _BY_EVENT.get(type(event))
    if content is None:
        raise TypeError(f"{type(event).__name__} is not a notification")
    return bytes(_ENVELOPE(**{content: _plain(event)}).SerializeToString())


def encode_batch(events: Iterable[Event]) -> bytes:
    """Return the serialized `ServerMessage` that holds several events, in order."""
    members = [encode(event) for event in events]
    return bytes(_ENVELOPE(notification_batch={"notifications": members}).SerializeToString())


def _plain(value: Value) -> dict[str, Any]:
    given = {field.name: getattr(value, field.name) for field in fields(type(value))}
    return {
        name: _plain(content) if isinstance(content, Value) else content
        for name, content in given.items()
        if content is not None
    }
