"""`oneOf`: with a tag that tells the members apart, and without."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.codegen.small_api import Api

SCHEMAS = """
Cat:
  type: object
  required: [name]
  properties:
    name: {type: string}
    type: {type: string, enum: [cat, lynx]}
Dog:
  type: object
  required: [name]
  properties:
    name: {type: string}
    kind: {type: string}
Fish:
  type: object
  properties:
    type: {$ref: '#/components/schemas/FishType'}
FishType: {type: integer, enum: [7]}
ByMapping:
  oneOf:
    - $ref: '#/components/schemas/Cat'
    - $ref: '#/components/schemas/Dog'
  discriminator:
    propertyName: type
    mapping:
      meow: '#/components/schemas/Cat'
      purr: '#/components/schemas/Cat'
      woof: Dog
ByEnum:
  description: A pet, told by its type.
  oneOf:
    - $ref: '#/components/schemas/Cat'
    - $ref: '#/components/schemas/Dog'
    - $ref: '#/components/schemas/Fish'
  discriminator: {propertyName: type}
Circle:
  type: object
  additionalProperties: false
  required: [radius]
  properties: {radius: {type: number}, label: {type: string}}
Box:
  type: object
  additionalProperties: false
  required: [width, height]
  properties: {width: {type: number}, height: {type: number}, radius: {type: number}}
Shape2:
  oneOf:
    - $ref: '#/components/schemas/Circle'
    - $ref: '#/components/schemas/Box'
Loose:
  oneOf:
    - $ref: '#/components/schemas/Cat'
    - $ref: '#/components/schemas/Circle'
Single:
  oneOf: [{$ref: '#/components/schemas/Circle'}]
Holder:
  type: object
  required: [shape]
  properties:
    shape: {$ref: '#/components/schemas/Shape2'}
    again: {allOf: [{$ref: '#/components/schemas/Shape2'}]}
    pets: {type: array, items: {$ref: '#/components/schemas/ByEnum'}}
"""


@pytest.fixture(scope="module")
def models(small_api: Callable[..., Api]) -> Any:
    return small_api(schemas=SCHEMAS).models


@pytest.mark.parametrize(("tag", "member"), [("meow", "Cat"), ("purr", "Cat"), ("woof", "Dog")])
def test_the_mapping_of_a_discriminator_decides(models: Any, tag: str, member: str) -> None:
    read = models.read_by_mapping({"type": tag, "name": "x"})

    assert type(read) is getattr(models, member)


@pytest.mark.parametrize(
    ("tag", "member"), [("cat", "Cat"), ("lynx", "Cat"), (7, "Fish"), ("Dog", "Dog")]
)
def test_without_a_mapping_the_enums_of_the_members_or_their_names_decide(
    models: Any, tag: Any, member: str
) -> None:
    assert type(models.read_by_enum({"type": tag, "name": "x"})) is getattr(models, member)


@pytest.mark.parametrize("data", [{"type": "cow", "name": "x"}, {"name": "x"}, {"type": None}])
def test_an_unknown_tag_stays_a_plain_dict(models: Any, data: dict[str, Any]) -> None:
    read = models.read_by_enum(data)

    assert type(read) is dict
    assert read == data
    assert read is not data


def test_without_a_tag_the_member_that_fits_exactly_is_taken(models: Any) -> None:
    assert models.read_shape2({"radius": 1}) == models.Circle(1.0)
    assert models.read_shape2({"width": 1, "height": 2, "radius": 3}) == models.Box(1.0, 2.0, 3.0)


def test_without_a_tag_an_unknown_property_is_no_hindrance(models: Any) -> None:
    both = {"width": 1, "height": 2, "radius": 3, "colour": "red"}

    assert models.read_shape2({"radius": 1, "colour": "red"}) == models.Circle(1.0)
    # Both have what they require: more required properties are the better fit.
    assert models.read_shape2(both) == models.Box(1.0, 2.0, 3.0)


def test_an_open_member_fits_whatever_else_there_is(models: Any) -> None:
    assert models.read_loose({"name": "x", "colour": "red"}) == models.Cat("x", None)
    assert models.read_loose({"radius": 1}) == models.Circle(1.0)


def test_without_a_tag_what_fits_nothing_stays_a_plain_dict(models: Any) -> None:
    assert type(models.read_shape2({"sides": 3})) is dict


def test_a_union_of_one_member_is_that_member(models: Any) -> None:
    assert models.read_single({"radius": 1}) == models.Circle(1.0)


def test_unions_as_properties_and_in_arrays(models: Any) -> None:
    data = {
        "shape": {"radius": 1.0},
        "again": {"sides": 3},
        "pets": [{"type": "cat", "name": "Tom"}, {"type": "cow"}],
    }

    holder = models.Holder.from_dict(data)

    assert holder.shape == models.Circle(1.0)
    assert holder.again == {"sides": 3}
    assert holder.pets == [models.Cat("Tom", models.CatType.CAT), {"type": "cow"}]
    assert holder.to_dict() == data


def test_a_union_is_a_type_with_a_docstring_in_the_source(small_api: Callable[..., Api]) -> None:
    api = small_api(schemas=SCHEMAS)

    assert "ByEnum: TypeAlias = Cat | Dog | Fish" in api.source("models")
    assert '"""A pet, told by its type."""' in api.source("models")
    assert api.models.ByEnum == api.models.Cat | api.models.Dog | api.models.Fish
