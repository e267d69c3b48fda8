"""The state of the emulator, and Fishjam's own API behind the control API."""

from __future__ import annotations

from typing import Any

import httpx

from fishjam.emulator import Emulator
from tests.emulator.control_api.conftest import Join, activity


def test_the_state_is_all_there_is(
    control: httpx.Client, room: str, join: Join, emulator: Emulator
) -> None:
    peer = join()
    stream = control.post("/fishjam/livestream", json={}).json()["data"]
    composition = control.post("/fishjam/api/composition", json={})
    assert composition.status_code == 201
    state: dict[str, Any] = control.get("/state").json()["data"]
    assert state["rooms"] == emulator.rooms
    assert [peer["id"] for peer in state["rooms"][0]["peers"]] == [peer["id"]]
    assert state["streams"] == [stream]
    assert state["recordings"] == []
    assert state["compositions"] == [{"id": emulator.compositions[0]["id"], "status": "started"}]
    assert state["virtualPeers"] == [peer]
    assert state["position"] == activity(control)[-1]["id"]


def test_calls_of_fishjam_are_neither_recorded_nor_disturbed(
    control: httpx.Client, emulator: Emulator
) -> None:
    emulator.fail_next(500)
    created = control.post("/fishjam/room", json={"maxPeers": 3})
    assert created.status_code == 201
    room_id = created.json()["data"]["room"]["id"]
    assert control.get(f"/fishjam/room/{room_id}").json()["data"]["config"]["maxPeers"] == 3
    assert control.post("/fishjam/room", json={"maxPeers": "many"}).status_code == 400
    assert control.delete(f"/fishjam/room/{room_id}").status_code == 204
    assert emulator.requests == []
    assert activity(control, type="request") == []
