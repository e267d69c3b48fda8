"""The control interface for sockets: dropping, refusing, delaying, sending anything."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from fishjam.emulator import Emulator
from fishjam.events import (
    ChannelAdded,
    Notification,
    RoomCreated,
    TrackForwarding,
    VadNotification,
    VadNotificationStatus,
)
from tests.support.emulator_sockets import peer_socket, server_socket, subscribed

Make = Callable[..., dict[str, Any]]


def test_connections_are_cut(emulator: Emulator, make_room: Make) -> None:
    with subscribed(emulator) as first, subscribed(emulator) as second:
        emulator.drop_connections()
        assert first.ending() is None
        assert second.ending() is None
    with subscribed(emulator) as socket:
        room = make_room()["id"]
        assert socket.event() == RoomCreated(room_id=room)


def test_connections_are_closed_after_what_was_said(emulator: Emulator, make_room: Make) -> None:
    with subscribed(emulator) as socket, server_socket(emulator) as other:
        room = make_room()["id"]
        emulator.drop_connections(1012, reason="maintenance")
        make_room()
        assert socket.event() == RoomCreated(room_id=room)
        assert socket.ending() == (1012, "maintenance")
        assert other.ending() == (1012, "maintenance")


def test_sockets_of_one_kind_are_dropped(emulator: Emulator) -> None:
    with subscribed(emulator) as server, peer_socket(emulator) as peer:
        emulator.drop_connections(4000, kind="agent")
        emulator.drop_connections(4001, kind="peer")
        assert peer.ending() == (4001, "")
        emulator.send(RoomCreated(room_id="r"))
        assert server.event() == RoomCreated(room_id="r")
        emulator.drop_connections(4002, kind="server")
        assert server.ending() == (4002, "")


def test_to_drop_twice_is_to_drop_once(emulator: Emulator) -> None:
    with subscribed(emulator) as socket:
        emulator.drop_connections(1001, reason="first")
        emulator.drop_connections(1002, reason="second")
        assert socket.ending() == (1001, "first")
    with subscribed(emulator) as socket:
        emulator.drop_connections()
        emulator.drop_connections()
        assert socket.ending() is None


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 5000])
def test_a_close_frame_cannot_have_every_code(emulator: Emulator, code: int) -> None:
    with pytest.raises(ValueError, match=f"code {code} cannot be in a close frame"):
        emulator.drop_connections(code)
    with pytest.raises(ValueError, match="not be longer than 123 bytes"):
        emulator.drop_connections(1000, reason="é" * 62)


def test_connections_are_refused_and_accepted_again(emulator: Emulator) -> None:
    with subscribed(emulator) as before:
        for status in (503, 401, 302, 200):
            emulator.refuse_connections(status=status)
            for socket in (server_socket, peer_socket):
                with pytest.raises(InvalidStatus) as caught, socket(emulator):
                    pass
                assert caught.value.response.status_code == status
        emulator.send(RoomCreated(room_id="r"))
        assert before.event() == RoomCreated(room_id="r")
    emulator.refuse_connections(False)
    with subscribed(emulator):
        pass
    emulator.refuse_connections()
    emulator.reset()
    with subscribed(emulator):
        pass


@pytest.mark.parametrize("status", [101, 199, 600])
def test_a_refusal_is_an_answer(emulator: Emulator, status: int) -> None:
    with pytest.raises(ValueError, match="status must be from 200 to 599"):
        emulator.refuse_connections(status=status)


@pytest.mark.parametrize(
    "event",
    [
        RoomCreated(room_id="x"),
        ChannelAdded(room_id="r", component_id="c", channel_id="ch"),
        TrackForwarding(room_id="r"),
        VadNotification(track_id="t", status=VadNotificationStatus.SPEECH),
    ],
)
def test_any_event_is_sent(emulator: Emulator, event: Notification) -> None:
    with (
        subscribed(emulator) as first,
        subscribed(emulator) as second,
        server_socket(emulator) as mute,
    ):
        emulator.send(event)
        assert (first.event(), second.event()) == (event, event)
        mute.authenticate(emulator.management_token)
    assert emulator.notifications == [event]


def test_anything_else_is_sent_too(emulator: Emulator) -> None:
    with subscribed(emulator) as socket:
        emulator.send(b"")
        emulator.send(b"\xff\xff")
        emulator.send_text("né")
        emulator.send(RoomCreated(room_id="r"))
        assert [socket.receive_raw() for _ in range(3)] == [b"", b"\xff\xff", "né"]
        assert socket.event() == RoomCreated(room_id="r")
    assert emulator.notifications == [RoomCreated(room_id="r")]


def test_what_cannot_be_sent(emulator: Emulator) -> None:
    nothing: Any = object()
    with pytest.raises(TypeError, match="object is not a notification"):
        emulator.send(nothing)
    with pytest.raises(ValueError, match="surrogates not allowed"):
        emulator.send_text("\ud800")
    assert emulator.notifications == []


def test_notifications_are_delayed_in_their_order(emulator: Emulator, make_room: Make) -> None:
    with subscribed(emulator) as socket:
        emulator.delay_notifications(3600)
        late = [make_room()["id"] for _ in range(3)]
        assert len(emulator.notifications) == 3
        # A shorter delay does not let anything overtake.
        emulator.delay_notifications(0)
        last = make_room()["id"]
        socket.send(subscribe_request={"event_type": 1})
        socket.receive_content("subscribe_response")
        emulator.advance(3601)
        expected = [RoomCreated(room_id=room) for room in [*late, last]]
        assert socket.events(4) == expected
        at_once = make_room()["id"]
        assert socket.event() == RoomCreated(room_id=at_once)


def test_a_short_delay_passes_by_itself(emulator: Emulator) -> None:
    with subscribed(emulator) as socket:
        emulator.delay_notifications(0.02)
        for number in range(3):
            emulator.send(RoomCreated(room_id=str(number)))
        assert socket.events(3) == [RoomCreated(room_id=str(number)) for number in range(3)]


def test_a_reset_drops_what_is_delayed(emulator: Emulator) -> None:
    emulator.delay_notifications(3600)
    emulator.send(RoomCreated(room_id="dropped"))
    while not emulator._engine.clock._sleepers:
        time.sleep(0.002)
    emulator.reset()
    with subscribed(emulator) as socket:
        emulator.delay_notifications(0.01)
        emulator.send(RoomCreated(room_id="kept"))
        assert socket.event() == RoomCreated(room_id="kept")


def test_a_stop_drops_what_is_delayed() -> None:
    with Emulator() as emulator:
        emulator.delay_notifications(60)
        emulator.send(RoomCreated(room_id="dropped"))
    with emulator, subscribed(emulator) as socket:
        emulator.delay_notifications(0)
        emulator.send(RoomCreated(room_id="kept"))
        assert socket.event() == RoomCreated(room_id="kept")


def test_a_delay_is_not_negative(emulator: Emulator) -> None:
    with pytest.raises(ValueError, match="seconds must not be negative"):
        emulator.delay_notifications(-1)


def test_waiting_for_subscribers(emulator: Emulator) -> None:
    waiting = threading.Event()
    seen: list[int] = []

    def wait() -> None:
        waiting.set()
        emulator.wait_for_subscribers(2)
        seen.append(2)

    emulator.wait_for_subscribers(0)
    thread = threading.Thread(target=wait)
    thread.start()
    assert waiting.wait(30)
    with subscribed(emulator):
        assert seen == []
        with subscribed(emulator):
            thread.join(30)
            assert seen == [2]
            emulator.wait_for_subscribers(1)
            emulator.drop_connections()
            with pytest.raises(TimeoutError, match=r"fewer than 1 clients .* 0\.01 s"):
                emulator.wait_for_subscribers(timeout=0.01)
