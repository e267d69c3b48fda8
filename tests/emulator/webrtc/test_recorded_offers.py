"""Offers as browsers were recorded to make them, one after the other, to an emulator."""

from __future__ import annotations

from typing import Any

import pytest

from fishjam.emulator import Emulator
from fishjam.emulator._webrtc import sdp
from tests.emulator.webrtc.conftest import Invite
from tests.support import recorded_sdp as recorded
from tests.support.emulator_sockets import Socket, peer_socket

SESSIONS = {
    "chromium": ["chromium-1", "chromium-3"],
    "chromium-a": ["chromium-a-1", "chromium-a-2", "chromium-a-3", "chromium-a-4"],
    "firefox": ["firefox-1", "firefox-2"],
}


def next_event(socket: Socket, *kinds: str) -> Any:
    """Return the next media event of some kinds; those before it are passed over."""
    while True:
        event = socket.receive_content("server_media_event")
        kind = event.WhichOneof("content")
        if kind in kinds:
            return getattr(event, kind)


def join(socket: Socket, token: str) -> None:
    socket.authenticate(token)
    socket.send(peer_media_event={"connect": {"metadata_json": "{}"}})
    next_event(socket, "connected")


def answer_to(socket: Socket, text: str) -> sdp.Description:
    """Offer something, with every section that sends as a track, and return the answer."""
    # The addresses are those of other machines.
    lines = (line for line in text.splitlines() if not line.startswith("a=candidate:"))
    offer = sdp.parse("\r\n".join(lines))
    tracks = {
        section.mid: f"track {section.mid}"
        for section in offer.sections
        if section.direction == "sendonly"
    }
    message = {
        "sdp": str(offer),
        "mid_to_track_id": tracks,
        "track_id_to_metadata_json": dict.fromkeys(tracks.values(), "{}"),
    }
    socket.send(peer_media_event={"sdp_offer": message})
    answer = next_event(socket, "sdp_answer", "error")
    assert "sdp" in answer.DESCRIPTOR.fields_by_name, answer
    assert dict(answer.mid_to_track_id) == tracks
    return sdp.parse(answer.sdp)


def mids(description: sdp.Description) -> list[str]:
    return [section.mid for section in description.sections]


@pytest.mark.parametrize("names", SESSIONS.values(), ids=SESSIONS)
def test_a_session_renegotiates(emulator: Emulator, invite: Invite, names: list[str]) -> None:
    with peer_socket(emulator) as socket:
        join(socket, invite().token)
        for name in names:
            offer = recorded.offer(name)
            answer = answer_to(socket, str(offer))
            assert mids(answer) == mids(offer)
            for asked, given in zip(offer.sections, answer.sections, strict=True):
                wanted = "recvonly" if asked.direction == "sendonly" else "inactive"
                assert given.direction == wanted
                if asked.rids:
                    assert {"a=rid:h recv", "a=simulcast:recv h"} <= set(given.lines)


def stopped(text: str, mid: str) -> str:
    """Return an offer as Chromium makes it after a section was stopped."""
    description = sdp.parse(text)
    head = [line.replace(f" {mid}", "") if "BUNDLE" in line else line for line in description.head]
    gone = ["m=video 0 UDP/TLS/RTP/SAVPF 0", f"a=mid:{mid}", "a=inactive"]
    sections = (gone if section.mid == mid else section.lines for section in description.sections)
    return "\r\n".join([*head, *(line for lines in sections for line in lines), ""])


def reused(text: str, mid: str, model: str) -> str:
    """Return an offer with a section like that of a model, mid 9, in the place of another."""
    description = sdp.parse(text)
    lines = {section.mid: section.lines for section in description.sections}
    lines[mid] = tuple(line.replace(f"a=mid:{model}", "a=mid:9") for line in lines[model])
    head = [
        line.replace(f" {mid}", " 9") if "BUNDLE" in line else line for line in description.head
    ]
    return "\r\n".join([*head, *(line for section in lines.values() for line in section), ""])


@pytest.mark.parametrize("model", ["2", "0"], ids=["video", "audio"])
def test_the_place_of_a_section_that_was_stopped_is_used_again(
    emulator: Emulator, invite: Invite, model: str
) -> None:
    text = str(recorded.offer("chromium-a-4"))
    with peer_socket(emulator) as socket:
        join(socket, invite().token)
        answer_to(socket, text)
        for _ in range(2):
            answer = answer_to(socket, stopped(text, "2"))
            assert "a=group:BUNDLE 0 1 3" in answer.head
            assert [section.is_rejected for section in answer.sections] == [
                False,
                False,
                True,
                False,
            ]
        for _ in range(2):
            answer = answer_to(socket, reused(text, "2", model))
            assert mids(answer) == ["0", "1", "9", "3"]
            assert "a=group:BUNDLE 0 1 9 3" in answer.head
            directions = [section.direction for section in answer.sections]
            assert directions == ["recvonly", "inactive", "recvonly", "recvonly"]


@pytest.mark.parametrize(
    "change", [("a=mid:2", "a=mid:9"), ("m=audio", "m=video")], ids=["mid", "kind"]
)
def test_the_place_of_a_section_that_goes_on_is_not_free(
    emulator: Emulator, invite: Invite, change: tuple[str, str]
) -> None:
    text = str(recorded.offer("chromium-a-4"))
    with peer_socket(emulator) as socket:
        join(socket, invite().token)
        answer_to(socket, text)
        socket.send(peer_media_event={"sdp_offer": {"sdp": text.replace(*change)}})
        assert "keeps the media sections" in next_event(socket, "error").message
        # What was refused changes nothing.
        answer_to(socket, text)


def test_everything_goes_through_one_transport_whatever_an_offer_groups(
    emulator: Emulator, invite: Invite
) -> None:
    text = str(recorded.offer("chromium-a-4")).replace("BUNDLE 0 1 2 3", "BUNDLE x")
    with peer_socket(emulator) as socket:
        join(socket, invite().token)
        assert "a=group:BUNDLE 0 1 2 3" in answer_to(socket, text).head
