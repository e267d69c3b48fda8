"""Query parameters: plain values, enums and `deepObject`."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from tests.codegen.small_api import Api

SCHEMAS = """
Status: {type: string, enum: [active, failed]}
Level: {type: integer, enum: [1, 2]}
"""

COMPONENTS = """
parameters:
  Mood: {in: query, name: mood, schema: {type: string, enum: [good, bad]}}
"""

PATHS = """
/things:
  parameters:
    - {in: query, name: order, schema: {type: string, enum: [up, down]}}
    - $ref: '#/components/parameters/Mood'
  get:
    operationId: find
    parameters:
      - {in: query, name: word, required: true, description: What to find., schema: {type: string}}
      - {in: query, name: maxCount, schema: {type: integer}}
      - {in: query, name: exact, schema: {type: boolean}}
      - {in: query, name: status, schema: {$ref: '#/components/schemas/Status'}}
      - {in: query, name: level, required: true, schema: {$ref: '#/components/schemas/Level'}}
      - {in: query, name: page-size, schema: {type: string, enum: [small, big]}}
      - {in: query, name: metadata, style: deepObject, explode: true, schema: {type: object}}
    responses: {"204": {description: Nothing.}}
  post:
    operationId: mark
    parameters:
      - in: query
        name: labels
        required: true
        style: deepObject
        schema: {type: object, additionalProperties: true}
    responses: {"204": {description: Nothing.}}
"""


@pytest.fixture(scope="module")
def api(small_api: Callable[..., Api]) -> Api:
    return small_api(schemas=SCHEMAS, paths=PATHS, components=COMPONENTS)


def test_what_is_optional_is_left_out(api: Api) -> None:
    assert api.endpoints.find(word="w", level=1).query == (("word", "w"), ("level", "1"))


@pytest.mark.parametrize("missing", ["word", "level"])
def test_what_is_required_must_be_given(api: Api, missing: str) -> None:
    given: dict[str, Any] = {"word": "w", "level": 1}
    del given[missing]

    with pytest.raises(TypeError, match=missing):
        api.endpoints.find(**given)


def test_values_are_written_as_text_in_the_order_of_the_document(api: Api) -> None:
    models = api.models

    request = api.endpoints.find(
        metadata={"a": {"b": "1"}, "c": ["2", None]},
        page_size=models.FindParametersQueryPageSize.BIG,
        level=models.Level.INTEGER_2,
        status=models.Status.FAILED,
        exact=False,
        max_count=3,
        word="w",
        mood="good",
        order=models.FindParametersQueryOrder.UP,
    )

    assert request.query == (
        ("order", "up"),
        ("mood", "good"),
        ("word", "w"),
        ("maxCount", "3"),
        ("exact", "false"),
        ("status", "failed"),
        ("level", "2"),
        ("page-size", "big"),
        ("metadata[a][b]", "1"),
        ("metadata[c]", "2"),
        ("metadata[c]", ""),
    )


def test_a_required_deep_object(api: Api) -> None:
    assert api.endpoints.mark(labels={"a": 1}).query == (("labels[a]", "1"),)
    with pytest.raises(TypeError, match="labels"):
        api.endpoints.mark()


def test_annotations_say_what_may_be_given(api: Api) -> None:
    hints = {
        name: one.annotation
        for name, one in inspect.signature(api.endpoints.find).parameters.items()
    }

    assert hints == {
        "order": "models.FindParametersQueryOrder | str | None",
        "mood": "models.FindParametersQueryMood | str | None",
        "word": "str",
        "max_count": "int | None",
        "exact": "bool | None",
        "status": "models.Status | str | None",
        "level": "models.Level | int",
        "page_size": "models.FindParametersQueryPageSize | str | None",
        "metadata": "Mapping[str, Any] | None",
    }


def test_an_enum_that_operations_share_has_one_class(api: Api) -> None:
    assert not hasattr(api.models, "MarkParametersQueryMood")
    assert not hasattr(api.models, "MarkParametersQueryOrder")
