"""What the texts of refused requests say, down to the odd cases."""

from __future__ import annotations

from typing import Any

import pytest

from fishjam.emulator._model.refusals import BadRequest
from fishjam.emulator._rest.apis import Api
from fishjam.emulator._rest.routes import Routes
from fishjam.emulator._rest.validation import Validator


def document(schema: Any, parameters: Any = ()) -> dict[str, Any]:
    return {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/things": {
                "post": {
                    "operationId": "make",
                    "parameters": list(parameters),
                    "requestBody": {"content": {"application/json": {"schema": schema}}},
                    "responses": {"200": {"description": ""}},
                }
            }
        },
        "components": {"schemas": {}},
    }


def refusal(
    described: dict[str, Any], body: Any = None, query: dict[str, str] | None = None
) -> str:
    operation = Routes([Api(described)]).operations["make"]
    with pytest.raises(BadRequest) as caught:
        Validator(described).check(operation, {}, query or {}, body, "application/json")
    return str(caught.value)


def test_places_in_lists_are_numbers() -> None:
    schema = {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}}
    assert refusal(document(schema), [{}, {"a": 1}]) == "body[1].a: 1 is not of type 'string'"


def test_long_values_are_shortened() -> None:
    text = refusal(document({"type": "string", "maxLength": 3}), "x" * 100_000)
    assert len(text) < 400
    assert text.startswith("body: 'xxx")
    assert " ... " in text
    assert text.endswith("is too long")


def test_the_nearest_alternative_is_explained() -> None:
    first = {
        "type": "object",
        "required": ["a", "b"],
        "properties": {"a": {}, "b": {}},
        "additionalProperties": False,
    }
    second = {"type": "object", "required": ["c"], "properties": {"c": {"type": "string"}}}
    described = document({"oneOf": [first, second]})
    assert refusal(described, {"a": 1}) == "body: 'b' is a required property"
    assert refusal(described, {"c": 1}) == "body.c: 1 is not of type 'string'"


def test_more_than_one_alternative_is_said() -> None:
    described = document({"oneOf": [{"type": "string"}, {"maxLength": 5}]})
    assert "is valid under each of" in refusal(described, "x")


PARAMETERS = [
    {"in": "query", "name": "n", "required": True, "schema": {"type": "integer"}},
    {"in": "query", "name": "s", "schema": {"type": "string"}},
]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({}, "query.n: Missing required query parameter: n"),
        ({"n": "x"}, "query.n: Failed to cast value to integer type: x"),
        ({"n": "1", "s": ""}, "query.s: Value of s query parameter cannot be empty"),
    ],
)
def test_query_parameters_are_named(query: dict[str, str], text: str) -> None:
    assert refusal(document({}, PARAMETERS), 1, query) == text


def test_the_document_itself_stays_as_it_is() -> None:
    described = document({})
    described["components"]["schemas"]["U"] = {
        "oneOf": [{"type": "object"}],
        "discriminator": {"propertyName": "t"},
    }
    Validator(described)
    assert "discriminator" in described["components"]["schemas"]["U"]
    assert "servers" not in described
