"""Models that hold themselves, each other, or a union that they are part of."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.codegen.small_api import Api

SCHEMAS = """
Tree:
  type: object
  required: [name, children]
  properties:
    name: {type: string}
    children: {type: array, items: {$ref: '#/components/schemas/Tree'}}
    parent: {$ref: '#/components/schemas/Tree'}
Author:
  type: object
  properties: {books: {type: array, items: {$ref: '#/components/schemas/Book'}}}
Book:
  type: object
  properties: {author: {$ref: '#/components/schemas/Author'}}
Group:
  type: object
  required: [members]
  properties: {members: {type: array, items: {$ref: '#/components/schemas/Node'}}}
Leaf:
  type: object
  required: [value]
  properties: {value: {type: integer}, next: {$ref: '#/components/schemas/Node'}}
Node:
  oneOf:
    - $ref: '#/components/schemas/Group'
    - $ref: '#/components/schemas/Leaf'
"""


@pytest.fixture(scope="module")
def models(small_api: Callable[..., Api]) -> Any:
    return small_api(schemas=SCHEMAS).models


def test_a_model_that_holds_itself(models: Any) -> None:
    data = {"name": "a", "children": [{"name": "b", "children": []}]}

    tree = models.Tree.from_dict({**data, "parent": data})

    assert tree.children == [models.Tree("b", [])]
    assert tree.parent == models.Tree.from_dict(data)
    assert tree.to_dict() == {**data, "parent": data}


def test_models_that_hold_each_other(models: Any) -> None:
    data: dict[str, Any] = {"books": [{"author": {"books": []}}, {}]}

    author = models.Author.from_dict(data)

    assert author.books == [models.Book(models.Author([])), models.Book()]
    assert author.to_dict() == data


def test_a_union_whose_members_hold_it(models: Any) -> None:
    data = {"members": [{"members": []}, {"value": 1, "next": {"value": 2}}, {"other": 3}]}

    group = models.read_node(data)

    leaf = models.Leaf(1, models.Leaf(2))
    assert group == models.Group([models.Group([]), leaf, {"other": 3}])
    assert group.to_dict() == data
