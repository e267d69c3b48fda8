# ruff: noqa: S301 (only what was pickled here is unpickled)
"""Every generated model against the schemas of the document that it was generated from."""

from __future__ import annotations

import copy
import importlib
import inspect
import json
import pickle
from collections.abc import Iterator
from enum import Enum
from typing import Any

import attrs
import pytest

from fishjam._core.decode import ShapeError
from fishjam._core.freeform import FreeForm
from fishjam._generated.fishjam_api import models
from tests.core.instances import (
    SCHEMAS,
    SECRET,
    Schema,
    broken,
    full,
    is_free_form,
    minimal,
    operations,
    resolve,
    with_unknown,
)

VARIANTS = range(6)  # as many as the longest enum has members


def class_part(name: str) -> str:
    return name[:1].upper() + name[1:]


def objects(name: str, schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Walk through a schema and the objects written inside it, each with its class name."""
    if schema.get("type") != "object" or is_free_form(schema):
        return
    yield name, schema
    for key, one in schema["properties"].items():
        yield from objects(name + class_part(key), one)


def inline_bodies() -> Iterator[tuple[str, Schema]]:
    """Give the JSON bodies that are written at their operation."""
    for operation in operations():
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        camel = "".join(map(class_part, operation["operationId"].split("_")))
        yield from objects(f"{camel}Request", schema)


MODELS: dict[str, Schema] = {
    class_name: found for name, one in SCHEMAS.items() for class_name, found in objects(name, one)
} | dict(inline_bodies())
CLASSES: dict[str, Any] = {
    name: one
    for name, one in vars(models).items()
    if inspect.isclass(one) and one.__module__.startswith("fishjam.") and attrs.has(one)
    if name != "Shape"
}
EACH = pytest.mark.parametrize("name", sorted(MODELS))


def answers(name: str) -> Iterator[dict[str, Any]]:
    """Make values as a server may send them."""
    schema = MODELS[name]
    yield minimal(schema)
    for variant in VARIANTS:
        yield full(schema, variant)


def test_every_object_of_the_document_has_its_class_and_none_is_left_over() -> None:
    assert set(MODELS) == set(CLASSES)


@EACH
def test_reading_and_writing_again_gives_the_same(name: str) -> None:
    for value in answers(name):
        model = CLASSES[name].from_dict(value)
        assert model.to_dict() == value
        assert json.loads(json.dumps(model.to_dict())) == value
        assert CLASSES[name].from_dict(model.to_dict()) == model


@EACH
def test_unknown_properties_are_ignored(name: str) -> None:
    for value in answers(name):
        more = with_unknown(MODELS[name], value)
        assert more != value
        assert CLASSES[name].from_dict(more) == CLASSES[name].from_dict(value)


@EACH
def test_null_reads_like_absent_where_a_property_may_be_left_out(name: str) -> None:
    schema = MODELS[name]
    least = minimal(schema)
    nulls = {key: None for key in schema["properties"] if key not in schema.get("required", [])}
    assert CLASSES[name].from_dict({**least, **nulls}) == CLASSES[name].from_dict(least)


@EACH
def test_every_broken_place_is_named(name: str) -> None:
    schema = MODELS[name]
    if "Config" in name and "type" in schema["properties"]:
        # The members of a discriminated union go by a `type` that may be left out.
        schema = {**schema, "required": ["options"]}
    for path, problem, value in broken(schema, full(schema)):
        with pytest.raises(ShapeError) as caught:
            CLASSES[name].from_dict(value)
        assert caught.value.path == path
        assert problem in caught.value.problem


@EACH
def test_copies_and_pickles_are_equal(name: str) -> None:
    for value in answers(name):
        model = CLASSES[name].from_dict(value)
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.loads(pickle.dumps(model, protocol)) == model
        assert copy.copy(model) == model
        deep = copy.deepcopy(model)
        assert deep == model
        assert deep.to_dict() == value


@EACH
def test_models_compare_by_value_and_class(name: str) -> None:
    one, other = (CLASSES[name].from_dict(full(MODELS[name])) for _ in range(2))
    assert one == other
    assert one != full(MODELS[name])
    for field in attrs.fields(CLASSES[name]):
        assert attrs.evolve(one, **{field.name: "another"}) != one


@EACH
def test_there_are_no_further_attributes(name: str) -> None:
    model = CLASSES[name].from_dict(full(MODELS[name]))
    with pytest.raises(AttributeError):
        model.brand_new = 1


@EACH
def test_no_repr_shows_a_secret(name: str) -> None:
    for value in answers(name):
        model = CLASSES[name].from_dict(value)
        for shown in (repr(model), str(model), f"{model}", repr([model])):
            assert SECRET not in shown
            assert shown.strip("[").startswith(f"{name}(")


def test_there_are_secrets_to_be_hidden() -> None:
    hidden = {name for name in MODELS if SECRET in json.dumps(full(MODELS[name]))}
    assert {"MoqAccess", "PeerOptionsVapi", "StreamerToken", "Stream"} <= hidden
    vapi = models.PeerOptionsVapi(api_key="k", call_id="c")
    assert repr(vapi).startswith("PeerOptionsVapi(api_key='***', call_id='c', ")
    assert repr(models.Viewer("v", "t")) == "Viewer(id='v', token='***')"


@EACH
def test_required_fields_come_first_each_in_the_documents_order(name: str) -> None:
    schema = MODELS[name]
    fields = attrs.fields(CLASSES[name])
    with_default = [field.default is not attrs.NOTHING for field in fields]
    assert with_default == sorted(with_default)
    written = [python_name(key) for key in schema["properties"]]
    for defaults in (False, True):
        names = [field.name for field in fields if (field.default is not attrs.NOTHING) == defaults]
        assert names == [one for one in written if one in names]
    assert sorted(written) == sorted(field.name for field in fields)


def python_name(key: str) -> str:
    snake = "".join(f"_{one.lower()}" if one.isupper() else one for one in key)
    return {"composition_u_r_l": "composition_url", "type": "type_"}.get(snake, snake)


@EACH
def test_fields_are_taken_by_position_and_by_keyword(name: str) -> None:
    model = CLASSES[name].from_dict(full(MODELS[name], 1))
    values = attrs.asdict(model, recurse=False)
    assert CLASSES[name](*values.values()) == model
    assert CLASSES[name](**values) == model


@EACH
def test_the_class_can_be_imported_from_where_it_says(name: str) -> None:
    one = CLASSES[name]
    assert getattr(importlib.import_module(one.__module__), one.__qualname__) is one


def test_the_defaults_are_those_of_the_document() -> None:
    config = models.RoomConfig()
    assert config.room_type is models.RoomType.CONFERENCE
    assert (config.max_peers, config.public, config.webhook_url) == (None, False, None)
    source = models.CompositionSource("u", "o")
    assert source.scale_ratio == 1.0
    assert models.TemplateSource("u").audio is True
    assert models.TrackForwarding("u").selector == "all"
    output = models.AgentOutput()
    assert (output.audio_format, output.audio_sample_rate) == ("pcm16", 16000)


def test_whole_numbers_do_for_numbers_and_numbers_for_whole_ones() -> None:
    source = models.CompositionSource.from_dict(
        {"compositionURL": "u", "outputId": "o", "scaleRatio": 2}
    )
    assert source.scale_ratio == 2.0
    assert isinstance(source.scale_ratio, float)
    size = models.TemplateSourceResolution.from_dict({"height": 720.0, "width": 1280})
    assert (size.height, size.width) == (720, 1280)
    assert isinstance(size.height, int)


@pytest.mark.parametrize("bad", [720.5, float("inf"), float("nan"), True, "720", None])
def test_what_is_no_whole_number(bad: Any) -> None:
    with pytest.raises(ShapeError, match="height: expected a whole number"):
        models.TemplateSourceResolution.from_dict({"height": bad, "width": 1})


def test_a_number_too_large_for_a_float() -> None:
    source = {"compositionURL": "u", "outputId": "o", "scaleRatio": 10**400}
    with pytest.raises(ShapeError, match="scaleRatio: a number that is too large"):
        models.CompositionSource.from_dict(source)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"compositionURL": "u", "outputId": "o"}, models.CompositionSource),
        ({"compositionURL": "u", "outputId": "o", "scaleRatio": 2}, models.CompositionSource),
        ({"compositionURL": "u", "outputId": "o", "new": 1}, models.CompositionSource),
        ({"compositionURL": "u"}, models.TemplateSource),
        ({"compositionURL": "u", "audio": False}, models.TemplateSource),
        ({"compositionURL": "u", "audio": False, "new": 1}, models.TemplateSource),
        ({"brandNew": 1}, dict),
        ({}, dict),
    ],
)
def test_the_member_of_a_union_is_found_by_its_properties(value: Any, kind: type) -> None:
    recording = models.Recording.from_dict(
        {"id": "r", "status": "active", "files": [], "source": value}
    )
    assert type(recording.source) is kind
    if kind is dict:
        assert recording.source == value
        assert recording.to_dict()["source"] == value
        assert pickle.loads(pickle.dumps(recording)) == recording


@pytest.mark.parametrize("kind", ["webrtc", "agent", "vapi"])
def test_the_member_of_a_union_is_found_by_its_type(kind: str) -> None:
    variant = ["webrtc", "agent", "vapi"].index(kind)
    value = full(SCHEMAS["PeerConfig"], variant)
    member = models.read_peer_config(value)
    assert not isinstance(member, dict)
    assert member.type_ == kind
    assert member.to_dict() == value


@pytest.mark.parametrize("value", [{"type": "hologram"}, {"type": None}, {"type": {}}, {}])
def test_a_type_that_is_not_known_stays_a_dict(value: dict[str, Any]) -> None:
    assert models.read_peer_config(value) == value


def test_free_form_properties_are_dicts_of_their_own_class() -> None:
    peer = models.Peer.from_dict(full(SCHEMAS["Peer"]))
    assert isinstance(peer.metadata, models.PeerMetadata)
    assert isinstance(peer.tracks[0].metadata, models.TrackMetadata)
    assert peer.metadata["nested"]["list"] == [None, True, 1.5, "x"]
    nobody = models.Peer.from_dict({**full(SCHEMAS["Peer"]), "metadata": None})
    assert nobody.metadata is None
    assert nobody.to_dict()["metadata"] is None


@pytest.mark.parametrize("name", sorted(vars(models)))
def test_public_classes_live_where_they_are_public(name: str) -> None:
    one = vars(models)[name]
    generated = (inspect.isclass(one) and issubclass(one, (Enum, FreeForm))) or attrs.has(one)
    if not generated or name in {"FreeForm", "OpenStrEnum", "OpenIntEnum", "Shape"}:
        return
    home = importlib.import_module(one.__module__)
    assert getattr(home, name) is one
    if "_generated" not in one.__module__:
        assert name in home.__all__


def test_schemas_without_properties_are_plain_values() -> None:
    assert not [name for name in MODELS if not resolve(MODELS[name])["properties"]]
