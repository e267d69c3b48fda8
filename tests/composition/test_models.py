"""Models of the Composition API: written and read back, with defaults, and without secrets."""

from __future__ import annotations

import enum
import pickle
import re
from typing import Any

import attrs
import pytest

import fishjam.composition
from fishjam import Mp4InputDurations, WhipInputTarget
from fishjam._generated.composition_api import models
from fishjam.composition import (
    EasingFunctionBounce,
    HorizontalAlign,
    Image,
    InputStream,
    Mp4Input,
    Rescaler,
    RtmpInput,
    RtmpOutput,
    Text,
    Tiles,
    Transition,
    UpdateOutputRequest,
    VideoScene,
    View,
    ViewDirection,
    ViewType,
    WhepInput,
    WhipInput,
    WhipOutput,
)
from tests.composition.values import OBJECTS, SCHEMAS, SECRET, UNIONS, full, minimal


@pytest.mark.parametrize("name", OBJECTS)
def test_every_object_is_written_and_read_back(name: str) -> None:
    kind = getattr(models, name)
    for value in (minimal(SCHEMAS[name]), *(full(SCHEMAS[name], one) for one in range(9))):
        read = kind.from_dict(value)
        assert read.to_dict() == value
        assert kind.from_dict({**value, "brand_new": 1}) == read
        assert pickle.loads(pickle.dumps(read)) == read  # noqa: S301
        assert SECRET not in repr(read)


@pytest.mark.parametrize("name", UNIONS)
def test_every_member_of_a_union_is_told_by_its_tag(name: str) -> None:
    schema = SCHEMAS[name]
    snake_case = re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower()
    read = getattr(models, f"read_{snake_case}")
    tag = schema["discriminator"]["propertyName"]
    for value, ref in schema["discriminator"]["mapping"].items():
        member = getattr(models, ref.rpartition("/")[2])
        data = full(SCHEMAS[ref.rpartition("/")[2]])
        assert data[tag] == value
        assert type(read(data)) is member
        assert read(data).to_dict() == data
    unknown = {tag: "hologram", "depth": [1, {"a": None}]}
    assert read(unknown) == unknown
    assert type(read(unknown)) is dict


@pytest.mark.parametrize("name", OBJECTS)
def test_a_kind_is_told_by_its_only_value(name: str) -> None:
    kind = getattr(models, name)
    for one in attrs.fields(kind):
        if one.name in {"type_", "asset_type", "function_name"}:
            assert isinstance(one.default, enum.Enum)
            assert list(type(one.default)) == [one.default]


@pytest.mark.parametrize("name", sorted(set(SCHEMAS) - {"ApiError", "EmptyResponse"}))
def test_every_schema_is_public(name: str) -> None:
    assert getattr(fishjam.composition, name) is getattr(models, name)
    assert name in dir(fishjam.composition)


def test_nothing_null_is_read_and_nothing_none_is_written() -> None:
    for name in OBJECTS:
        properties = SCHEMAS[name]["properties"]
        optional = set(properties) - set(SCHEMAS[name].get("required", ()))
        value = {**dict.fromkeys(optional), **minimal(SCHEMAS[name])}
        assert getattr(models, name).from_dict(value).to_dict() == minimal(SCHEMAS[name])


def test_a_grid_of_peers_takes_a_few_lines() -> None:
    peers = ["ada", "bob", "cy"]

    grid = VideoScene(Tiles(children=[InputStream(peer) for peer in peers], margin=8))

    assert grid.to_dict() == {
        "root": {
            "type": "tiles",
            "children": [{"type": "input_stream", "input_id": peer} for peer in peers],
            "margin": 8,
        }
    }


def test_a_scene_with_all_kinds_of_components() -> None:
    scene = VideoScene(
        View(
            direction=ViewDirection.COLUMN,
            children=[
                Rescaler(InputStream("ada", id="speaker"), horizontal_align=HorizontalAlign.LEFT),
                Text("Hello", 40, color="#ffffffff"),
                Image("logo", width=64),
            ],
            transition=Transition(300, EasingFunctionBounce()),
        )
    )

    assert scene.to_dict() == {
        "root": {
            "type": "view",
            "direction": "column",
            "children": [
                {
                    "type": "rescaler",
                    "child": {"type": "input_stream", "input_id": "ada", "id": "speaker"},
                    "horizontal_align": "left",
                },
                {"type": "text", "text": "Hello", "font_size": 40, "color": "#ffffffff"},
                {"type": "image", "image_id": "logo", "width": 64},
            ],
            "transition": {"duration_ms": 300, "easing_function": {"function_name": "bounce"}},
        }
    }
    assert VideoScene.from_dict(scene.to_dict()) == scene


def test_what_is_not_known_is_kept() -> None:
    hologram = {"type": "hologram", "depth": 3, "children": [{"type": "view"}]}
    data = {"root": {"type": "view", "direction": "diagonal", "children": [hologram]}}

    scene = VideoScene.from_dict(data)

    assert isinstance(scene.root, View)
    assert scene.root.direction == "diagonal"
    assert scene.root.children == [hologram]
    assert scene.to_dict() == data
    assert VideoScene(hologram).to_dict() == {"root": hologram}


def test_plain_strings_serve_as_members() -> None:
    plain: Any = "row"
    assert View(direction=plain).to_dict() == {"type": "view", "direction": "row"}


def test_kinds_may_be_given_as_in_published_code() -> None:
    assert View(ViewType.VIEW) == View(type_=ViewType.VIEW) == View()
    assert Mp4Input(url="u") == Mp4Input("u", models.Mp4InputType.MP4)


def test_an_update_holds_scenes_of_the_same_classes_as_a_registration() -> None:
    data = {"video": {"root": {"type": "view"}}, "audio": {"inputs": [{"input_id": "ada"}]}}

    update = UpdateOutputRequest.from_dict(data)

    assert update.video == VideoScene(View())
    assert update.audio == models.AudioScene([models.AudioSceneInput("ada")])


@pytest.mark.parametrize(
    "value",
    [
        WhipInput(bearer_token=SECRET),
        WhepInput("url", bearer_token=SECRET),
        WhipOutput("url", bearer_token=SECRET),
        RtmpInput(SECRET),
        RtmpOutput(f"rtmp://x/{SECRET}"),
        WhipInputTarget("url", SECRET),
    ],
    ids=lambda value: type(value).__name__,
)
def test_secrets_are_not_shown(value: Any) -> None:
    assert SECRET not in repr(value)
    assert type(value).__name__ in repr(value)


def test_results_are_dataclasses_with_their_fields_by_position() -> None:
    assert WhipInputTarget("u", "t") == WhipInputTarget(url="u", bearer_token="t")
    assert WhipInputTarget("u", "t") != WhipInputTarget("u", "other")
    assert repr(Mp4InputDurations(1, None)) == (
        "Mp4InputDurations(video_duration_ms=1, audio_duration_ms=None)"
    )
