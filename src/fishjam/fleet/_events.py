"""Events as the streams of a fleet hold them, and as handlers get them."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
import zlib
from datetime import datetime
from typing import Any, TypeAlias

from attrs import field, frozen

from fishjam._core.annotations import resolve_annotations
from fishjam._protocol.notifications import decode, encode
from fishjam.errors import FishjamError
from fishjam.events import Notification
from fishjam.fleet._scripts import VERSION

MAX_PAYLOAD = 8 * 1024 * 1024
"""Bytes that one entry of a stream may have; the body of a webhook has 4 MiB at most."""


@frozen
class EventsMissed:
    """Events of this time were missed: read your rooms again.

    It comes when all processes that listen had lost their connections, or none was running; also
    when the engine has lost events that no remaining process can write again. Each partition has
    one, so that it stands in order with the events of every room.

    Attributes:
        since: when the last event was heard for certain, in UTC; a minute before the loss was
            noticed, if the engine has lost all.
        until: since when events are heard again, in UTC.
    """

    __module__ = "fishjam.fleet"

    since: datetime
    until: datetime


resolve_annotations(globals(), EventsMissed)


@frozen
class JobExpired:
    """No worker had a place for a job within the `max_wait` that it was dispatched with.

    Attributes:
        room_id: the room that it was for.
        agent: the name under which its handler was registered.
        peer_id: the peer that it was for, if there is one agent for each peer.
    """

    __module__ = "fishjam.fleet"

    room_id: str
    agent: str
    peer_id: str | None = None


OWN_EVENTS = (EventsMissed, JobExpired)
"""The events that a fleet makes itself; all others are Fishjam's."""

FleetEvent: TypeAlias = Notification | EventsMissed | JobExpired


@frozen
class Delivery:
    """How an event came to a handler.

    Attributes:
        id: the same when the event comes again.
        again: whether it may have been handled before: the worker that had it died, the engine lost
            what was written, or the handler raised.
        room_id: the room of the event; None for one of a livestream or a recording, and for
            `EventsMissed`.
        partition: the number of the partition, from 0 on.
    """

    __module__ = "fishjam.fleet"

    id: str
    again: bool
    room_id: str | None
    partition: int


@frozen
class StreamMessage:
    """What one entry of a stream holds."""

    event: FleetEvent
    id: str = field(factory=lambda: uuid.uuid4().hex)
    is_rewritten: bool = False
    """Whether it may have been there before, and have been lost."""
    is_from_webhook: bool = False

    def to_payload(self) -> str:
        """Write it as JSON."""
        flags = {"again": self.is_rewritten, "webhook": self.is_from_webhook}
        content = {name: 1 for name, is_set in flags.items() if is_set}
        return json.dumps({"v": VERSION, "id": self.id, **content, **_stored(self.event)})

    @classmethod
    def parse(cls, payload: str) -> StreamMessage | None:
        """Read what `to_payload` wrote; None for an event that only a newer SDK knows.

        Raises `FishjamError` for what cannot be used.
        """
        if len(payload) > MAX_PAYLOAD:
            raise FishjamError(f"an event in a stream has more than {MAX_PAYLOAD} bytes")
        try:
            return cls._read(json.loads(payload))
        except (ValueError, TypeError, LookupError, RecursionError, OverflowError, OSError):
            raise FishjamError("an event in a stream is not what a fleet writes") from None

    @classmethod
    def _read(cls, content: Any) -> StreamMessage | None:
        if content["v"] != VERSION:
            raise FishjamError(
                f"an event in a stream has the version {content['v']!r}, not {VERSION!r}: "
                "another version of the SDK wrote it"
            )
        event = _event_of(content)
        if event is None:
            return None
        return cls(event, str(content["id"]), bool(content.get("again")), "webhook" in content)


def _stored(event: FleetEvent) -> dict[str, Any]:
    if isinstance(event, EventsMissed):
        return {"missed": [event.since.isoformat(), event.until.isoformat()]}
    if isinstance(event, JobExpired):
        return {"expired": [event.room_id, event.agent, event.peer_id]}
    return {"event": base64.b64encode(encode(event)).decode()}


def _event_of(content: Any) -> FleetEvent | None:
    if "missed" in content:
        since, until = map(datetime.fromisoformat, content["missed"])
        return EventsMissed(since, until)
    if "expired" in content:
        room_id, agent, peer_id = content["expired"]
        return JobExpired(str(room_id), str(agent), peer_id and str(peer_id))
    try:
        events = decode(base64.b64decode(content["event"], validate=True))
    except binascii.Error as error:
        raise ValueError("not base64") from error
    return events[0] if events else None


def subject_of(event: FleetEvent) -> str:
    """Return the room of an event, or what stands in its place; its events are in order."""
    for name in ("room_id", "stream_id", "recording_id"):
        subject = getattr(event, name, None)
        if isinstance(subject, str):
            return subject
    return ""


def partition_of(subject: str, partitions: int) -> int:
    """Return the partition of a room, the same in every process."""
    return zlib.crc32(subject.encode()) % partitions
