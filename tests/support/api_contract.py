"""Holding the emulator's answers against the REST documents."""

from __future__ import annotations

from typing import Any

import httpx
from openapi_schema_validator import OAS30ReadValidator
from referencing import Registry
from referencing.jsonschema import DRAFT4

from fishjam.emulator._model.refusals import RequestRefused
from fishjam.emulator._rest.apis import APIS, Api
from fishjam.emulator._rest.routes import MEDIA, Routes

ROUTES = Routes()

UNDOCUMENTED = {
    # No 400 is documented for a query that cannot be read; ignoring it would list too much.
    ("list_recordings", 400),
}

_NAMES = {api: f"urn:{api.error_name}" for api in APIS}
_REGISTRY: Any = Registry().with_resources(
    (name, DRAFT4.create_resource(api.document)) for api, name in _NAMES.items()
)


def check_response(response: httpx.Response) -> None:
    """Fail unless the document knows the answer's status, content type and shape."""
    response.read()
    path = response.request.url.raw_path.decode().partition("?")[0]
    try:
        operation = ROUTES.match(response.request.method, path).operation.id
    except RequestRefused:
        assert response.status_code in (404, 405)
        assert list(response.json()) == [ROUTES.api_at(path).error_name]
        return
    if operation != MEDIA:
        _check(operation, response)


def definition_of(operation_id: str) -> dict[str, Any]:
    operation = ROUTES.operations[operation_id]
    found: dict[str, Any] = operation.api.document["paths"][operation.path][
        operation.method.lower()
    ]
    return found


def _check(operation_id: str, response: httpx.Response) -> None:
    api = ROUTES.operations[operation_id].api
    if (operation_id, response.status_code) in UNDOCUMENTED:
        assert list(response.json()) == [api.error_name]
        return
    answers = definition_of(operation_id)["responses"]
    assert str(response.status_code) in answers, f"{operation_id} answered {response.status_code}"
    answer = _resolved(api, answers[str(response.status_code)])
    if "content" not in answer:
        assert response.content == b""
        return
    content_type = response.headers["content-type"]
    assert content_type in answer["content"]
    schema = answer["content"][content_type]["schema"]
    validator = OAS30ReadValidator(_absolute(api, schema), registry=_REGISTRY)
    assert [error.message for error in validator.iter_errors(response.json())] == []


def _resolved(api: Api, node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    found: Any = api.document
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)


def _absolute(api: Api, schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: f"{_NAMES[api]}{value}" if key == "$ref" else _absolute(api, value)
            for key, value in schema.items()
        }
    return [_absolute(api, one) for one in schema] if isinstance(schema, list) else schema
