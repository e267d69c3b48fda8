"""The emulator under test, and clients for it that know the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from attrs import define

from fishjam.emulator import Emulator
from fishjam.emulator.pytest_plugin import _fishjam_emulator_server as _fishjam_emulator_server
from fishjam.emulator.pytest_plugin import fishjam_emulator as fishjam_emulator
from tests.support.api_contract import check_response
from tests.support.plain_http import PLAIN


@define
class Guest:
    """A peer of a room, with its token."""

    room: str
    id: str
    token: str


@pytest.fixture
def plain(emulator: Emulator) -> Iterator[httpx.Client]:
    """A client with the token, whose answers nobody checks."""
    headers = {"authorization": f"Bearer {emulator.management_token}"}
    with httpx.Client(base_url=emulator.fishjam_id, headers=headers, **PLAIN) as client:
        yield client


@pytest.fixture
def api(plain: httpx.Client) -> httpx.Client:
    """A client with the token; every answer must be one that the document knows."""
    plain.event_hooks = {"response": [check_response]}
    return plain


@pytest.fixture
def make_room(api: httpx.Client) -> Callable[..., dict[str, Any]]:
    def make(**config: Any) -> dict[str, Any]:
        response = api.post("/room", json=config)
        assert response.status_code == 201
        room: dict[str, Any] = response.json()["data"]["room"]
        return room

    return make


@pytest.fixture
def make_peer(api: httpx.Client) -> Callable[..., dict[str, Any]]:
    def make(room_id: str, type_: str = "webrtc", **options: Any) -> dict[str, Any]:
        response = api.post(f"/room/{room_id}/peer", json={"type": type_, "options": options})
        assert response.status_code == 201
        peer: dict[str, Any] = response.json()["data"]["peer"]
        return peer

    return make


@pytest.fixture
def invite(api: httpx.Client, make_room: Callable[..., dict[str, Any]]) -> Callable[..., Guest]:
    def add(room: str | None = None, type_: str = "webrtc", **options: Any) -> Guest:
        room = room or make_room()["id"]
        body = {"type": type_, "options": options}
        data = api.post(f"/room/{room}/peer", json=body).json()["data"]
        return Guest(room, data["peer"]["id"], data["token"])

    return add
