"""Checking requests against a REST document, and saying what is wrong where."""

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
    """A decoded body. In the box an empty object is not mistaken for no body."""

    value: Any


def _unpack(box: _Box, **_parameters: str) -> Any:
    return box.value


@define
class _Request:
    """A request in the shape that the library wants."""

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
        # Bodies come decoded, so that every way to be no JSON and no form has a clear text.
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
            BadRequest: if something does not fit.
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
    # What is not bytes was JSON, and is decoded as the body of any other request is.
    return _Box({k: v if isinstance(v, bytes) else _Box(v) for k, v in body.items()})


def _prepare(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of the document in which choices are cheap, and what gets in the way is not."""
    prepared = copy.deepcopy(dict(document))
    prepared["servers"] = [{"url": _ORIGIN}]
    for methods in prepared["paths"].values():
        for definition in methods.values():
            # Tokens are looked at before anything else, see the service.
            definition.pop("security", None)
    for schema in prepared["components"]["schemas"].values():
        discriminator = schema.pop("discriminator", {})
        if "mapping" in discriminator:
            _spell_out(schema, discriminator["propertyName"], discriminator["mapping"])
    return prepared


def _spell_out(schema: dict[str, Any], tag: str, mapping: Mapping[str, str]) -> None:
    """Say of a choice in plain keywords: if the tag has this value, then it is that alternative.

    The library would try all alternatives, and those of a scene hold scenes again, so that the time
    doubles with every level. With a discriminator it gives up on an unknown value instead of
    listing the known ones, and some versions fail on what is no object.
    """
    values = {reference: value for value, reference in mapping.items()}
    alternatives = [(values[one["$ref"]], one) for one in schema.pop("oneOf")]
    schema.update(_tagged(tag, [value for value, _ in alternatives]))
    schema["allOf"] = [
        {"anyOf": [{"not": _tagged(tag, [value])}, one]} for value, one in alternatives
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
    found = list(errors)
    # Whatever else is said about a value of the wrong type only follows from that.
    mistyped = {tuple(one.absolute_path): one for one in found if one.validator == "type"}
    return "; ".join(
        _explain_schema_error(error, at)
        for error in found
        if mistyped.get(tuple(error.absolute_path), error) is error
    )


def _explain_schema_error(error: Any, at: str) -> str:
    if error.validator in ("oneOf", "anyOf") and error.context:
        return _explain_choice(error, at)
    path = "".join(_step(step) for step in error.absolute_path)
    return f"{at}{path}: {_shorten(error.message)}"


def _explain_choice(error: Any, at: str) -> str:
    """Explain why none of several alternatives fits, by the one that was most likely meant."""
    alternatives: dict[int, list[Any]] = {}
    for one in error.context:
        alternatives.setdefault(one.relative_schema_path[0], []).append(one)
    nearest = min(alternatives.values(), key=_distance)
    return _explain_schema_errors(nearest, at)


def _distance(errors: list[Any]) -> tuple[bool, int, int]:
    """Tell how far a value is from an alternative: the names unknown to it, then all errors.

    That the tag has another value was never meant, see `_spell_out`.
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
