"""Compositions over REST: their inputs, outputs, images, fonts and events."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest

from fishjam.emulator import Emulator
from fishjam.emulator._model.state import State
from fishjam.emulator._rest.composition_operations import CompositionOperations
from fishjam.emulator._rest.operation_request import OperationRequest
from tests.support.compositions import (
    ADA,
    AUDIO,
    GRID,
    MIX,
    RTMP,
    SIZE,
    VIDEO,
    Composing,
    Json,
    create,
    done,
    refused,
)


@pytest.fixture
def composition(api: httpx.Client) -> Composing:
    return create(api)


def state_of(emulator: Emulator) -> dict[str, Any]:
    (state,) = emulator.compositions
    return state


def output_of(emulator: Emulator) -> dict[str, Any]:
    (output,) = state_of(emulator)["outputs"].values()
    assert isinstance(output, dict)
    return output


def test_a_new_composition(api: httpx.Client, emulator: Emulator) -> None:
    answer = api.post("/api/composition", json={})
    created = answer.json()
    assert answer.status_code == 201
    id_ = created["composition_id"]
    assert created["api_url"] == f"{emulator.fishjam_id}/api/composition/{id_}"
    assert emulator.compositions == [
        {
            "id": id_,
            "status": "started",
            "inputs": {},
            "outputs": {},
            "images": {},
            "fonts": [],
            "events": [],
        }
    ]
    emulator.reset()
    assert emulator.compositions == []


def test_a_composition_that_is_started_by_hand(api: httpx.Client, emulator: Emulator) -> None:
    composition = create(api, autostart=False)
    done(composition.add("output", "o", {**RTMP, "video": VIDEO}))
    assert (state_of(emulator)["status"], output_of(emulator)["status"]) == ("created", "waiting")
    for _ in range(2):
        done(composition.post("start"))
        assert state_of(emulator)["status"] == "started"
        assert output_of(emulator)["status"] == "sending"


@pytest.mark.parametrize("autostart", [True, False])
def test_a_reset(api: httpx.Client, emulator: Emulator, autostart: bool) -> None:
    composition = create(api, autostart=autostart)
    before = emulator.compositions
    done(
        composition.add("image", "i", {"asset_type": "png", "url": "http://x"}),
        composition.add("output", "o", {**RTMP, "audio": AUDIO}),
        composition.post("font/register", files={"font": b"font"}),
        composition.post("event", json={"event_name": "e"}),
        composition.post("start"),
    )
    assert composition.add("input", "i", {"type": "whip_server"}).status_code == 200
    done(composition.post("reset"))
    assert emulator.compositions == before


def test_a_composition_that_is_deleted(composition: Composing, emulator: Emulator) -> None:
    answer = composition.api.delete(composition.path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert emulator.compositions == []
    text = f"composition {composition.id} not found"
    refused(composition.api.delete(composition.path), 404, text)


BODIES: dict[str, Any] = {
    "start": {},
    "reset": {},
    "event": {"json": {"event_name": "e"}},
    "font/register": {"files": {"font": b"x"}},
    "image/i/register": {"json": {"asset_type": "png", "url": "u"}},
    "image/i/unregister": {"json": {}},
    "input/i/register": {"json": {"type": "whip_server"}},
    "input/i/unregister": {"json": {}},
    "output/o/register": {"json": {**RTMP, "video": VIDEO}},
    "output/o/template": {
        "files": {
            "config": (
                None,
                '{"type": "rtmp_client", "url": "u", "audio": {"initial": {"inputs": []}}}',
                "application/json",
            ),
            "template": b"t",
        }
    },
    "output/o/update": {"json": {}},
    "output/o/unregister": {"json": {}},
    "output/o/request_keyframe": {},
}


@pytest.mark.parametrize("path", BODIES)
def test_a_composition_that_is_not_there(api: httpx.Client, path: str) -> None:
    answer = Composing(api, "nobody's").post(path, **BODIES[path])
    refused(answer, 404, "composition nobody's not found")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("image/i/unregister", "image i not found"),
        ("input/i/unregister", "input i not found"),
        ("output/o/update", "output o not found"),
        ("output/o/unregister", "output o not found"),
        ("output/o/request_keyframe", "output o not found"),
    ],
)
def test_what_is_not_in_a_composition(composition: Composing, path: str, text: str) -> None:
    refused(composition.post(path, **BODIES[path]), 404, text)


# Inputs


def test_whip_inputs(composition: Composing, emulator: Emulator) -> None:
    brought = composition.add("input", "a/b", {"type": "whip_server"}).json()
    assert brought["endpoint_route"] == "/whip/a%2Fb"
    assert len(brought["bearer_token"]) > 20
    own = {"type": "whip_server", "bearer_token": "own", "video": False}
    assert composition.add("input", "own", own).json()["bearer_token"] == "own"
    empty = {"type": "whip_server", "bearer_token": None}
    assert composition.add("input", "empty", empty).json()["bearer_token"]
    inputs = state_of(emulator)["inputs"]
    assert list(inputs) == ["a/b", "own", "empty"]
    assert inputs["a/b"]["bearer_token"] == brought["bearer_token"]
    assert inputs["own"] == {**own, "ended": False}


def test_other_inputs(composition: Composing, emulator: Emulator) -> None:
    def brought(id_: str, **settings: Any) -> Any:
        answer = composition.add("input", id_, settings)
        assert answer.status_code == 200
        return answer.json()

    assert brought("a", type="whep_client", endpoint_url="http://x") == {}
    durations = {"video_duration_ms": 10_000, "audio_duration_ms": 10_000}
    assert brought("b", type="mp4", url="http://x/y.mp4", loop=True) == durations
    rtmp = brought("c", type="rtmp_server", stream_key="my key/1")
    assert rtmp == {"publish_url": "rtmp://127.0.0.1:1935/my%20key%2F1"}
    assert list(state_of(emulator)["inputs"]) == ["a", "b", "c"]


def test_the_host_of_rtmp_inputs_may_be_one_of_ipv6() -> None:
    state = State(time.time, lambda: "c")
    state.compositions.create(autostart=True, cleanup_without_inputs=True)
    parameters = {"composition_id": "c", "input_id": "i"}
    call = OperationRequest(
        parameters, [], {"type": "rtmp_server", "stream_key": "k"}, "", None, {}
    )
    answer = CompositionOperations(state, "http://[::1]:5002").register_input(call)
    assert json.loads(answer.content) == {"publish_url": "rtmp://[::1]:1935/k"}


def test_an_id_is_used_once(composition: Composing) -> None:
    image = {"asset_type": "auto", "url": "u"}
    for kind, body in (
        ("input", {"type": "mp4", "url": "u"}),
        ("output", {**RTMP, "video": VIDEO}),
        ("image", image),
    ):
        assert composition.add(kind, "one", body).status_code == 200
        refused(composition.add(kind, "one", body), 400, f"{kind} one is registered already")
        done(composition.remove(kind, "one"))
        refused(composition.remove(kind, "one"), 404, f"{kind} one not found")
        assert composition.add(kind, "one", body).status_code == 200


# Outputs


def test_an_output_with_video_and_audio(composition: Composing, emulator: Emulator) -> None:
    whip = {"type": "whip_client", "endpoint_url": "http://x", "bearer_token": "t"}
    audio = {**AUDIO, "channels": "mono", "encoder_preferences": [{"type": "any"}]}
    done(composition.add("output", "o", {**whip, "video": VIDEO, "audio": audio}))
    assert output_of(emulator) == {
        **whip,
        "video": {"resolution": SIZE, "scene": GRID, "ended": False},
        "audio": {
            "channels": "mono",
            "encoder_preferences": [{"type": "any"}],
            "scene": MIX,
            "ended": False,
        },
        "status": "sending",
        "template": None,
        "keyframes": 0,
    }


def test_an_update_mirrors_the_registration(composition: Composing, emulator: Emulator) -> None:
    done(
        composition.add("output", "v", {**RTMP, "video": VIDEO, "audio": None}),
        composition.add("output", "a", {**RTMP, "audio": AUDIO}),
        composition.add("output", "av", {**RTMP, "video": VIDEO, "audio": AUDIO}),
    )
    scene: Json = {"root": {"type": "view"}}
    silence: Json = {"inputs": []}
    done(
        composition.update("v", video=scene),
        composition.update("a", audio=silence, video=None),
        composition.update("av", audio=silence, video=scene),
    )
    outputs = state_of(emulator)["outputs"]
    assert (outputs["v"]["video"]["scene"], outputs["v"]["audio"]) == (scene, None)
    assert (outputs["a"]["video"], outputs["a"]["audio"]["scene"]) == (None, silence)
    text = "output {} was registered with {}, and an update has to give the same, not {}"
    for id_, registered, body, given in (
        ("v", "video", {"audio": silence}, "audio"),
        ("v", "video", {"video": scene, "audio": silence}, "video and audio"),
        ("a", "audio", {}, "neither"),
        ("av", "video and audio", {"video": scene}, "video"),
    ):
        refused(composition.update(id_, **body), 400, text.format(id_, registered, given))
    assert state_of(emulator)["outputs"] == outputs


def test_keyframes_are_for_pictures(composition: Composing, emulator: Emulator) -> None:
    done(composition.add("output", "v", {**RTMP, "video": VIDEO}))
    for _ in range(2):
        done(composition.post("output/v/request_keyframe"))
    assert output_of(emulator)["keyframes"] == 2
    done(composition.add("output", "a", {**RTMP, "audio": AUDIO}))
    refused(composition.post("output/a/request_keyframe"), 400, "output a has no video")


def test_an_output_with_a_template(composition: Composing, emulator: Emulator) -> None:
    done(composition.add_with_template("o", {**RTMP, "video": VIDEO}, b"\x00\xffjs"))
    output = output_of(emulator)
    assert output["template"] == b"\x00\xffjs"
    # The template makes the scenes, and what is not in the settings is not there at all.
    assert output["video"] == {"resolution": SIZE, "scene": None, "ended": False}
    assert output["audio"] is None
    done(composition.add_with_template("large", {**RTMP, "audio": AUDIO}, b"x" * 3_000_000))
    again = composition.add_with_template("o", {**RTMP, "video": VIDEO}, b"x")
    refused(again, 400, "output o is registered already")
    bare = composition.add_with_template("bare", RTMP, b"x")
    refused(bare, 400, "body.config: an output needs video, audio or both")


TEXT = {"type": "text", "text": "t", "font_size": 10}
LOW = {**TEXT, "height": 5}


def video(root: Any) -> dict[str, Any]:
    return {"video": {"resolution": SIZE, "initial": {"root": root}}}


def audio(**options: Any) -> dict[str, Any]:
    return {"audio": {**AUDIO, **options}}


BAD_OUTPUTS: list[tuple[Any, str]] = [
    ({}, "body: an output needs video, audio or both"),
    ({"type": "x"}, "body.type: 'x' is not one of ['rtmp_client', 'whip_client']"),
    ({"video": {}}, "body.video: 'resolution' is a required property"),
    (video({"type": "x"}), "body.video.initial.root.type: 'x' is not one of ['input_stream', "),
    (video({"type": "view", "childern": []}), "'childern' was unexpected"),
    (
        video({"type": "view", "children": [ADA, {"type": "rescaler", "child": {**ADA, "id": 5}}]}),
        "body.video.initial.root.children[1].child.id: 5 is not of type 'string'",
    ),
    (
        video({"type": "rescaler", "child": {"type": "tiles", "children": [ADA, LOW]}}),
        "body.video.initial.root.child.children[1]: a height needs a width beside it",
    ),
    (
        audio(initial={"inputs": [{"input_id": "a", "volume": v} for v in (0, 2, 2.1)]}),
        "body.audio.initial.inputs[2].volume: 2.1 is not from 0 to 2",
    ),
    (
        audio(encoder_preferences=[{"type": "any"}, {"type": "opus", "sample_rate": 44100}]),
        "body.audio.encoder_preferences[1].sample_rate: 44100 is not one of [8000, ",
    ),
    (
        audio(send_eos_when={"any_of": [], "all_inputs": False}),
        "body.audio.send_eos_when: only one of them may be set, not any_of and all_inputs",
    ),
    (
        {"video": {**VIDEO, "send_eos_when": {"all_of": ["a"], "any_input": True}}},
        "body.video.send_eos_when: only one of them may be set, not all_of and any_input",
    ),
]


@pytest.mark.parametrize(("changes", "text"), BAD_OUTPUTS)
def test_outputs_that_are_not_taken(composition: Composing, changes: Any, text: str) -> None:
    whip = {"type": "whip_client", "endpoint_url": "http://x"}
    base = whip if "encoder_preferences" in str(changes) else RTMP
    refused(composition.add("output", "o", {**base, **changes}), 400, text)


def test_an_output_needs_its_kind(composition: Composing) -> None:
    body = {"url": "rtmp://x", "video": VIDEO}
    refused(composition.add("output", "o", body), 400, "body: 'type' is a required property")


def test_updates_that_are_not_taken(composition: Composing) -> None:
    done(composition.add("output", "o", {**RTMP, "video": VIDEO, "audio": AUDIO}))
    root = {**TEXT, "height": 1, "width": None}
    answer = composition.update("o", video={"root": root}, audio=MIX)
    refused(answer, 400, "body.video.root: a height needs a width beside it")
    answer = composition.update(
        "o", video=GRID, audio={"inputs": [{"input_id": "a", "volume": -1}]}
    )
    refused(answer, 400, "body.audio.inputs[0].volume: -1 is not from 0 to 2")


def test_what_is_left_out_may_be_null(composition: Composing) -> None:
    root = {
        "type": "view",
        "children": None,
        "direction": None,
        "transition": {"duration_ms": 1, "easing_function": None},
        "box_shadow": [{"color": None}],
    }
    options = {"send_eos_when": {"any_of": None, "all_inputs": True}, "mixing_strategy": None}
    output = {**RTMP, **video({**root, "children": [{**TEXT, "height": None}]})}
    done(composition.add("output", "v", {**output, "audio": None}))
    whip = {"type": "whip_client", "endpoint_url": "http://x", "bearer_token": None}
    preferences = [{"type": "opus", "sample_rate": None, "preset": None}]
    done(
        composition.add(
            "output", "a", {**whip, **audio(**options, encoder_preferences=preferences)}
        )
    )
    done(composition.add("output", "n", {**whip, **audio(encoder_preferences=None), **video(root)}))


def test_scenes_may_be_deep_and_wide(composition: Composing) -> None:
    scene: Any = ADA
    for level in range(45):
        scene = {"type": "tiles" if level % 2 else "view", "children": [scene]}
    done(composition.add("output", "deep", {**RTMP, **video(scene)}))
    wide = {"type": "tiles", "children": [ADA] * 200}
    done(composition.add("output", "wide", {**RTMP, **video(wide)}))


# Renderers and events


@pytest.mark.parametrize(
    "spec",
    [
        {"asset_type": "png", "url": "http://x"},
        {"asset_type": "svg", "url": "http://x", "resolution": SIZE},
        {"asset_type": "svg", "url": "http://x", "resolution": None},
        {"asset_type": "auto", "url": "http://x"},
    ],
)
def test_images(composition: Composing, emulator: Emulator, spec: Any) -> None:
    done(composition.add("image", "lo/go", spec))
    assert state_of(emulator)["images"] == {"lo/go": spec}
    done(composition.remove("image", "lo/go"))
    assert state_of(emulator)["images"] == {}


def test_an_image_that_is_not_taken(composition: Composing) -> None:
    answer = composition.add("image", "i", {"asset_type": "bmp", "url": "u"})
    refused(answer, 400, "body.asset_type: 'bmp' is not one of ['png', 'jpeg', 'svg', 'gif'")


def test_fonts(composition: Composing, emulator: Emulator) -> None:
    for _ in range(2):
        done(composition.post("font/register", files={"font": ("a.ttf", b"\x00\xff")}))
    assert state_of(emulator)["fonts"] == [b"\x00\xff"] * 2
    answer = composition.post("font/register", files={"fnt": b"x"})
    refused(answer, 400, "body: 'font' is a required property")
    answer = composition.post("font/register", json={})
    refused(answer, 400, "body: Content-Type must be multipart/form-data, not application/json")


def test_events(composition: Composing, emulator: Emulator) -> None:
    sent = [{"event_name": "START"}, {"event_name": "", "data": None}]
    sent += [{"event_name": "x", "data": data} for data in (0, "", [1, {"a": None}])]
    for event in sent:
        done(composition.post("event", json=event))
    assert state_of(emulator)["events"] == sent
    refused(composition.post("event", json={"data": 1}), 400, "'event_name' is a required")


# The same code path as for rooms


def test_unknown_paths_and_methods(api: httpx.Client, emulator: Emulator) -> None:
    for path in ("/api/composition/c/nothing", "/api/composition/c/whip/camera"):
        refused(api.post(path), 404, f"unknown path: {path}")
    refused(api.get("/api/composition"), 405, "method GET is not allowed here")
    # They lie at the origin of the server, and not under the base URL of a Fishjam.
    answer = api.post("/api/v1/connect/id/api/composition", json={})
    assert (answer.status_code, list(answer.json())) == (404, ["errors"])
    doubled = f"{emulator.fishjam_id}//api//composition/"
    assert api.post(doubled, json={}).status_code == 201


def test_faults(plain: httpx.Client, emulator: Emulator) -> None:
    emulator.fail_next(503, operation="create_composition", retry_after=1)
    assert plain.get("/room").status_code == 200
    answer = plain.post("/api/composition", json={})
    refused(answer, 503, "failure 503 on request")
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["content-type"] == "application/json"
    emulator.fail_next(500, content_type="application/problem+json")
    answer = plain.post("/api/composition", json={})
    assert answer.headers["content-type"] == "application/problem+json"
    emulator.break_next(operation="create_composition", after_effect=True)
    with pytest.raises(httpx.RemoteProtocolError):
        plain.post("/api/composition", json={})
    assert len(emulator.compositions) == 1


def test_the_journal(composition: Composing, emulator: Emulator) -> None:
    done(composition.add_with_template("o", {**RTMP, "video": VIDEO}, b"js"))
    created, registered = emulator.requests
    assert (created.operation, created.json, created.status) == ("create_composition", {}, 201)
    assert registered.operation == "register_template_output"
    assert [part.name for part in registered.parts] == ["config", "template"]


@pytest.mark.parametrize("count", [1000, 1001, 20_000])
def test_a_scene_has_a_limit(api: httpx.Client, count: int) -> None:
    composition = create(api)
    leaf = {"type": "view"}
    wide = {"root": {"type": "view", "children": [leaf] * (count - 1)}}
    nested = {"root": {"type": "rescaler", "child": {"type": "view", "children": [leaf] * count}}}
    mix = {"inputs": [{"input_id": "a"}] * count}
    answers = [
        composition.add("output", "v", {**RTMP, "video": {**VIDEO, "initial": wide}}),
        composition.add("output", "a", {**RTMP, "audio": {"initial": mix}}),
        composition.add_with_template("t", {**RTMP, "audio": {"initial": mix}}, b"1"),
    ]
    if count == 1000:
        done(*answers)
        answers = [composition.update("v", video=wide), composition.update("a", audio=mix)]
        done(*answers)
        return
    answers += [composition.update("v", video=wide), composition.update("v", video=nested)]
    for answer in answers:
        assert answer.status_code == 400
        assert answer.json()["message"].endswith("more than 1000 elements in one scene")


@pytest.mark.parametrize(
    "video", [None, 1, [], {"root": 2}, {"root": {"children": {}, "child": 3}}]
)
def test_a_scene_that_is_none_is_refused(api: httpx.Client, video: Any) -> None:
    answer = create(api).update("o", video=video, audio={"inputs": 5})
    assert answer.status_code == 400
