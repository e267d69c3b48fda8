"""What an entry of a stream holds."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from fishjam import events
from fishjam.errors import FishjamError
from fishjam.fleet import EventsMissed, JobExpired
from fishjam.fleet import _events as stream
from fishjam.fleet._events import StreamMessage, partition_of, subject_of

NOW = datetime(2026, 5, 1, tzinfo=timezone.utc)
MISSED = EventsMissed(NOW, NOW + timedelta(seconds=1.5))
EVENTS: list[stream.FleetEvent] = [
    events.PeerConnected("room", "peer"),
    events.ViewerConnected("stream", "viewer"),
    events.RecordingStatusChanged("recording"),
    MISSED,
    JobExpired("room", "assistant"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
@pytest.mark.parametrize("flags", [(False, False), (True, False), (False, True)])
def test_a_message_is_read_as_it_was_written(
    event: stream.FleetEvent, flags: tuple[bool, bool]
) -> None:
    message = StreamMessage(event, "id", *flags)
    assert StreamMessage.parse(message.to_payload()) == message


def test_events_are_in_order_by_room_stream_or_recording() -> None:
    assert [subject_of(event) for event in EVENTS] == ["room", "stream", "recording", "", "room"]
    assert {partition_of("room", 16) for _ in range(3)} == {11}


def test_an_event_of_a_newer_sdk_is_none() -> None:
    assert StreamMessage.parse('{"v": "1", "id": "a", "event": ""}') is None


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "[",
        "7",
        "{}",
        '{"v": "1", "id": "a"}',
        '{"v": "1", "id": "a", "event": "%"}',
        '{"v": "1", "id": "a", "event": "/w=="}',
        '{"v": "1", "id": "a", "event": 7}',
        '{"v": "1", "id": "a", "missed": ["a", "b"]}',
        '{"v": "1", "id": "a", "missed": [1]}',
        "[" * 100_000,
    ],
)
def test_what_a_fleet_does_not_write_is_refused(payload: str) -> None:
    with pytest.raises(FishjamError):
        StreamMessage.parse(payload)


def test_another_version_is_refused() -> None:
    content = json.loads(StreamMessage(EVENTS[0]).to_payload())
    with pytest.raises(FishjamError, match="version '2'"):
        StreamMessage.parse(json.dumps({**content, "v": "2"}))


def test_a_message_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    payload = StreamMessage(EVENTS[0]).to_payload()
    monkeypatch.setattr(stream, "MAX_PAYLOAD", len(payload) - 1)
    with pytest.raises(FishjamError, match="more than"):
        StreamMessage.parse(payload)
