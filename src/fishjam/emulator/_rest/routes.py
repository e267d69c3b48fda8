"""Routing: from the method and path of a request to an operation of a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes

from attrs import Factory, frozen

from fishjam.emulator._model.refusals import MethodNotAllowed, NotFound
from fishjam.emulator._rest.apis import APIS, Api
from fishjam.emulator._rest.bodies import FORM, JSON, FormField
from fishjam.emulator._rest.references import resolve

MEDIA = "download_media"
"""The emulator's own operation for the file of a recording, which the document does not have."""
MEDIA_PATH = "/media/{recording_id}/recording.mp4"
_BASE = ["api", "v1", "connect"]


@frozen
class Operation:
    """One operation: a method on a path of a document.

    Attributes:
        id: the operationId; no two documents share one.
        api: the API that it belongs to.
        method: the HTTP method, in upper case.
        path: the path in the document, with parameters in braces.
        body_types: the media types that its body may have; empty if it takes none.
        body_required: whether the body must not be left out.
        has_query: whether it has query parameters.
        form: the parts of a multipart body by their names, if it may have one.
        schemas: the schemas of the body by its media type.
    """

    id: str
    api: Api
    method: str
    path: str
    body_types: tuple[str, ...] = ()
    body_required: bool = False
    has_query: bool = False
    form: Mapping[str, FormField] = Factory(dict)
    schemas: Mapping[str, Mapping[str, Any]] = Factory(dict)


@frozen
class RouteMatch:
    """An operation, and the parameters in the path of a request.

    Attributes:
        operation: the operation.
        parameters: the path's parameters, decoded.
        fishjam_id: the id in `/api/v1/connect/{id}`, or None for a path at the root.
    """

    operation: Operation
    parameters: Mapping[str, str]
    fishjam_id: str | None


class Routes:
    """The operations of all APIs.

    Args:
        apis: the APIs; the files of recordings belong to the first one.
    """

    def __init__(self, apis: Sequence[Api] = APIS) -> None:
        self._apis = apis
        self.operations = {
            operation.id: operation for api in apis for operation in _operations(api)
        }
        self._paths: dict[Api, dict[str, dict[str, Operation]]] = {api: {} for api in apis}
        media = Operation(MEDIA, apis[0], "GET", MEDIA_PATH)
        for operation in [*self.operations.values(), media]:
            methods = self._paths[operation.api].setdefault(operation.path, {})
            methods[operation.method] = operation

    def api_at(self, raw_path: str) -> Api:
        """Return the API that a path belongs to, whether or not the path exists."""
        path = "/" + "/".join(_split(raw_path)) + "/"
        rooted = (api for api in self._apis if api.root and path.startswith(f"{api.root}/"))
        return next(rooted, self._apis[0])

    def match(self, method: str, raw_path: str) -> RouteMatch:
        """Return the operation for a percent-encoded path.

        Doubled slashes count as one, and a trailing one is ignored; an encoded slash belongs to its
        segment. The base URL may be the root or `/api/v1/connect/{id}`.

        Raises:
            NotFound: if the path is unknown.
            MethodNotAllowed: if the path has no such method.
        """
        api = self.api_at(raw_path)
        segments, fishjam_id = (_split(raw_path), None) if api.root else split_path(raw_path)
        for path, methods in self._paths[api].items():
            parameters = _parameters(path, segments)
            if parameters is not None:
                return RouteMatch(_of_method(methods, method), parameters, fishjam_id)
        raise NotFound(f"unknown path: {raw_path}")


def split_path(raw_path: str) -> tuple[list[str], str | None]:
    """Return the decoded segments of a path under the base URL, and the Fishjam ID, if any."""
    return _without_base(_split(raw_path))


def _operations(api: Api) -> Iterator[Operation]:
    document = api.document
    for path, methods in document["paths"].items():
        for method, definition in methods.items():
            body = resolve(document, definition.get("requestBody", {}))
            content = body.get("content", {})
            parameters = [
                resolve(document, parameter) for parameter in definition.get("parameters", ())
            ]
            yield Operation(
                id=definition["operationId"],
                api=api,
                method=method.upper(),
                path=path,
                body_types=tuple(content),
                body_required=body.get("required", False),
                has_query=any(parameter["in"] == "query" for parameter in parameters),
                form=_form(document, content.get(FORM, {})),
                schemas={kind: media.get("schema", {}) for kind, media in content.items()},
            )


def _form(document: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, FormField]:
    schema = resolve(document, content.get("schema", {}))
    encoding = content.get("encoding", {})
    return {
        name: FormField(
            is_json=encoding.get(name, {}).get("contentType") == JSON,
            max_bytes=part.get("x-documented", {}).get("maxBytes"),
        )
        for name, part in schema.get("properties", {}).items()
    }


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
