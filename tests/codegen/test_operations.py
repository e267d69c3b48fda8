"""Endpoints: paths, bodies, answers and the arguments that operations share."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from fishjam._core.decode import ShapeError
from tests.codegen.small_api import Api

SCHEMAS = """
Thing: {type: object, required: [name], properties: {name: {type: string}}}
Other: {type: object, required: [size], properties: {size: {type: integer}}}
Either: {oneOf: [{$ref: '#/components/schemas/Thing'}, {$ref: '#/components/schemas/Other'}]}
Data: {type: object}
Kind: {type: string, enum: [a]}
"""

COMPONENTS = """
parameters:
  RoomId: {in: path, name: room-id, required: true, description: The room., schema: {type: string}}
requestBodies:
  Named:
    description: A body with a name.
    required: true
    content:
      application/json:
        schema: {type: object, required: [a], properties: {a: {type: string}}}
responses:
  Gone: {description: Gone.}
  Count:
    description: How many.
    content:
      application/json:
        schema: {type: object, required: [n], properties: {n: {type: integer}}}
"""

PATHS = """
/things:
  get:
    operationId: listThings
    summary: List things.
    description: All of them, in no special order.
    responses:
      "200":
        description: All.
        content:
          application/json:
            schema: {type: array, items: {$ref: '#/components/schemas/Thing'}}
  post:
    operationId: add_thing
    requestBody:
      required: true
      description: The thing.
      content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
    responses:
      "200": &thing
        description: It was there.
        content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
      "201": *thing
      "400": {description: No.}
  put:
    operationId: change-things
    requestBody:
      content: {application/json: {schema: {$ref: '#/components/schemas/Either'}}}
    responses:
      "200":
        description: One of two.
        content: {application/json: {schema: {$ref: '#/components/schemas/Either'}}}
  delete:
    operationId: delete_things
    responses:
      "202": {description: Soon.}
      "204": {$ref: '#/components/responses/Gone'}
/rooms/{room-id}/things/{thingId}:
  description: What follows concerns a thing in a room.
  parameters:
    - $ref: '#/components/parameters/RoomId'
    - {in: path, name: thingId, required: true, schema: {type: string}}
    - {in: query, name: filter, description: Of the path., schema: {type: string}}
  get:
    operationId: get
    responses:
      "200": {$ref: '#/components/responses/Count'}
  patch:
    operationId: import
    parameters:
      - {in: query, name: filter, description: Of the operation., schema: {type: integer}}
    requestBody: {$ref: '#/components/requestBodies/Named'}
    responses:
      default: {description: Whatever.}
/free:
  put:
    operationId: send_free
    requestBody:
      required: true
      content: {application/json: {schema: {$ref: '#/components/schemas/Data'}}}
    responses:
      "200":
        description: In place.
        content:
          application/json:
            schema: {type: object, properties: {kind: {type: string, enum: [x]}}}
/freer:
  post:
    operationId: send_freer
    requestBody:
      required: true
      content: {application/json: {schema: {type: object, additionalProperties: true}}}
    responses:
      "200":
        description: Plain.
        content: {application/json: {schema: {type: object, description: A plain answer.}}}
/kinds/{segment}:
  get:
    operationId: list_kinds
    parameters: [{in: path, name: segment, required: true, schema: {type: string}}]
    responses:
      "200":
        description: Kinds.
        content:
          application/json:
            schema: {type: array, items: {$ref: '#/components/schemas/Kind'}}
/words:
  get:
    operationId: list_words
    responses:
      "200":
        description: Words.
        content: {application/json: {schema: {type: array, items: {type: string}}}}
"""


@pytest.fixture(scope="module")
def api(small_api: Callable[..., Api]) -> Api:
    return small_api(schemas=SCHEMAS, paths=PATHS, components=COMPONENTS)


def test_an_operation_without_arguments(api: Api) -> None:
    request = api.endpoints.list_things()

    assert (request.operation, request.method, request.path) == ("listThings", "GET", "/things")
    assert (request.query, request.body, request.parts) == ((), None, ())
    assert request.read(b'[{"name":"x"}]') == [api.models.Thing("x")]


def test_its_docstring_is_summary_and_description(api: Api) -> None:
    about = "List things.\n\nAll of them, in no special order."

    assert inspect.getdoc(api.endpoints.list_things) == about
    assert inspect.getdoc(api.endpoints.delete_things) == "delete_things"


def test_a_required_body(api: Api) -> None:
    request = api.endpoints.add_thing(body=api.models.Thing("x"))

    assert request.body == {"name": "x"}
    assert "body: The thing." in api.endpoints.add_thing.__doc__
    with pytest.raises(TypeError, match="body"):
        api.endpoints.add_thing()


def test_an_optional_body_that_is_one_of_two(api: Api) -> None:
    assert api.endpoints.change_things().body is None
    assert api.endpoints.change_things(body=api.models.Other(1)).body == {"size": 1}
    assert api.endpoints.change_things().read(b'{"size":1}') == api.models.Other(1)
    assert api.endpoints.change_things().read(b'{"new":1}') == {"new": 1}


def test_several_statuses_with_the_same_answer(api: Api) -> None:
    request = api.endpoints.add_thing(body=api.models.Thing("x"))

    assert request.read(b'{"name":"y"}') == api.models.Thing("y")
    with pytest.raises(ShapeError, match="empty"):
        request.read(b"")


@pytest.mark.parametrize("content", [b"", b"<html>"])
def test_answers_without_content_read_as_none(api: Api, content: bytes) -> None:
    request = api.endpoints.delete_things()

    assert request.read(content) is None


def test_good_statuses_are_those_of_the_document(api: Api) -> None:
    assert api.endpoints.list_things().statuses == (200,)
    assert api.endpoints.add_thing(body=api.models.Thing("x")).statuses == (200, 201)
    assert api.endpoints.import_("r", "t", body=api.models.ImportRequest("x")).statuses == ()


def test_parameters_of_a_path_are_shared_by_its_operations(api: Api) -> None:
    request = api.endpoints.get("a/b", "c d", filter_="x")

    assert request.path == "/rooms/a%2Fb/things/c%20d"
    assert request.query == (("filter", "x"),)
    assert list(inspect.signature(api.endpoints.get).parameters) == [
        "room_id",
        "thing_id",
        "filter_",
    ]
    with pytest.raises(ValueError, match="thing_id"):
        api.endpoints.get("a", "..")


def test_an_operation_may_say_a_shared_parameter_anew(api: Api) -> None:
    function = api.endpoints.import_

    assert "filter_: Of the operation." in function.__doc__
    assert inspect.signature(function).parameters["filter_"].annotation == "int | None"
    assert inspect.signature(function).return_annotation == "Request[None]"


def test_bodies_and_answers_by_reference(api: Api) -> None:
    body = api.models.ImportRequest("x")

    assert api.endpoints.import_("r", "t", body=body).body == {"a": "x"}
    assert "body: A body with a name." in api.endpoints.import_.__doc__
    assert api.endpoints.get("r", "t").read(b'{"n":1}') == api.models.GetResponse(1)


def test_free_form_bodies_and_answers(api: Api) -> None:
    request = api.endpoints.send_freer(body=api.models.SendFreerRequest({"a": [1]}))

    assert api.endpoints.send_free(body=api.models.Data({"a": [1]})).body == {"a": [1]}
    assert request.body == {"a": [1]}
    assert type(request.read(b'{"b":2}')) is api.models.SendFreerResponse
    assert api.models.SendFreerResponse.__doc__ == "A plain answer."


def test_models_in_place_are_named_after_the_operation(api: Api) -> None:
    read: Any = api.endpoints.send_free(body=api.models.Data()).read(b'{"kind":"x"}')

    assert type(read) is api.models.SendFreeResponse
    assert read.kind is api.models.SendFreeResponseKind.X


def test_an_argument_does_not_hide_what_the_function_uses(api: Api) -> None:
    request = api.endpoints.list_kinds("x y")

    assert request.path == "/kinds/x%20y"
    assert request.read(b'["a"]') == [api.models.Kind.A]


def test_an_answer_of_plain_values(api: Api) -> None:
    assert api.endpoints.list_words().read(b'["a","b"]') == ["a", "b"]
