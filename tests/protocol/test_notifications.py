"""Bytes to events and back: every kind, every way, and what is broken or new."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from fishjam import events
from fishjam._protocol.notifications import decode, encode, encode_batch
from fishjam.errors import FishjamError, NotificationDecodeError
from fishjam.events.allowed_notifications import ALLOWED_NOTIFICATIONS
from tests.protocol.messages import BATCH, CASES, ENVELOPE, NOT_SURFACED, batch, envelope

IDS = [content for content, _, _ in CASES]


@pytest.mark.parametrize(("content", "fields", "event"), CASES, ids=IDS)
def test_every_field_of_every_kind_is_decoded(
    content: str, fields: dict[str, Any], event: events.Notification
) -> None:
    assert decode(envelope(content, fields)) == [event]


@pytest.mark.parametrize(("content", "fields", "event"), CASES, ids=IDS)
def test_events_are_encoded_as_protobuf_itself_does_it(
    content: str, fields: dict[str, Any], event: events.Notification
) -> None:
    assert encode(event) == envelope(content, fields)


def test_the_cases_are_all_members_of_the_envelope() -> None:
    members = {field.name for field in ENVELOPE.DESCRIPTOR.fields}
    assert members == {*IDS, *(content for content, _ in NOT_SURFACED), "notification_batch"}


def test_the_cases_are_all_events_that_are_handed_out() -> None:
    decoded = {type(event) for _, _, event in CASES}
    assert decoded == set(ALLOWED_NOTIFICATIONS)


@pytest.mark.parametrize(
    ("content", "fields"), NOT_SURFACED, ids=[name for name, _ in NOT_SURFACED]
)
def test_handshake_and_deprecated_messages_are_not_events(
    content: str, fields: dict[str, Any]
) -> None:
    assert decode(envelope(content, fields)) == []


@pytest.mark.parametrize(("content", "fields", "event"), CASES, ids=IDS)
@pytest.mark.parametrize("length", [20, 126, 127, 128, 129, 300, 20_000])
def test_long_frames_take_the_full_path_to_the_same_event(
    content: str, fields: dict[str, Any], event: events.Notification, length: int
) -> None:
    name = next(iter(fields))
    text = "x" * length
    longer = decode(envelope(content, {**fields, name: text}))
    assert len(longer) == 1
    assert getattr(longer[0], name) == text
    rest = [one for one in fields if one != name]
    plain = decode(envelope(content, fields))[0]
    assert [getattr(longer[0], one) for one in rest] == [getattr(plain, one) for one in rest]


def test_defaults_are_those_of_protobuf() -> None:
    assert decode(envelope("peer_connected", {})) == [
        events.PeerConnected("", "", events.PeerType.PEER_TYPE_UNSPECIFIED)
    ]
    assert decode(envelope("track_added", {})) == [
        events.TrackAdded(room_id="", peer_id=None, component_id=None, track=events.Track())
    ]


def test_an_empty_id_is_not_an_absent_one() -> None:
    assert decode(envelope("channel_added", {"peer_id": ""})) == [events.ChannelAdded(peer_id="")]
    assert decode(envelope("channel_added", {"component_id": ""})) == [
        events.ChannelAdded(component_id="")
    ]


def test_an_empty_message_is_no_event() -> None:
    assert decode(b"") == []


def test_a_member_that_is_not_known_is_no_event() -> None:
    assert decode(b"\xda\x06\x02\x0a\x00") == []  # field 107, a message


def test_fields_that_are_not_known_are_ignored() -> None:
    inner = b"\x0a\x04room" + b"\x9a\x06\x03new"
    assert decode(bytes([0x52, len(inner)]) + inner) == [events.RoomCreated("room")]
    beside = envelope("room_created", {"room_id": "room"}) + b"\x9a\x06\x03new"
    assert decode(beside) == [events.RoomCreated("room")]


def test_the_last_of_two_members_counts() -> None:
    two = envelope("room_created", {"room_id": "a"}) + envelope("room_deleted", {"room_id": "b"})
    assert decode(two) == [events.RoomDeleted("b")]


def test_numbers_that_are_not_known_stay_numbers() -> None:
    (event,) = decode(envelope("peer_added", {"room_id": "r", "peer_type": 99}))
    assert isinstance(event, events.PeerAdded)
    assert event.peer_type == 99
    assert type(event.peer_type) is int
    (event,) = decode(envelope("track_added", {"track": {"type": -7}}))
    assert isinstance(event, events.TrackAdded)
    assert event.track.type == -7


def test_a_batch_keeps_its_order() -> None:
    members = [envelope(content, fields) for content, fields, _ in CASES]
    assert decode(batch(*members)) == [event for _, _, event in CASES]
    assert decode(encode_batch(event for _, _, event in CASES)) == [e for _, _, e in CASES]
    assert decode(batch()) == []


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(envelope("peer_added", {"room_id": "room"})[:-2], id="truncated"),
        pytest.param(b"\xff\xff\xff", id="garbage"),
        pytest.param(b"\x52\x04\x0a\x02\xff\xfe", id="no UTF-8"),
    ],
)
def test_a_broken_member_costs_none_of_its_neighbours(
    bad: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    first, last = events.RoomCreated("first"), events.RoomDeleted("last")
    with caplog.at_level(logging.WARNING, "fishjam"):
        assert decode(batch(encode(first), bad, encode(last))) == [first, last]
    assert len(caplog.records) == 1
    assert caplog.text.startswith("WARNING")
    assert (
        "1 of 3 members of a notification batch could not be read and were left out; "
        "the first of them is member 1: "
    ) in caplog.text


def test_a_batch_of_broken_members_writes_one_line(caplog: pytest.LogCaptureFixture) -> None:
    good = encode(events.RoomDeleted("good"))
    with caplog.at_level(logging.WARNING, "fishjam"):
        assert decode(batch(*[b"\xff"] * 5000, good)) == [events.RoomDeleted("good")]
    assert "5000 of 5001 members" in caplog.text
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(b"\xda\x06\x02\x0a\x00", id="unknown"),
        pytest.param(b"", id="empty"),
        pytest.param(batch(encode(events.RoomCreated("inner"))), id="nested batch"),
        pytest.param(envelope("hls_playable", {"room_id": "r"}), id="deprecated"),
        pytest.param(envelope("auth_request", {"token": "t"}), id="handshake"),
    ],
)
def test_a_member_that_is_no_event_costs_none_of_its_neighbours(other: bytes) -> None:
    first, last = events.RoomCreated("first"), events.RoomDeleted("last")
    assert decode(batch(encode(first), other, encode(last))) == [first, last]


def test_a_value_that_is_not_known_costs_nothing_in_a_batch() -> None:
    odd = envelope("recording_status_changed", {"recording_id": "r", "status": 77})
    decoded = decode(batch(odd, encode(events.RoomDeleted("last"))))
    assert decoded == [
        events.RecordingStatusChanged(recording_id="r", status=77, metadata=""),
        events.RoomDeleted("last"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"\x52",
        b"\x52\xff",
        b"\x52\x05\x0a",
        b"\x52\x04\x0a\x02\xff\xfe",
        b"\x82",
        b"\x82\x01",
        b"\x82\x01\x05\x0a",
        b"hello, this is text",
        b'{"room_created": {}}',
        bytes(range(256)),
        b"\xff" * 50,
    ],
)
def test_bytes_that_are_no_message_are_a_clear_error(data: bytes) -> None:
    with pytest.raises(NotificationDecodeError, match="are not a Fishjam notification") as caught:
        decode(data)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, FishjamError)


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_truncated_frame_is_an_error_or_something_smaller(cut: int) -> None:
    """Cutting between two fields leaves a message; everywhere else it must be noticed."""
    whole = envelope("peer_added", {"room_id": "room" * 4, "peer_id": "peer" * 4, "peer_type": 3})
    try:
        left = decode(whole[:-cut])
    except NotificationDecodeError:
        return
    assert left == []


def test_batch_bytes_are_the_same_as_in_the_documents() -> None:
    """The members are declared as bytes in the SDK; on the wire that is the same."""
    assert BATCH.DESCRIPTOR.fields_by_name["notifications"].type == 12
    one = encode(events.RoomCreated("r"))
    assert (
        encode_batch([events.RoomCreated("r")])
        == b"\x8a\x02" + bytes([len(one) + 2]) + b"\x0a" + bytes([len(one)]) + one
    )


def test_only_events_can_be_encoded() -> None:
    with pytest.raises(TypeError, match="Track is not a notification"):
        encode(events.Track())  # type: ignore[arg-type]
