"""Looking things up in a document."""

from pathlib import Path

import pytest

from codegen.document import Document, pointer_of
from tests.codegen.small_api import document

PATHS = """
/a/{b}:
  parameters: [{$ref: '#/components/parameters/B'}]
  post: {operationId: post_it, responses: {}}
  get: {operationId: get_it, responses: {}, parameters: [{in: query, name: q}]}
/~x:
  $ref: '#/components/pathItems/X'
"""

COMPONENTS = """
parameters:
  B: {$ref: '#/components/parameters/Really'}
  Really: {in: path, name: b}
pathItems:
  X: {inner: {description: Elsewhere.}}
"""


@pytest.fixture
def source() -> Document:
    return document(paths=PATHS, components=COMPONENTS)


def test_a_document_is_read_from_yaml(tmp_path: Path) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text("info: {title: Größe}\n", encoding="utf-8")

    assert Document.load(path).root == {"info": {"title": "Größe"}}


def test_references_are_followed_to_their_end(source: Document) -> None:
    node, pointer = source.locate({"$ref": "#/components/parameters/B"}, ("here",))

    assert node == {"in": "path", "name": "b"}
    assert pointer == ("components", "parameters", "Really")
    assert source.locate({"a": 1}, ("here",)) == ({"a": 1}, ("here",))


def test_a_pointer_passes_through_lists_and_references(source: Document) -> None:
    assert source.at(("paths", "/a/{b}", "get", "parameters", "0")) == {"in": "query", "name": "q"}
    assert source.at(("paths", "/~x", "inner")) == {"description": "Elsewhere."}
    assert source.at(("components", "parameters", "B")) == {
        "$ref": "#/components/parameters/Really"
    }


def test_escaped_steps_of_a_reference() -> None:
    assert pointer_of("#/paths/~1a~1{b}/~0x~01") == ("paths", "/a/{b}", "~x~1")


def test_operations_come_with_their_parameters_and_places(source: Document) -> None:
    get, post = source.operations()

    shared = ({"in": "path", "name": "b"}, ("components", "parameters", "Really"))
    own = ({"in": "query", "name": "q"}, ("paths", "/a/{b}", "get", "parameters", "0"))
    assert (get.name, get.verb, get.parameters) == ("get_it", "get", (shared, own))
    assert (post.name, post.verb, post.parameters) == ("post_it", "post", (shared,))
    assert get.pointer == ("paths", "/a/{b}", "get")
