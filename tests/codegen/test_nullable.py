"""What may be null: required and optional, referenced and in place."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from fishjam._core.decode import ShapeError
from tests.codegen.small_api import Api

SCHEMAS = """
Thing:
  type: object
  required: [plain, nullPlain, nullModel, nullList, nullInline]
  properties:
    plain: {type: string}
    nullPlain: {type: string, nullable: true}
    nullModel: {$ref: '#/components/schemas/NullPart'}
    nullList: {type: array, nullable: true, items: {type: integer}}
    nullInline:
      type: object
      nullable: true
      required: [x]
      properties: {x: {type: integer}}
    kind: {$ref: '#/components/schemas/NullKind'}
    wrapped:
      nullable: true
      allOf: [{$ref: '#/components/schemas/Part'}]
    optional: {$ref: '#/components/schemas/Part'}
    nullInEnum: {$ref: '#/components/schemas/NullInEnum'}
    inlineNullInEnum: {type: string, nullable: true, enum: [left, null]}
    repeated:
      type: object
      nullable: true
      x-same-as: '#/components/schemas/Part'
      description: A text of its own.
      required: [size]
      properties: {size: {$ref: '#/components/schemas/Size'}}
Part:
  type: object
  required: [size]
  properties:
    size: {allOf: [{$ref: '#/components/schemas/Size'}], description: How much of it there is.}
Size: {type: integer}
NullInEnum:
  type: string
  nullable: true
  enum: [up, down, null]
NullPart:
  type: object
  nullable: true
  required: [size]
  properties: {size: {type: integer}}
NullKind:
  type: string
  nullable: true
  enum: [big, small]
"""

NULLS = {"plain": "p", "nullPlain": None, "nullModel": None, "nullList": None, "nullInline": None}


@pytest.fixture(scope="module")
def models(small_api: Callable[..., Api]) -> Any:
    return small_api(schemas=SCHEMAS).models


def test_null_is_read_as_none_and_written_where_it_is_required(models: Any) -> None:
    thing = models.Thing.from_dict({**NULLS, "kind": None, "wrapped": None, "optional": None})

    assert thing == models.Thing("p", None, None, None, None)
    assert thing.to_dict() == NULLS


def test_values_are_read_and_written(models: Any) -> None:
    data = {
        "plain": "p",
        "nullPlain": "n",
        "nullModel": {"size": 1},
        "nullList": [1, 2],
        "nullInline": {"x": 3},
        "kind": "big",
        "wrapped": {"size": 4},
        "optional": {"size": 5},
        "nullInEnum": "down",
        "inlineNullInEnum": "left",
        "repeated": {"size": 6},
    }

    thing = models.Thing.from_dict(data)

    assert thing.null_model == models.NullPart(1)
    assert thing.null_inline == models.ThingNullInline(3)
    assert thing.kind is models.NullKind.BIG
    assert thing.wrapped == models.Part(4)
    assert thing.null_in_enum is models.NullInEnum.DOWN
    assert thing.repeated == models.Part(6)
    assert thing.to_dict() == data


def test_null_is_no_member_of_an_enum(models: Any) -> None:
    assert list(models.NullInEnum) == ["up", "down"]
    assert list(models.ThingInlineNullInEnum) == ["left"]
    # Null is another choice: the only member is not a default then.
    assert models.Thing("p", None, None, None, None).inline_null_in_enum is None


def test_a_schema_that_repeats_another_has_no_class_of_its_own(models: Any) -> None:
    assert not hasattr(models, "ThingRepeated")
    assert "repeated: A text of its own." in models.Thing.__doc__


def test_a_nullable_property_that_is_missing_reads_as_none(models: Any) -> None:
    assert models.Thing.from_dict({"plain": "p"}) == models.Thing("p", None, None, None, None)


@pytest.mark.parametrize("data", [{}, {"plain": None}])
def test_what_is_required_and_not_nullable_must_be_there(models: Any, data: Any) -> None:
    with pytest.raises(ShapeError, match="plain"):
        models.Thing.from_dict(data)


def test_annotations_tell_what_may_be_none(models: Any) -> None:
    types = {field.name: str(field.type) for field in attrs.fields(models.Thing)}

    assert types["plain"] == "<class 'str'>"
    assert all("None" in hint for name, hint in types.items() if name != "plain")
