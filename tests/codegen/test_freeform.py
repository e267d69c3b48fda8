"""Objects whose properties are the user's own."""

from collections.abc import Callable
from typing import Any

import pytest

from fishjam._core.freeform import FreeForm
from tests.codegen.small_api import Api

SCHEMAS = """
Metadata:
  type: object
  description: Whatever the user likes.
  additionalProperties: true
bare-data: {type: object}
Empty: {type: object, properties: {}}
Thing:
  type: object
  required: [always]
  properties:
    always: {$ref: '#/components/schemas/Metadata'}
    sometimes:
      description: The metadata of this one.
      allOf: [{$ref: '#/components/schemas/Metadata'}]
    bare: {$ref: '#/components/schemas/bare-data'}
    empty: {$ref: '#/components/schemas/Empty'}
    inPlace: {type: object}
    inPlaceOpen: {type: object, description: Open to all., additionalProperties: true}
    many: {type: array, items: {type: object}}
    anything: {}
"""


@pytest.fixture(scope="module")
def models(small_api: Callable[..., Api]) -> Any:
    return small_api(schemas=SCHEMAS).models


def test_they_are_dicts_with_the_conversions_of_models(models: Any) -> None:
    data = {"a": {"b": [1, None]}, "type": "x"}

    metadata = models.Metadata.from_dict(data)

    assert isinstance(metadata, FreeForm)
    assert metadata == data
    assert metadata.to_dict() == data


@pytest.mark.parametrize(
    "name", ["Metadata", "BareData", "Empty", "ThingInPlace", "ThingInPlaceOpen", "ThingManyItem"]
)
def test_named_ones_and_those_in_place_have_a_class(models: Any, name: str) -> None:
    assert issubclass(getattr(models, name), FreeForm)


def test_the_class_is_described_by_its_own_schema(models: Any) -> None:
    assert models.Metadata.__doc__ == "Whatever the user likes."
    assert models.ThingInPlaceOpen.__doc__ == "Open to all."
    assert models.BareData.__doc__ == "A free-form JSON object."
    assert "sometimes: The metadata of this one." in models.Thing.__doc__


def test_they_are_read_and_written_as_properties(models: Any) -> None:
    data = {
        "always": {"a": 1},
        "sometimes": {},
        "bare": {"b": 2},
        "empty": {"c": 3},
        "inPlace": {"d": 4},
        "inPlaceOpen": {"e": 5},
        "many": [{"f": 6}, {}],
        "anything": [1, {"g": None}],
    }

    thing = models.Thing.from_dict(data)

    assert type(thing.sometimes) is models.Metadata
    assert type(thing.in_place) is models.ThingInPlace
    assert thing.to_dict() == data


def test_a_description_comes_from_the_component_whichever_use_is_first(
    small_api: Callable[..., Api],
) -> None:
    api = small_api(
        schemas="""
            A:
              type: object
              properties:
                metadata:
                  description: Of an A.
                  allOf: [{$ref: '#/components/schemas/Metadata'}]
            Metadata: {type: object, description: In general.}
            """
    )

    assert api.models.Metadata.__doc__ == "In general."
