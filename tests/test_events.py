"""Event classes: names, defaults, enums, JSON, equality, and that they cannot be changed."""

from __future__ import annotations

import copy
import json
import pickle
from typing import get_args

import attrs
import pytest

import fishjam
from fishjam import events
from fishjam.events import allowed_notifications
from tests.protocol.messages import CASES

EVENTS = [event for _, _, event in CASES]
IDS = [type(event).__name__ for event in EVENTS]


@pytest.mark.parametrize("event", EVENTS, ids=IDS)
def test_both_names_are_one_class(event: events.Notification) -> None:
    name = type(event).__name__
    assert getattr(events, name) is getattr(events, f"ServerMessage{name}") is type(event)
    assert type(event).__module__ == "fishjam.events"


@pytest.mark.parametrize("event", EVENTS, ids=IDS)
def test_events_compare_hash_copy_and_pickle_by_value(event: events.Notification) -> None:
    twin = pickle.loads(pickle.dumps(event))  # noqa: S301
    assert twin == event == copy.copy(event) == copy.deepcopy(event)
    assert hash(twin) == hash(event)
    assert event != events.RoomCreated("another")


@pytest.mark.parametrize("event", EVENTS, ids=IDS)
def test_events_cannot_be_changed(event: events.Notification) -> None:
    name = attrs.fields(type(event))[0].name
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(event, name, "other")
    with pytest.raises((AttributeError, attrs.exceptions.FrozenInstanceError)):
        event.extra = 1  # type: ignore[union-attr]


def test_events_are_made_by_keyword_with_defaults() -> None:
    assert events.ServerMessageRoomCreated(room_id="r").room_id == "r"
    event = events.TrackAdded(room_id="r")
    assert (event.peer_id, event.component_id, event.track) == (None, None, events.Track())
    assert events.PeerConnected().peer_type is events.PeerType.UNSPECIFIED


def test_match_by_class_and_keyword() -> None:
    event: events.Notification = events.PeerConnected("r", "p", events.PeerType.AGENT)
    match event:
        case events.PeerConnected(room_id=room, peer_type=events.PeerType.AGENT):
            assert room == "r"
        case _:
            pytest.fail("not matched")


def test_the_union_and_the_tuple_are_the_same_classes() -> None:
    assert get_args(allowed_notifications.AllowedNotification) == get_args(fishjam.Notification)
    assert set(get_args(fishjam.Notification)) == set(allowed_notifications.ALLOWED_NOTIFICATIONS)
    event = events.RoomCreated("r")
    assert allowed_notifications.validate_notification(event) is event


def test_enums_have_the_published_names_and_short_ones() -> None:
    assert events.ServerMessagePeerType is events.PeerType
    assert events.PeerType["WEBRTC"] is events.PeerType.PEER_TYPE_WEBRTC
    assert int(events.PeerType["WEBRTC"]) == 1
    assert events.TrackType["VIDEO"] is events.TrackType.TRACK_TYPE_VIDEO
    assert events.TrackEncoding["PCM16"] is events.TrackEncoding.TRACK_ENCODING_PCM16
    status = events.RecordingStatusChangedStatus
    assert events.ServerMessageRecordingStatusChangedStatus is status
    assert status["FAILED"] is status.STATUS_FAILED
    assert repr(events.PeerType.WEBRTC) == "<PeerType.PEER_TYPE_WEBRTC: 1>"
    assert str(events.PeerType.WEBRTC) == f"{events.PeerType.WEBRTC}" == "1"


def test_json_is_that_of_protobuf() -> None:
    track = events.Track(id="t", type=events.TrackType.VIDEO, metadata='{"a":1}')
    event = events.TrackAdded(room_id="r", peer_id="p", track=track)
    assert event.to_dict() == {
        "roomId": "r",
        "peerId": "p",
        "track": {"id": "t", "type": "TRACK_TYPE_VIDEO", "metadata": '{"a":1}'},
    }
    assert json.loads(event.to_json()) == event.to_dict()
    assert event.to_json(indent=2).startswith('{\n  "roomId"')


def test_json_leaves_defaults_out_unless_asked() -> None:
    assert events.TrackAdded().to_dict() == {}
    assert events.TrackAdded().to_dict(include_default_values=True) == {
        "roomId": "",
        "track": {"id": "", "type": "TRACK_TYPE_UNSPECIFIED", "metadata": ""},
    }
    assert json.loads(events.PeerAdded().to_json(include_default_values=True)) == {
        "roomId": "",
        "peerId": "",
        "peerType": "PEER_TYPE_UNSPECIFIED",
    }


def test_a_number_that_is_not_known_is_written_as_a_number() -> None:
    assert events.PeerAdded(peer_type=99).to_dict() == {"peerType": 99}
    assert events.PeerAdded(peer_type=2).to_dict() == {"peerType": "PEER_TYPE_AGENT"}
    assert events.TrackAdded(track=events.Track(type=1)).to_dict()["track"] == {
        "type": "TRACK_TYPE_VIDEO"
    }
    assert events.RoomCreated(room_id=5).to_dict() == {"roomId": 5}  # type: ignore[arg-type]
    assert events.PeerAdded(peer_type=0).to_dict(include_default_values=True)["peerType"] == (
        "PEER_TYPE_UNSPECIFIED"
    )


@pytest.mark.parametrize(
    ("text", "parsed"),
    [("", None), ("null", None), ('{"a": [1]}', {"a": [1]}), ('"text"', "text")],
)
def test_metadata_have_a_parsed_view(text: str, parsed: object) -> None:
    assert events.PeerMetadataUpdated(metadata=text).parsed_metadata == parsed
    assert events.Track(metadata=text).parsed_metadata == parsed
    assert events.RecordingStatusChanged(metadata=text).parsed_metadata == parsed


@pytest.mark.parametrize("text", ["{", "nope", "[" * 100_000])
def test_metadata_that_are_no_json_are_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own text, or ours
        events.Track(metadata=text).parsed_metadata  # noqa: B018
