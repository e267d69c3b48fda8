"""A client of the control API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from fishjam.emulator import Emulator
from tests.support.plain_http import PLAIN
from tests.support.webhook_receiver import Receiver, receiving

Json = dict[str, Any]
Join = Callable[..., Json]


@pytest.fixture
def control(emulator: Emulator) -> Iterator[httpx.Client]:
    """A client with the token, at the root of the control API."""
    headers = {"authorization": f"Bearer {emulator.management_token}"}
    url = f"{emulator.fishjam_id}/_emulator/v1"
    with httpx.Client(base_url=url, headers=headers, timeout=10, **PLAIN) as client:
        yield client


@pytest.fixture
def room(control: httpx.Client) -> str:
    """The id of a room."""
    room_id: str = control.post("/fishjam/room", json={}).json()["data"]["room"]["id"]
    return room_id


@pytest.fixture
def join(control: httpx.Client, room: str) -> Join:
    """Let a virtual peer join the room."""

    def add(**options: Any) -> Json:
        answer = control.post("/virtual-peers", json={"token": token_for(control, room), **options})
        assert answer.status_code == 201
        peer: Json = answer.json()["data"]
        return peer

    return add


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks."""
    with receiving() as receiver:
        yield receiver


def token_for(control: httpx.Client, room_id: str, type_: str = "webrtc") -> str:
    """Add a peer to a room and return its token."""
    body = {"type": type_, "options": {}}
    token: str = control.post(f"/fishjam/room/{room_id}/peer", json=body).json()["data"]["token"]
    return token


def activity(control: httpx.Client, **query: Any) -> list[Json]:
    """Return what has happened so far."""
    answer = control.get("/activity", params={"follow": "false", **query})
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]
