"""The server socket: proving who one is, subscribing, getting notifications."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from fishjam.emulator import Emulator
from fishjam.emulator._clock import EmulatorClock
from fishjam.emulator._delivery.hub import NotificationHub
from fishjam.emulator._delivery.outbox import Outbox
from fishjam.emulator._model.state_changes import ignore
from fishjam.emulator._server import _config
from fishjam.emulator._sockets.notification_session import NotificationSession
from fishjam.events import PeerAdded, RoomCreated, RoomDeleted
from tests.support.emulator_sockets import (
    PATIENCE,
    SERVER_NOTIFICATION,
    PeerMessage,
    ServerMessage,
    open_socket,
    server_socket,
    subscribed,
)

MakeRoom = Callable[..., dict[str, Any]]


def test_authenticating_subscribing_and_being_told(emulator: Emulator, make_room: MakeRoom) -> None:
    with server_socket(emulator) as socket:
        socket.send(auth_request={"token": emulator.management_token})
        assert socket.receive() == ServerMessage(authenticated={})
        early = make_room()
        socket.send(subscribe_request={"event_type": SERVER_NOTIFICATION})
        response = {"event_type": SERVER_NOTIFICATION}
        assert socket.receive() == ServerMessage(subscribe_response=response)
        room = make_room()
        assert early["id"] != room["id"]
        assert socket.event() == RoomCreated(room_id=room["id"])


@pytest.mark.parametrize("base", ["", "/api/v1/connect/some-id", "//api/v1/connect/a%2Fb/"])
def test_the_base_url_is_the_root_or_has_an_id(emulator: Emulator, base: str) -> None:
    with server_socket(emulator, base) as socket:
        socket.authenticate(emulator.management_token)


def test_a_client_need_not_wait(emulator: Emulator, make_room: MakeRoom) -> None:
    with server_socket(emulator) as socket:
        socket.send(auth_request={"token": emulator.management_token})
        socket.send(subscribe_request={"event_type": SERVER_NOTIFICATION})
        assert socket.receive().WhichOneof("content") == "authenticated"
        assert socket.receive().WhichOneof("content") == "subscribe_response"
        room = make_room()
        assert socket.event() == RoomCreated(room_id=room["id"])


def test_to_subscribe_again_changes_nothing(emulator: Emulator, make_room: MakeRoom) -> None:
    with subscribed(emulator) as socket:
        socket.send(subscribe_request={"event_type": SERVER_NOTIFICATION})
        socket.receive_content("subscribe_response")
        rooms = [make_room()["id"] for _ in range(2)]
        assert socket.events(2) == [RoomCreated(room_id=room) for room in rooms]


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (ServerMessage(auth_request={"token": "x"}).SerializeToString(), "invalid token"),
        (ServerMessage(auth_request={"token": "développé"}).SerializeToString(), "invalid token"),
        (ServerMessage(auth_request={}).SerializeToString(), "missing token"),
        (ServerMessage(authenticated={}).SerializeToString(), "invalid auth request"),
        (
            ServerMessage(subscribe_request={"event_type": 1}).SerializeToString(),
            "invalid auth request",
        ),
        (b"", "invalid auth request"),
        (b"\xff\xff", "invalid auth request"),
        ("development", "invalid auth request"),
    ],
)
def test_who_is_refused_is_told_why(emulator: Emulator, frame: bytes | str, reason: str) -> None:
    with server_socket(emulator) as socket:
        socket.send_raw(frame)
        with suppress(ConnectionClosed):
            # What comes behind is not looked at any more.
            socket.send(auth_request={"token": emulator.management_token})
        assert socket.ending() == (1000, reason)


@pytest.mark.parametrize(
    "frame",
    [
        ServerMessage(subscribe_request={"event_type": 0}).SerializeToString(),
        ServerMessage(subscribe_request={"event_type": 2}).SerializeToString(),
        ServerMessage(auth_request={"token": "development"}).SerializeToString(),
        ServerMessage(room_created={"room_id": "x"}).SerializeToString(),
        PeerMessage(rtc_stats_report={"data": "x"}).SerializeToString(),
        b"",
        b"\x00",
        "text",
    ],
)
@pytest.mark.parametrize("open_with", [server_socket, subscribed])
def test_nothing_else_is_allowed(emulator: Emulator, frame: bytes | str, open_with: Any) -> None:
    with open_with(emulator) as socket:
        if open_with is server_socket:
            socket.authenticate(emulator.management_token)
        socket.send_raw(frame)
        assert socket.ending() == (1003, "operation not allowed")


def test_who_says_nothing_is_closed(emulator: Emulator) -> None:
    with server_socket(emulator) as silent, subscribed(emulator) as other:
        emulator.send(RoomCreated(room_id="before"))
        assert other.event() == RoomCreated(room_id="before")
        emulator.advance(11)
        assert silent.ending() == (1000, "missing token")
        emulator.send(RoomCreated(room_id="after"))
        assert other.event() == RoomCreated(room_id="after")


def test_silence_is_a_matter_of_the_first_frame_only() -> None:
    emulator = Emulator()
    outbox = Outbox(lambda: None, lambda: None)
    hub = NotificationHub(emulator._engine.lock, EmulatorClock(), ignore)
    session = NotificationSession(outbox, hub, "t")
    session.receive(ServerMessage(auth_request={"token": "t"}).SerializeToString())
    session.expire()
    assert outbox.close_status is None


def test_every_subscriber_gets_everything_in_order(
    emulator: Emulator, api: httpx.Client, make_room: MakeRoom
) -> None:
    with (
        subscribed(emulator) as first,
        subscribed(emulator) as second,
        subscribed(emulator) as third,
    ):
        expected: list[object] = []
        for _ in range(20):
            room = make_room()["id"]
            body = {"type": "webrtc", "options": {}}
            peer = api.post(f"/room/{room}/peer", json=body).json()["data"]["peer"]["id"]
            expected += [
                RoomCreated(room_id=room),
                PeerAdded(room_id=room, peer_id=peer, peer_type=1),
            ]
        for socket in (first, second, third):
            assert socket.events(len(expected)) == expected
        first.connection.close()
        room = make_room()["id"]
        for socket in (second, third):
            assert socket.event() == RoomCreated(room_id=room)


def test_a_reset_closes_the_sockets_without_an_event(
    emulator: Emulator, make_room: MakeRoom
) -> None:
    make_room()
    with subscribed(emulator) as socket:
        emulator.reset()
        assert socket.ending() == (1001, "")
    assert emulator.notifications == []


def test_a_stop_cuts_the_sockets(make_room: MakeRoom) -> None:
    with Emulator() as emulator, subscribed(emulator) as socket:
        emulator.stop()
        assert socket.ending() is None
    with emulator, subscribed(emulator) as socket:
        emulator.send(RoomDeleted(room_id="r"))
        assert socket.event() == RoomDeleted(room_id="r")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/room",
        "/socket/server",
        "/socket/server/websocket/more",
        "/socket/%FF/websocket",
    ],
)
def test_other_paths_are_no_sockets(emulator: Emulator, path: str) -> None:
    with (
        pytest.raises(InvalidStatus) as caught,
        open_socket(emulator, path, ServerMessage),
    ):
        pass
    assert caught.value.response.status_code == 404
    assert caught.value.response.body == b'{"errors": "no such socket"}'


def test_a_socket_is_no_page(api: httpx.Client) -> None:
    assert api.get("/socket/server/websocket").status_code == 404


def test_large_messages_are_read(emulator: Emulator) -> None:
    with server_socket(emulator) as socket:
        socket.send(auth_request={"token": "x" * 1_000_000})
        assert socket.ending() == (1000, "invalid token")


def test_a_fragmented_message_is_read(emulator: Emulator) -> None:
    frame = ServerMessage(auth_request={"token": emulator.management_token}).SerializeToString()
    with server_socket(emulator) as socket:
        socket.connection.send([frame[:5], frame[5:]])
        socket.receive_content("authenticated")


def test_pings_are_answered(emulator: Emulator) -> None:
    with subscribed(emulator) as socket:
        assert socket.connection.ping().wait(PATIENCE)


def test_the_server_pings_every_thirty_seconds() -> None:
    config = _config(None)
    assert (config.ws_ping_interval, config.ws_ping_timeout) == (30, 30)
