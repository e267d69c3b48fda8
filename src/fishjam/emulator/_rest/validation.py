"""Checks of requests against an OpenAPI document, with errors that name the place."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import define, frozen
from jsonschema_path import SchemaPath
from openapi_core import V30RequestValidator
from openapi_core.datatypes import RequestParameters

from fishjam.emulator._model.refusals import BadRequest
from fishjam.emulator._rest.bodies import FORM, JSON
from fishjam.emulator._rest.routes import Operation

_ORIGIN = "http://emulator"
_LONGEST = 300


@frozen
class _Box:
    """A decoded body; openapi-core takes an empty object without a box for a missing body."""

    value: Any


def _unpack(box: _Box, **_parameters: str) -> Any:
    return box.value


@define
class _Request:
    """A request in the form that openapi-core takes."""

    method: str
    path: str
    parameters: RequestParameters
    body: Any
    content_type: str
    host_url: str = _ORIGIN


class Validator:
    """Checks queries and bodies, already decoded, against a document.

    Args:
        document: an OpenAPI 3.0 document.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        spec = SchemaPath.from_dict(_prepare(document))
        # Bodies are decoded before, because the library's errors for invalid JSON are unclear.
        decoders: Any = {JSON: _unpack, FORM: _unpack}
        self._validator = V30RequestValidator(spec, extra_media_type_deserializers=decoders)

    def check(
        self,
        operation: Operation,
        path: Mapping[str, str],
        query: Mapping[str, str],
        body: Any,
        media_type: str,
    ) -> None:
        """Check a request for an operation.

        Args:
            operation: the operation.
            path: the path's parameters.
            query: the query's plain parameters.
            body: the value of a JSON text, or a mapping of a form's parts.
            media_type: which of the two it is; empty if the operation takes no body.

        Raises:
            BadRequest: if the request does not fit the document.
        """
        request: Any = _Request(
            method=operation.method.lower(),
            path=operation.path,
            parameters=RequestParameters(query=query, path=path),
            body=_pack(body, media_type),
            content_type=media_type,
        )
        for error in self._validator.iter_errors(request):
            raise BadRequest(_explain(error)) from error


def _pack(body: Any, media_type: str) -> _Box:
    if media_type != FORM:
        return _Box(body)
    # Files stay bytes; other parts are decoded JSON.
    return _Box({k: v if isinstance(v, bytes) else _Box(v) for k, v in body.items()})


def _prepare(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of the document that the library checks fast and explains well."""
    prepared = copy.deepcopy(dict(document))
    # openapi-core looks for an operation by the whole address; here any base URL will do.
    prepared["servers"] = [{"url": _ORIGIN}]
    for methods in prepared["paths"].values():
        for definition in methods.values():
            # Tokens are checked before, see the service.
            definition.pop("security", None)
    for schema in prepared["components"]["schemas"].values():
        discriminator = schema.pop("discriminator", {})
        if "mapping" in discriminator:
            _spell_out(schema, discriminator["propertyName"], discriminator["mapping"])
    return prepared


def _spell_out(schema: dict[str, Any], tag: str, mapping: Mapping[str, str]) -> None:
    """Replace a `oneOf` with a discriminator by conditions: a value of the tag, its alternative.

    The library tries all alternatives of a `oneOf`, and those of a scene contain scenes, so that
    the time doubles with every level. With a discriminator it fails on an unknown value without
    listing the known ones, and some versions fail on a value that is not an object.
    """
    values = {reference: value for value, reference in mapping.items()}
    alternatives = [
        (values[alternative["$ref"]], alternative) for alternative in schema.pop("oneOf")
    ]
    schema.update(_tagged(tag, [value for value, _ in alternatives]))
    schema["allOf"] = [
        {"anyOf": [{"not": _tagged(tag, [value])}, alternative]}
        for value, alternative in alternatives
    ]


def _tagged(tag: str, values: list[str]) -> dict[str, Any]:
    return {"type": "object", "required": [tag], "properties": {tag: {"enum": values}}}


def _explain(error: Any) -> str:
    name = getattr(error, "name", None)
    at = "body" if name is None else f"{error.location}.{name}"
    schema_errors = getattr(error.__cause__, "schema_errors", None)
    if schema_errors is None:
        return f"{at}: {error.__cause__ or error}"
    return _explain_schema_errors(schema_errors, at)


def _explain_schema_errors(errors: Iterable[Any], at: str) -> str:
    remaining = list(errors)
    # Other errors of a value of the wrong type only follow from that.
    mistyped = {
        tuple(error.absolute_path): error for error in remaining if error.validator == "type"
    }
    return "; ".join(
        _explain_schema_error(error, at)
        for error in remaining
        if mistyped.get(tuple(error.absolute_path), error) is error
    )


def _explain_schema_error(error: Any, at: str) -> str:
    if error.validator in ("oneOf", "anyOf") and error.context:
        return _explain_choice(error, at)
    path = "".join(_step(step) for step in error.absolute_path)
    return f"{at}{path}: {_shorten(error.message)}"


def _explain_choice(error: Any, at: str) -> str:
    """Explain why no alternative fits, by the one that was most likely meant."""
    alternatives: dict[int, list[Any]] = {}
    for nested in error.context:
        alternatives.setdefault(nested.relative_schema_path[0], []).append(nested)
    nearest = min(alternatives.values(), key=_distance)
    return _explain_schema_errors(nearest, at)


def _distance(errors: list[Any]) -> tuple[bool, int, int]:
    """Return how far a value is from an alternative: unknown names first, then all errors.

    An alternative for another value of the tag is the farthest, see `_spell_out`.
    """
    unknown = sum(
        len(set(error.instance) - set(error.schema["properties"]))
        for error in errors
        if error.validator == "additionalProperties"
    )
    return errors[0].validator == "not", unknown, len(errors)


def _step(step: str | int) -> str:
    return f"[{step}]" if isinstance(step, int) else f".{step}"


def _shorten(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST // 2]} ... {text[-_LONGEST // 2 :]}"
