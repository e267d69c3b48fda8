"""Which operation of the REST document a request is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from attrs import frozen

from fishjam.emulator._model.refusals import MethodNotAllowed, NotFound

MEDIA = "download_media"
"""The emulator's own operation: the file of a recording, which the document has no path for."""
MEDIA_PATH = "/media/{recording_id}/recording.mp4"
_BASE = ["api", "v1", "connect"]


@frozen
class Operation:
    """One operation: what the document says about a method on a path.

    Attributes:
        id: the operationId.
        method: the HTTP method, in upper case.
        path: the path as the document writes it, with names in braces.
        body_types: the media types that its body may have; empty if it takes none.
        body_required: whether the body must not be left out.
        has_query: whether the document names parameters of the query.
    """

    id: str
    method: str
    path: str
    body_types: tuple[str, ...] = ()
    body_required: bool = False
    has_query: bool = False


@frozen
class Match:
    """An operation and what the request's path says.

    Attributes:
        operation: the operation.
        parameters: the path's parameters, decoded.
        fishjam_id: the id in `/api/v1/connect/{id}`, or None for a path at the root.
    """

    operation: Operation
    parameters: Mapping[str, str]
    fishjam_id: str | None


class Routes:
    """The table of all operations of a document.

    Args:
        document: an OpenAPI 3 document.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.operations = {operation.id: operation for operation in _operations(document)}
        self._paths: dict[str, dict[str, Operation]] = {}
        for operation in [*self.operations.values(), Operation(MEDIA, "GET", MEDIA_PATH)]:
            self._paths.setdefault(operation.path, {})[operation.method] = operation

    def match(self, method: str, raw_path: str) -> Match:
        """Find the operation for a path that is still percent-encoded.

        Doubled slashes count as one and a last one does not count; an encoded slash belongs to
        its segment. The base URL may be the root or `/api/v1/connect/{id}`.

        Raises:
            NotFound: if there is no such path.
            MethodNotAllowed: if the path has no such method.
        """
        segments, fishjam_id = split_path(raw_path)
        for path, methods in self._paths.items():
            parameters = _parameters(path, segments)
            if parameters is not None:
                return Match(_of_method(methods, method), parameters, fishjam_id)
        raise NotFound(f"no such path: {raw_path}")


def split_path(raw_path: str) -> tuple[list[str], str | None]:
    """Return the decoded segments of a path under the base URL, and the Fishjam ID, if any."""
    return _without_base(_split(raw_path))


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, definition in methods.items():
            body = _resolve(document, definition.get("requestBody", {}))
            parameters = [_resolve(document, one) for one in definition.get("parameters", ())]
            yield Operation(
                id=definition["operationId"],
                method=method.upper(),
                path=path,
                body_types=tuple(body.get("content", ())),
                body_required=body.get("required", False),
                has_query=any(one["in"] == "query" for one in parameters),
            )


def _resolve(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference to a shared part of the document, if it is one."""
    if "$ref" not in node:
        return node
    found: Mapping[str, Any] = document
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def _split(raw_path: str) -> list[str]:
    parts = raw_path.split("/")
    return [unquote_to_bytes(part).decode(errors="replace") for part in parts if part]


def _without_base(segments: list[str]) -> tuple[list[str], str | None]:
    if segments[:3] == _BASE and len(segments) > 3:
        return segments[4:], segments[3]
    return segments, None


def _parameters(path: str, segments: list[str]) -> dict[str, str] | None:
    names = path.strip("/").split("/")
    if len(names) != len(segments):
        return None
    parameters = {}
    for name, segment in zip(names, segments, strict=True):
        if name.startswith("{"):
            parameters[name[1:-1]] = segment
        elif name != segment:
            return None
    return parameters


def _of_method(methods: Mapping[str, Operation], method: str) -> Operation:
    if method not in methods:
        allowed = ", ".join(methods)
        raise MethodNotAllowed(f"method {method} is not allowed here", {"allow": allowed})
    return methods[method]
