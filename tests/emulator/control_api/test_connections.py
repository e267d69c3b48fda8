"""Faults of connections in the control API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from fishjam.emulator import Emulator
from tests.emulator.control_api.conftest import token_for
from tests.support.emulator_sockets import agent_socket, subscribed


def test_sockets_are_dropped(control: httpx.Client, emulator: Emulator) -> None:
    with subscribed(emulator) as first, subscribed(emulator) as second:
        body = {"kind": "server", "count": 1}
        assert control.post("/connections/drop", json=body).status_code == 204
        assert first.ending() is None
        body = {"code": 1012, "reason": "restart"}
        assert control.post("/connections/drop", json=body).status_code == 204
        assert second.ending() == (1012, "restart")


def test_a_place_stays_taken(control: httpx.Client, emulator: Emulator, room: str) -> None:
    token = token_for(control, room, "agent")
    with agent_socket(emulator) as socket:
        socket.authenticate(token)
        control.post("/connections/drop", json={"linger": 300})
        assert socket.ending() is None
    with agent_socket(emulator) as socket:
        socket.send(auth_request={"token": token})
        assert socket.ending() == (1000, "peer already connected")


def test_sockets_of_removed_peers_are_closed_late(
    control: httpx.Client, emulator: Emulator, room: str
) -> None:
    assert control.put("/connections/closing-delay", json={"seconds": 300}).status_code == 204
    with agent_socket(emulator) as socket:
        socket.authenticate(token_for(control, room, "agent"))
        [peer] = emulator.rooms[0]["peers"]
        control.delete(f"/fishjam/room/{room}/peer/{peer['id']}").raise_for_status()
        socket.connection.ping().wait(30)
        emulator.advance(301)
        assert socket.ending() == (1000, "Peer removed")


@pytest.mark.parametrize(
    ("method", "path", "body", "text"),
    [
        ("POST", "drop", {"kind": "all"}, "body.kind: 'all' is not one of server, peer, agent"),
        ("POST", "drop", {"code": "1000"}, "body.code: '1000' is not a whole number"),
        ("POST", "drop", {"count": True}, "body.count: True is not a whole number"),
        ("POST", "drop", {"linger": "1"}, "body.linger: '1' is not a number"),
        ("POST", "drop", {"reason": 1}, "body.reason: 1 is not a string"),
        ("POST", "drop", {"code": 1006}, "code 1006 cannot be in a close frame"),
        ("PUT", "closing-delay", {}, "body.seconds: None is not a number"),
        ("PUT", "closing-delay", {"seconds": True}, "body.seconds: True is not a number"),
        ("PUT", "closing-delay", {"seconds": 10**400}, "body.seconds: out of its range"),
        ("POST", "drop", {"linger": -(2**53)}, "body.linger: out of its range"),
    ],
)
def test_what_cannot_be_used(
    control: httpx.Client, method: str, path: str, body: Any, text: str
) -> None:
    answer = control.request(method, f"/connections/{path}", json=body)
    assert (answer.status_code, answer.json()) == (400, {"errors": text})
