"""Events on request: to subscribers and, signed, to webhooks."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from fishjam.emulator import Emulator
from fishjam.events import PeerConnected, PeerType, StreamerConnected
from tests.support.webhook_receiver import Receiver


def test_an_event_goes_where_those_of_its_room_go(
    control: httpx.Client, emulator: Emulator, receiver: Receiver
) -> None:
    body = {"webhookUrl": receiver.url}
    room = control.post("/fishjam/room", json=body).json()["data"]["room"]["id"]
    receiver.take()
    event = PeerConnected(room_id=room, peer_id="ada", peer_type=PeerType.WEBRTC)
    shown = {"event": "PeerConnected", **event.to_dict()}
    answer = control.post("/events", json=shown)
    assert (answer.status_code, answer.json()) == (201, {"data": shown})
    assert receiver.events(1) == [event]
    assert emulator.notifications[-1] == event


def test_an_event_goes_where_those_of_its_stream_go(
    control: httpx.Client, receiver: Receiver
) -> None:
    body = {"webhookUrl": receiver.url}
    stream = control.post("/fishjam/livestream", json=body).json()["data"]["id"]
    control.post("/events", json={"event": "StreamerConnected", "streamId": stream})
    assert receiver.events(1) == [StreamerConnected(stream_id=stream)]


def test_an_event_of_an_unknown_room_goes_to_subscribers(
    control: httpx.Client, emulator: Emulator
) -> None:
    assert control.post("/events", json={"event": "RoomCrashed"}).status_code == 201
    assert type(emulator.notifications[-1]).__name__ == "RoomCrashed"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ([], "body: not a JSON object"),
        ({}, "body.event: None is not the name of an event"),
        ({"event": ["x"]}, "body.event: ['x'] is not the name of an event"),
        ({"event": "RoomEaten"}, "body.event: 'RoomEaten' is not the name of an event"),
        ({"event": "RoomCreated", "roomId": 5}, "body: Failed to parse roomId"),
        ({"event": "RoomCreated", "nonsense": 5}, "body: "),
    ],
)
def test_what_is_not_an_event_is_refused(
    control: httpx.Client, emulator: Emulator, body: Any, text: str
) -> None:
    answer = control.post("/events", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"].startswith(text)
    assert emulator.notifications == []


def test_a_body_that_is_not_json_is_refused(control: httpx.Client) -> None:
    assert control.post("/events", content=b"{").status_code == 400
