"""Holding the emulator's answers against the REST document."""

from __future__ import annotations

from typing import Any

import httpx
from openapi_schema_validator import OAS30ReadValidator
from referencing import Registry
from referencing.jsonschema import DRAFT4

from fishjam.emulator._model.refusals import Refusal
from fishjam.emulator._rest.routes import MEDIA, Routes
from fishjam.emulator._rest.service import load_document

DOCUMENT = load_document()
ROUTES = Routes(DOCUMENT)

UNDOCUMENTED = {
    # No 400 is documented for a query that cannot be read; ignoring it would list too much.
    ("list_recordings", 400),
}

_REGISTRY: Any = Registry().with_resource("urn:document", DRAFT4.create_resource(DOCUMENT))


def check_response(response: httpx.Response) -> None:
    """Fail unless the document knows the answer's status, content type and shape."""
    response.read()
    path = response.request.url.raw_path.decode().partition("?")[0]
    try:
        operation = ROUTES.match(response.request.method, path).operation.id
    except Refusal:
        assert response.status_code in (404, 405)
        assert list(response.json()) == ["errors"]
        return
    if operation != MEDIA:
        _check(operation, response)


def definition_of(operation_id: str) -> dict[str, Any]:
    operation = ROUTES.operations[operation_id]
    found: dict[str, Any] = DOCUMENT["paths"][operation.path][operation.method.lower()]
    return found


def _check(operation_id: str, response: httpx.Response) -> None:
    if (operation_id, response.status_code) in UNDOCUMENTED:
        assert list(response.json()) == ["errors"]
        return
    answers = definition_of(operation_id)["responses"]
    assert str(response.status_code) in answers, f"{operation_id} answered {response.status_code}"
    answer = _resolved(answers[str(response.status_code)])
    if "content" not in answer:
        assert response.content == b""
        return
    content_type = response.headers["content-type"]
    assert content_type in answer["content"]
    schema = answer["content"][content_type]["schema"]
    validator = OAS30ReadValidator(_absolute(schema), registry=_REGISTRY)
    assert [error.message for error in validator.iter_errors(response.json())] == []


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    found: Any = DOCUMENT
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)


def _absolute(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: f"urn:document{value}" if key == "$ref" else _absolute(value)
            for key, value in schema.items()
        }
    return [_absolute(one) for one in schema] if isinstance(schema, list) else schema
