"""What no web client sends: an error for that peer alone, and the media of the others go on."""

from __future__ import annotations

import os
import re
import socket
from typing import Any

import pytest

from fishjam.emulator import Emulator
from tests.emulator.webrtc.conftest import Invite, OpenTab
from tests.support.browser import RED, Tone, Wall
from tests.support.emulator_sockets import Socket, peer_socket

pytestmark = pytest.mark.timeout(120)

SECTION = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:{}\r\na=sendonly\r\n"
BARE = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
HEAD = BARE + "a=fingerprint:sha-256 00\r\n"


def joined(socket: Socket, token: str) -> None:
    socket.authenticate(token)
    socket.send(peer_media_event={"connect": {"metadata_json": "{}"}})
    next_event(socket, "connected")


def next_event(socket: Socket, kind: str) -> Any:
    """Return the next media event of a kind; those before it are passed over."""
    while True:
        event = socket.receive_content("server_media_event")
        if event.WhichOneof("content") == kind:
            return getattr(event, kind)


def offer(sdp: str, **tracks: str) -> dict[str, Any]:
    """Return an offer with tracks by their mids."""
    return {
        "sdp_offer": {
            "sdp": sdp,
            "mid_to_track_id": tracks,
            "track_id_to_metadata_json": dict.fromkeys(tracks.values(), "{}"),
        }
    }


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (offer(""), "begins with v=0"),
        (offer("hello"), "begins with v=0"),
        (offer("\x00\xff" * 100), "begins with v=0"),
        (offer("v=0\r\n" + "a=" * 1_000_000), "at most 500000 characters"),
        (offer(HEAD + "".join(SECTION.format(n) for n in range(1000))), "at most 200 media"),
        (offer(HEAD), "no media section"),
        (offer(BARE + SECTION.format(0)), "needs the fingerprint"),
        (offer(HEAD + SECTION.format(0)), "this offer cannot be used"),
        (offer(HEAD + SECTION.format(0), **{"7": "t"}), "no section '7'"),
        (offer(HEAD + SECTION.format(0).replace("send", "recv"), **{"0": "t"}), "cannot be used"),
        (offer(HEAD + "m=video 9 UDP/TLS/RTP/SAVPF x\r\na=mid:0\r\n"), "cannot be used"),
        (offer(HEAD + SECTION.format(0) + "a=rtpmap:x y\r\n"), "cannot be used"),
        ({"candidate": {"candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host"}}, "comes after"),
        ({"candidate": {"candidate": ""}}, "comes after"),
    ],
)
def test_an_error_for_that_peer_alone(
    emulator: Emulator,
    invite: Invite,
    open_tab: OpenTab,
    event: dict[str, Any],
    message: str,
) -> None:
    guest = invite()
    with peer_socket(emulator) as socket:
        joined(socket, guest.token)
        socket.send(peer_media_event=event)
        assert message in next_event(socket, "error").message
        # It is still served.
        socket.send(peer_media_event={"renegotiate_tracks": {}})
        next_event(socket, "offer_data")


def test_what_was_asked_for_during_a_round_that_failed_is_not_forgotten(
    emulator: Emulator, invite: Invite
) -> None:
    with peer_socket(emulator) as socket:
        joined(socket, invite().token)
        for _ in range(2):
            socket.send(peer_media_event={"renegotiate_tracks": {}})
        next_event(socket, "offer_data")
        socket.send(peer_media_event=offer("nonsense"))
        next_event(socket, "error")
        next_event(socket, "offer_data")


def test_the_media_of_neighbours_go_on(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    first, second = invite(), None
    second = invite(first.room)
    one, other = open_tab(first), open_tab(second)
    one.publish("mic", Tone(500))
    other.wait(lambda: other.hears("mic", 500))
    with peer_socket(emulator) as socket:
        joined(socket, invite(first.room).token)
        for text in ("nonsense", HEAD + SECTION.format(0), "v=0\r\n" * 1000):
            socket.send(peer_media_event=offer(text))
            next_event(socket, "error")
    slot = other.slot_of("mic")
    assert slot is not None
    slot.samples.clear()
    other.wait(lambda: other.hears("mic", 500), "sound that goes on")
    assert one.errors == other.errors == []


def test_a_bad_candidate_is_an_error(emulator: Emulator, invite: Invite, open_tab: OpenTab) -> None:
    tab = open_tab(invite())
    tab.publish("mic", Tone(500))
    tab.wait(lambda: tab.answers)
    tab.act(candidate={"candidate": "candidate:nonsense", "sdp_mid": "0"})
    tab.wait(lambda: tab.errors)
    assert "this candidate cannot be used" in tab.errors[0]
    for text in ("", "candidate:1 1 udp 1 name.local 9 typ host"):
        tab.act(candidate={"candidate": text, "sdp_mid": "0"})
    host = "candidate:1 1 udp 1 127.0.0.1 9 typ host"
    tab.act(candidate={"candidate": host, "sdp_m_line_index": 0})
    tab.wait(lambda: tab.pc.connectionState == "connected")
    assert len(tab.errors) == 1


def test_an_offer_that_drops_sections_is_an_error(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    tab = open_tab(invite())
    tab.publish("mic", Tone(500))
    tab.wait(lambda: tab.answers)
    tab.act(**offer(HEAD + SECTION.format(5)))
    tab.wait(lambda: tab.errors)
    assert "keeps the media sections" in tab.errors[0]


def test_a_room_for_audio_takes_no_video(
    emulator: Emulator, invite: Invite, open_tab: OpenTab, make_room: Any
) -> None:
    tab = open_tab(invite(make_room(roomType="audio_only")["id"]))
    tab.publish("cam", Wall(RED))
    tab.wait(lambda: tab.errors)
    assert "takes no video" in tab.errors[0]


def test_metadata_that_are_no_object_are_an_error(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    with peer_socket(emulator) as socket:
        joined(socket, invite().token)
        event = offer(HEAD + SECTION.format(0), **{"0": "mic"})
        event["sdp_offer"]["track_id_to_metadata_json"] = {"mic": "[]"}
        socket.send(peer_media_event=event)
        assert "metadata" in next_event(socket, "error").message


def test_a_track_id_is_taken_once(emulator: Emulator, invite: Invite, open_tab: OpenTab) -> None:
    first = invite()
    one, other = open_tab(first), open_tab(invite(first.room))
    one.publish("mic", Tone(500))
    other.wait(lambda: other.hears("mic", 500))
    other.publish("mic", Tone(900))
    other.wait(lambda: other.errors)
    assert "exists already" in other.errors[0]


def test_media_events_before_joining_are_an_error(emulator: Emulator, invite: Invite) -> None:
    with peer_socket(emulator) as socket:
        socket.authenticate(invite().token)
        socket.send(peer_media_event={"renegotiate_tracks": {}})
        assert next_event(socket, "error").message == "not connected"


@pytest.mark.once
def test_random_packets_change_nothing(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    first = invite()
    one, other = open_tab(first), open_tab(invite(first.room))
    one.publish("mic", Tone(500))
    other.wait(lambda: other.hears("mic", 500))
    ports = re.findall(r"127\.0\.0\.1 (\d+) typ host", other.pc.remoteDescription.sdp)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for port in ports:
            for first_byte in (0, 22, 128, 255):
                for size in (0, 11, 500):
                    packet = bytes([first_byte]) + os.urandom(size)
                    stranger.sendto(packet, ("127.0.0.1", int(port)))
    slot = other.slot_of("mic")
    assert slot is not None
    slot.samples.clear()
    other.wait(lambda: other.hears("mic", 500), "sound that goes on")


def test_too_many_messages_are_dropped(emulator: Emulator, invite: Invite) -> None:
    with peer_socket(emulator) as socket:
        joined(socket, invite().token)
        for _ in range(3000):
            socket.send(peer_media_event={"renegotiate_tracks": {}})
        next_event(socket, "offer_data")


def test_arguments_that_cannot_be_used() -> None:
    from fishjam.clock import ManualClock

    with pytest.raises(ValueError, match="browsers do not wait"):
        Emulator(webrtc=True, clock=ManualClock())
    for addresses in ("127.0.0.1", [], ["localhost"]):
        with pytest.raises(ValueError, match="address"):
            Emulator(webrtc=True, ice_addresses=addresses)
