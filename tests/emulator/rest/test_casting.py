"""Numbers that come as text, which the Fishjam API takes and the Composition API refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from fishjam.emulator import Emulator
from fishjam.emulator._rest.casting import cast_numbers
from tests.support.compositions import RTMP, VIDEO, create


@pytest.mark.parametrize(
    ("text", "number"), [("3", 3), ("10", 10), ("+7", 7), ("007", 7), ("9" * 18, int("9" * 18))]
)
def test_a_whole_number_as_text_is_taken(api: httpx.Client, text: str, number: int) -> None:
    room = api.post("/room", json={"maxPeers": text}).json()["data"]["room"]
    assert room["config"]["maxPeers"] == number


@pytest.mark.parametrize(
    "text",
    ["", " ", "nan", "three", "3.0", "3 ", " 3", "1e3", "0x3", "-1", "\u0663", "3_0", "9" * 5000],
)
def test_another_text_is_refused(plain: httpx.Client, text: str) -> None:
    answer = plain.post("/room", json={"maxPeers": text})
    assert answer.status_code == 400
    assert answer.json()["errors"].startswith("body.maxPeers: ")


def test_the_access_to_moq_has_one(api: httpx.Client) -> None:
    assert api.post("/moq/access", json={"publishPath": "a", "ttl": "60"}).status_code == 200


def test_so_has_an_agent(api: httpx.Client, emulator: Emulator) -> None:
    room = api.post("/room").json()["data"]["room"]["id"]
    output = {"audioFormat": "pcm16", "audioSampleRate": "24000"}
    body = {"type": "agent", "options": {"output": output}}
    assert api.post(f"/room/{room}/peer", json=body).status_code == 201
    with emulator._engine.lock:
        (peer,) = emulator._engine.state.rooms.get(room).peers.values()
    assert peer.options["output"]["audioSampleRate"] == 24000


def test_those_deep_in_a_recording_are_cast_too(api: httpx.Client) -> None:
    composition = create(api)
    url = api.base_url.join(composition.path)
    source = {"compositionURL": str(url), "outputId": "o", "scaleRatio": "0.5"}
    composition.add("output", "o", {**RTMP, "video": VIDEO})
    recording = api.post("/recordings", json={"source": source}).json()["data"]
    assert recording["source"]["scaleRatio"] == 0.5


def test_those_in_an_array_are_cast_too() -> None:
    schema = {"type": "array", "items": {"properties": {"n": {"type": "integer"}}}}
    assert cast_numbers({}, schema, [{"n": "3"}, {"n": "x"}, "4"]) == [{"n": 3}, {"n": "x"}, "4"]
    assert cast_numbers({}, {"type": "array"}, ["3"]) == ["3"]


def test_texts_stay_texts(api: httpx.Client, make_peer: Callable[..., Any]) -> None:
    room = api.post("/room", json={"webhookUrl": "http://127.0.0.1:9/3"}).json()["data"]["room"]
    metadata = {"maxPeers": "3", "n": ["4", {"ttl": "5"}]}
    assert make_peer(room["id"], metadata=metadata)["metadata"]["server"] == metadata


def test_a_composition_takes_no_text_for_a_number(api: httpx.Client) -> None:
    composition = create(api)
    answer = composition.post("start", json={})
    assert answer.status_code == 200
    answer = composition.remove("input", "i", schedule_time_ms="3")
    assert answer.status_code == 400
