"""Decoding and encoding of notifications: a socket's frame, or the body of a webhook."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from attrs import fields

from fishjam._core.event import Entry, Event, Value
from fishjam._generated.protocol.events import ENTRIES, Notification
from fishjam._protocol.messages import DecodeError, message_class
from fishjam.errors import NotificationDecodeError

_log = logging.getLogger("fishjam")

_ENVELOPE = message_class("fishjam.ServerMessage")
_parse = _ENVELOPE.FromString
_BATCH = "notification_batch"
_BY_CONTENT: Mapping[str, Entry] = {one.content: one for one in ENTRIES}
_BY_EVENT: Mapping[type[Event], str] = {one.event: one.content for one in ENTRIES}


class _Short(NamedTuple):
    """The short way to one kind of event: past the envelope, straight to the inner message."""

    parse: Callable[[bytes], Any]
    read: Callable[[Any], Any]


def _tag(number: int) -> int:
    """Return the key of a message field as it lies on the wire, the low byte first."""
    key = number << 3 | 2
    return key if key < 0x80 else key & 0x7F | 0x80 | key >> 7 << 8


_SHORT: Mapping[int, _Short] = {
    _tag(one.number): _Short(message_class(one.full_name).FromString, one.read)
    for one in ENTRIES
    if one.surfaced
}
_TOO_LONG = 0x4000
"""Lengths from here on take more than two bytes."""


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


def _common(data: bytes) -> Notification | None:
    """Return the event of the common kind of message, for which no envelope need be made.

    One field fills it: a tag and a length, each of one or two bytes, and then the rest.
    """
    size = len(data)
    if not 4 <= size < _TOO_LONG:
        return None
    key, start = data[0], 1
    if key >= 0x80:
        key, start = key | data[1] << 8, 2
    length = data[start]
    start += 1
    if length >= 0x80:
        length += data[start] - 1 << 7
        start += 1
    if length != size - start or (short := _SHORT.get(key)) is None:
        return None
    parse, read = short
    event: Notification = read(parse(data[start:]))
    return event


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
    events = []
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
