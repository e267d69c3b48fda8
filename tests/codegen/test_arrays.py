"""Arrays of everything, and objects in place."""

from collections.abc import Callable
from typing import Any

import pytest

from fishjam._core.decode import ShapeError
from tests.codegen.small_api import Api

SCHEMAS = """
Part:
  type: object
  required: [size]
  properties: {size: {type: integer}}
Kind: {type: string, enum: [a, b]}
Level: {type: integer, enum: [1, 2]}
Names: {type: array, items: {type: string}}
Thing:
  type: object
  properties:
    parts: {type: array, items: {$ref: '#/components/schemas/Part'}}
    kinds: {type: array, items: {$ref: '#/components/schemas/Kind'}}
    levels: {type: array, items: {$ref: '#/components/schemas/Level'}}
    names: {$ref: '#/components/schemas/Names'}
    numbers: {type: array, items: {type: number}}
    flags: {type: array, items: {type: boolean}}
    grid: {type: array, items: {type: array, items: {$ref: '#/components/schemas/Part'}}}
    rows: {type: array, items: {type: object, required: [x], properties: {x: {type: string}}}}
    moods: {type: array, items: {type: string, enum: [good, bad]}}
    deep:
      type: object
      properties:
        deeper: {type: object, properties: {deepest: {type: string}}}
"""

DATA = {
    "parts": [{"size": 1}, {"size": 2}],
    "kinds": ["a", "new"],
    "levels": [1, 99],
    "names": ["x", ""],
    "numbers": [1.5, 2.0],
    "flags": [True, False],
    "grid": [[{"size": 3}], []],
    "rows": [{"x": "y"}],
    "moods": ["good"],
    "deep": {"deeper": {"deepest": "z"}},
}


@pytest.fixture(scope="module")
def models(small_api: Callable[..., Api]) -> Any:
    return small_api(schemas=SCHEMAS).models


def test_all_kinds_of_items_are_read_and_written(models: Any) -> None:
    thing = models.Thing.from_dict(DATA)

    assert thing.parts == [models.Part(1), models.Part(2)]
    assert thing.kinds[0] is models.Kind.A
    assert thing.levels == [models.Level.INTEGER_1, 99]
    assert thing.grid == [[models.Part(3)], []]
    assert thing.to_dict() == DATA


def test_what_stands_in_place_is_named_after_its_parents(models: Any) -> None:
    thing = models.Thing.from_dict(DATA)

    assert thing.rows == [models.ThingRow("y")]
    assert thing.moods == [models.ThingMood.GOOD]
    assert thing.deep == models.ThingDeep(models.ThingDeepDeeper("z"))


def test_whole_numbers_of_a_number_array_become_floats(models: Any) -> None:
    assert [type(one) for one in models.Thing.from_dict({"numbers": [1]}).numbers] == [float]


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"parts": [{"size": 1}, {}]}, r"parts\[1\].size"),
        ({"grid": [[], [{"size": "x"}]]}, r"grid\[1\]\[0\].size"),
        ({"names": "x"}, "names"),
        ({"deep": {"deeper": {"deepest": 1}}}, "deep.deeper.deepest"),
    ],
)
def test_errors_say_where(models: Any, data: Any, place: str) -> None:
    with pytest.raises(ShapeError, match=f"^{place}: "):
        models.Thing.from_dict(data)
