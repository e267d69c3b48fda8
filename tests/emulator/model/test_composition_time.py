"""Compositions in time: what is scheduled, how outputs end, and how compositions are cleaned up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from fishjam.clock import ManualClock
from fishjam.emulator import Emulator
from tests.support.compositions import (
    AUDIO,
    GRID,
    MIX,
    RTMP,
    SIZE,
    VIDEO,
    Composing,
    create,
    done,
    refused,
)

OTHER = {"root": {"type": "view"}}
INPUT = {"type": "whep_client", "endpoint_url": "http://x"}


def state_of(emulator: Emulator) -> dict[str, Any]:
    (state,) = emulator.compositions
    return state


def inputs_of(emulator: Emulator) -> list[str]:
    return list(state_of(emulator)["inputs"])


def status_of(emulator: Emulator, output_id: str = "o") -> str:
    return str(state_of(emulator)["outputs"][output_id]["status"])


def scene_of(emulator: Emulator) -> Any:
    return state_of(emulator)["outputs"]["o"]["video"]["scene"]


def add_inputs(composition: Composing, *ids: str) -> None:
    for id_ in ids:
        assert composition.add("input", id_, INPUT).status_code == 200


# What is scheduled


def test_what_is_scheduled_is_done_in_its_time(api: httpx.Client, emulator: Emulator) -> None:
    composition = create(api)
    add_inputs(composition, "a", "b")
    done(
        composition.add("image", "i", {"asset_type": "gif", "url": "u"}),
        composition.add("output", "o", {**RTMP, "video": VIDEO}),
        composition.add("output", "p", {**RTMP, "video": VIDEO}),
    )
    done(
        composition.update("o", video=OTHER, schedule_time_ms=25_000),
        composition.remove("output", "p", schedule_time_ms=45_000),
        composition.remove("input", "a", schedule_time_ms=35_000),
        composition.remove("image", "i", schedule_time_ms=15_000.5),
    )
    seen = []
    for _ in range(6):
        state = state_of(emulator)
        counts = (len(state["images"]), len(state["inputs"]), len(state["outputs"]))
        seen.append((*counts, scene_of(emulator) == OTHER))
        emulator.advance(10)
    assert seen == [
        (1, 2, 2, False),
        (1, 2, 2, False),
        (0, 2, 2, False),
        (0, 2, 2, True),
        (0, 1, 2, True),
        (0, 1, 1, True),
    ]


@pytest.mark.parametrize("moment", [None, 0, -5, 1])
def test_what_is_late_is_done_at_once(
    api: httpx.Client, emulator: Emulator, moment: float | None
) -> None:
    composition = create(api)
    add_inputs(composition, "a")
    emulator.advance(1)
    done(composition.remove("input", "a", schedule_time_ms=moment))
    assert inputs_of(emulator) == []


@pytest.mark.parametrize("moment", [1e308, 10**400])
def test_what_is_scheduled_for_the_end_of_time(
    api: httpx.Client, emulator: Emulator, moment: float
) -> None:
    composition = create(api)
    add_inputs(composition, "a")
    done(composition.remove("input", "a", schedule_time_ms=moment))
    emulator.advance(1e6)
    assert inputs_of(emulator) == ["a"]


def test_time_is_counted_from_the_start(api: httpx.Client, emulator: Emulator) -> None:
    composition = create(api, autostart=False)
    add_inputs(composition, "a", "b", "c")
    for id_, moment in (("a", 0), ("b", 50_000), ("c", 100_000)):
        done(composition.remove("input", id_, schedule_time_ms=moment))
    emulator.advance(100)
    assert inputs_of(emulator) == ["a", "b", "c"]
    done(composition.post("start"))
    assert inputs_of(emulator) == ["b", "c"]
    emulator.advance(70)
    assert inputs_of(emulator) == ["c"]
    done(composition.post("reset"))
    add_inputs(composition, "c")
    emulator.advance(200)
    assert inputs_of(emulator) == ["c"]


def test_what_is_scheduled_twice_is_done_once(api: httpx.Client, emulator: Emulator) -> None:
    composition = create(api)
    add_inputs(composition, "a", "b")
    done(composition.add("output", "o", {**RTMP, "video": VIDEO}))
    for _ in range(2):
        done(
            composition.remove("input", "a", schedule_time_ms=5000),
            composition.remove("output", "o", schedule_time_ms=5000),
        )
    done(composition.update("o", video=OTHER, schedule_time_ms=9000))
    emulator.advance(10)
    assert (inputs_of(emulator), state_of(emulator)["outputs"]) == (["b"], {})
    refused(composition.remove("input", "a"), 404, "input a not found")


def test_what_is_scheduled_happens_by_itself(api: httpx.Client, emulator: Emulator) -> None:
    composition = create(api)
    add_inputs(composition, "a", "b")
    done(composition.remove("input", "a", schedule_time_ms=20_000))
    # Earlier than what is waited for already.
    done(composition.remove("input", "b", schedule_time_ms=1))
    until(lambda: inputs_of(emulator) == ["a"])


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


# How outputs end

ENDINGS: list[tuple[dict[str, Any], list[str], str | None]] = [
    # The condition, the inputs that end one after the other, and with which one the output ends.
    ({"any_of": ["a", "b"]}, ["c", "b"], "b"),
    ({"all_of": ["a", "b"]}, ["b", "c", "a"], "a"),
    ({"any_input": True}, ["c"], "c"),
    ({"all_inputs": True}, ["a", "b", "c"], "c"),
    ({"any_input": False}, ["a", "b", "c"], None),
    ({"all_inputs": False}, ["a", "b", "c"], None),
    ({}, ["a", "b", "c"], None),
]


@pytest.mark.parametrize("removed", [True, False])
@pytest.mark.parametrize(("condition", "order", "last"), ENDINGS)
def test_an_output_ends_with_its_inputs(
    api: httpx.Client,
    emulator: Emulator,
    condition: dict[str, Any],
    order: list[str],
    last: str | None,
    removed: bool,
) -> None:
    composition = create(api)
    add_inputs(composition, "a", "b", "c")
    audio = {"audio": {**AUDIO, "send_eos_when": condition}}
    done(composition.add("output", "o", {**RTMP, **audio}))
    for id_ in order:
        assert status_of(emulator) == "sending"
        if removed:
            done(composition.remove("input", id_))
        else:
            emulator.end_input(composition.id, id_)
    assert status_of(emulator) == ("sending" if last is None else "ended")
    assert inputs_of(emulator) == [id_ for id_ in "abc" if not removed or id_ not in order]


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ({"any_of": ["nobody"]}, "ended"),
        ({"all_of": ["nobody", "a"]}, "ended"),
        ({"all_inputs": True}, "ended"),
        ({"any_input": True}, "sending"),
    ],
)
def test_an_input_that_never_was_has_ended(
    api: httpx.Client, emulator: Emulator, condition: dict[str, Any], status: str
) -> None:
    composition = create(api, autostart=False)
    audio = {"audio": {**AUDIO, "send_eos_when": condition}}
    done(composition.add("output", "o", {**RTMP, **audio}))
    assert status_of(emulator) == "waiting"
    done(composition.post("start"))
    assert status_of(emulator) == status


def test_an_output_ends_when_all_of_it_has(api: httpx.Client, emulator: Emulator) -> None:
    composition = create(api)
    add_inputs(composition, "a", "b")
    video = {**VIDEO, "send_eos_when": {"any_of": ["a"]}}
    audio = {**AUDIO, "send_eos_when": {"any_of": ["b"]}}
    done(composition.add("output", "o", {**RTMP, "video": video, "audio": audio}))
    source = {"compositionURL": emulator.fishjam_id + composition.path, "outputId": "o"}
    assert api.post("/recordings", json={"source": source}).status_code == 201
    emulator.end_input(composition.id, "a")
    output = state_of(emulator)["outputs"]["o"]
    assert (output["video"]["ended"], output["audio"]["ended"]) == (True, False)
    assert output["video"]["resolution"] == SIZE
    assert (output["status"], emulator.recordings[0]["status"]) == ("sending", "active")
    emulator.end_input(composition.id, "b")
    assert (status_of(emulator), emulator.recordings[0]["status"]) == ("ended", "finished")
    done(composition.update("o", video=GRID, audio=MIX))
    # An input that has ended has ended once.
    audio = {**AUDIO, "send_eos_when": {"any_input": True}}
    done(composition.add("output", "p", {**RTMP, "audio": audio}))
    done(composition.remove("input", "a"))
    assert status_of(emulator, "p") == "sending"


def test_inputs_that_cannot_end(api: httpx.Client, emulator: Emulator) -> None:
    with pytest.raises(LookupError, match="composition c not found"):
        emulator.end_input("c", "i")
    with pytest.raises(LookupError, match="input i not found"):
        emulator.end_input(create(api).id, "i")


# How compositions are cleaned up


def test_a_composition_without_inputs_is_cleaned_up(api: httpx.Client, emulator: Emulator) -> None:
    composition = create(api)
    done(composition.add("output", "o", {**RTMP, "video": VIDEO}))
    source = {"compositionURL": emulator.fishjam_id + composition.path, "outputId": "o"}
    assert api.post("/recordings", json={"source": source}).status_code == 201
    emulator.advance(290)
    add_inputs(composition, "a")
    emulator.advance(1000)
    emulator.end_input(composition.id, "a")
    emulator.advance(290)
    add_inputs(composition, "b")
    done(composition.remove("input", "b"))
    emulator.advance(290)
    assert len(emulator.compositions) == 1
    emulator.advance(10)
    assert emulator.compositions == []
    assert emulator.recordings[0]["status"] == "finished"
    refused(composition.post("start"), 404, f"composition {composition.id} not found")


def test_outputs_may_keep_a_composition_alive(api: httpx.Client, emulator: Emulator) -> None:
    composition = create(api, cleanup_without_inputs=False)
    done(composition.add("output", "o", {**RTMP, "video": VIDEO}))
    emulator.advance(10_000)
    assert status_of(emulator) == "sending"
    done(composition.remove("output", "o"))
    emulator.advance(290)
    assert len(emulator.compositions) == 1
    emulator.advance(10)
    assert emulator.compositions == []


def test_a_composition_that_never_started_is_cleaned_up(
    api: httpx.Client, emulator: Emulator
) -> None:
    create(api, autostart=False, cleanup_without_inputs=False)
    emulator.advance(300)
    assert emulator.compositions == []


def test_the_five_minutes_begin_when_the_last_input_goes(
    api: httpx.Client, emulator: Emulator
) -> None:
    composition = create(api)
    add_inputs(composition, "a")
    done(composition.remove("input", "a", schedule_time_ms=50_000))
    # The clock jumps over the moment, but that was when it happened.
    emulator.advance(200)
    emulator.advance(140)
    assert len(emulator.compositions) == 1
    emulator.advance(10)
    assert emulator.compositions == []


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def still(clock: ManualClock) -> Iterator[Emulator]:
    with Emulator(clock=clock) as emulator:
        yield emulator


def test_a_manual_clock(still: Emulator, clock: ManualClock) -> None:
    headers = {"authorization": f"Bearer {still.management_token}"}
    with httpx.Client(base_url=still.fishjam_id, headers=headers, trust_env=False) as api:
        composition = create(api)
        add_inputs(composition, "a")
        done(composition.remove("input", "a", schedule_time_ms=10_000))
    clock.advance(309.5)
    assert inputs_of(still) == []
    clock.advance(0.5)
    assert still.compositions == []
