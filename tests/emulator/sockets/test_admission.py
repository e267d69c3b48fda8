"""How peers and agents come in by their sockets: the first frame, and the token that is in it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest
from attrs import frozen

from fishjam.emulator import Emulator
from tests.emulator.conftest import Guest
from tests.support.emulator_sockets import (
    AgentRequest,
    PeerMessage,
    ServerMessage,
    Socket,
    agent_socket,
    peer_socket,
)

Make = Callable[..., dict[str, Any]]
Invite = Callable[..., Guest]


@frozen
class Kind:
    """A kind of peer with a socket of its own."""

    name: str
    other: str
    open: Callable[[Emulator], AbstractContextManager[Socket]]
    message: Any
    too_early: list[dict[str, Any]]
    """The contents of messages that are taken, or sent, only after the token."""
    never: list[bytes]
    """Frames that are not taken from a client at any time."""

    def refused(self, emulator: Emulator, token: str) -> tuple[int, str] | None:
        """Present a token, and return how the socket is closed."""
        with self.open(emulator) as socket:
            socket.send(auth_request={"token": token})
            return socket.ending()


WEBRTC = Kind(
    "webrtc",
    "agent",
    peer_socket,
    PeerMessage,
    [{"authenticated": {}}, {"peer_media_event": {}}],
    [
        PeerMessage(authenticated={}).SerializeToString(),
        PeerMessage(server_media_event={}).SerializeToString(),
    ],
)
AGENT = Kind(
    "agent",
    "webrtc",
    agent_socket,
    AgentRequest,
    [{"add_track": {}}],
    # The content of a later protocol, field 99.
    [b"\x9a\x06\x00"],
)


@pytest.fixture(params=[WEBRTC, AGENT], ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    param: Kind = request.param
    return param


@pytest.mark.parametrize(
    ("auth_request", "reason"), [({"token": "x"}, "invalid token"), ({}, "missing token")]
)
def test_a_client_that_is_refused_is_told_why(
    emulator: Emulator, kind: Kind, auth_request: dict[str, str], reason: str
) -> None:
    with kind.open(emulator) as socket:
        socket.send(auth_request=auth_request)
        assert socket.ending() == (1000, reason)


def test_the_token_comes_first(emulator: Emulator, kind: Kind) -> None:
    frames: list[bytes | str] = [
        *(kind.message(**content).SerializeToString() for content in kind.too_early),
        ServerMessage(auth_request={"token": "x"}).SerializeToString(),
        *(b"", b"\xff", "token"),
    ]
    for frame in frames:
        with kind.open(emulator) as socket:
            socket.send_raw(frame)
            assert socket.ending() == (1000, "invalid auth request"), frame


def test_nonsense_ends_the_connection(emulator: Emulator, kind: Kind, invite: Invite) -> None:
    again = kind.message(auth_request={"token": "x"}).SerializeToString()
    frames: list[bytes | str] = [*kind.never, again, b"", b"\xff", "text"]
    guest = invite(type_=kind.name)
    for frame in frames:
        with kind.open(emulator) as socket:
            socket.authenticate(guest.token)
            socket.send_raw(frame)
            assert socket.ending() == (1003, "operation not allowed"), frame


def test_tokens_of_others_are_refused(
    emulator: Emulator, kind: Kind, api: httpx.Client, make_room: Make, invite: Invite
) -> None:
    room = make_room(roomType="livestream")["id"]
    other, vapi = invite(room, kind.other), invite(room, "vapi", apiKey="k", callId="c")
    streamer = api.post(f"/room/{room}/streamer").json()["token"]
    moq = api.post("/moq/access", json={"publishPath": "p"}).json()["token"]
    for token in (other.token, vapi.token, streamer, moq, emulator.management_token):
        assert kind.refused(emulator, token) == (1000, "invalid token")


def test_a_token_has_its_time_and_its_place(
    emulator: Emulator, kind: Kind, api: httpx.Client, invite: Invite
) -> None:
    guest, other = invite(type_=kind.name), invite(type_=kind.name)
    api.delete(f"/room/{guest.room}/peer/{guest.id}")
    api.delete(f"/room/{other.room}")
    assert kind.refused(emulator, guest.token) == (1000, "peer not found")
    assert kind.refused(emulator, other.token) == (1000, "room not found")
    emulator.advance(24 * 60 * 60 + 1)
    assert kind.refused(emulator, guest.token) == (1000, "expired token")


def test_a_silent_client_is_closed_and_others_stay(
    emulator: Emulator, kind: Kind, invite: Invite
) -> None:
    guest = invite(type_=kind.name)
    with kind.open(emulator) as silent, kind.open(emulator) as other:
        other.authenticate(guest.token)
        emulator.advance(11)
        assert silent.ending() == (1000, "missing token")
        assert kind.refused(emulator, guest.token) == (1000, "peer already connected")
