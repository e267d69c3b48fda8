"""Printing the raw endpoints: one function an operation, which builds a request and does no I/O."""

from __future__ import annotations

import re
from typing import Any

from codegen.document import Document, Node, Operation, Pointer
from codegen.names import safe_name
from codegen.printing import annotation, reader, snake_case
from codegen.schema import Binary, Choice, Named, Scalar, Schemas, Type
from codegen.templates import render
from codegen.text import docstring

_PREFIX = "models."
_JSON = "application/json"
_MULTIPART = "multipart/form-data"
# What the functions use themselves, and what no argument may therefore be called.
_USED = frozenset({"body", "models", "segment"})


def print_endpoints(
    document: Document, schemas: Schemas, title: str, package: str, header: str
) -> str:
    """Return the source of the module that holds all endpoints of a document.

    `package` is where the module goes, and where it finds its `models`.
    """
    endpoints = [
        _checked_endpoint(document, schemas, operation, kind)
        for operation in document.operations()
        for kind in _bodies(document, operation)
    ]
    context = {"header": header, "title": title, "package": package, "endpoints": endpoints}
    return render("endpoints.py.jinja", context)


def _bodies(document: Document, operation: Operation) -> list[str]:
    """Return the media type of each kind of body; an empty one where there is no body."""
    body = document.follow(operation.node.get("requestBody", {}))
    return list(body.get("content", {})) or [""]


def _checked_endpoint(
    document: Document, schemas: Schemas, operation: Operation, kind: str
) -> dict[str, Any]:
    try:
        return _endpoint(document, schemas, operation, kind)
    except ValueError as error:
        raise ValueError(f"{operation.name}: {error}") from error


def _endpoint(
    document: Document, schemas: Schemas, operation: Operation, kind: str
) -> dict[str, Any]:
    arguments = _Arguments(document, schemas, operation)
    arguments.add_parameters()
    body = arguments.add_json() if kind == _JSON else None
    parts = arguments.add_parts() if kind == _MULTIPART else []
    if kind not in {"", _JSON, _MULTIPART}:
        raise ValueError(f"a body of {kind} is not supported")
    # One function for each kind of body, so one of the two needs another name.
    several = kind == _MULTIPART and len(_bodies(document, operation)) > 1
    result, read = _result(document, schemas, operation)
    summary = str(operation.node.get("summary", operation.name))
    text = f"{summary}\n\n{operation.node.get('description', '')}".strip()
    return {
        "name": safe_name(snake_case(operation.name) + ("_multipart" if several else "")),
        "operation": operation.name,
        "method": operation.verb.upper(),
        "signature": arguments.signature(),
        "docstring": docstring(text, 4, [("Args", arguments.about)]),
        "path": _path(operation.path, arguments.path_names),
        "query": " + ".join(arguments.query),
        "body": body,
        "parts": parts,
        "statuses": tuple(int(status) for status in _good_answers(operation)),
        "result": result,
        "read": read,
    }


class _Arguments:
    """The arguments of one endpoint, and what they become in the request."""

    def __init__(self, document: Document, schemas: Schemas, operation: Operation) -> None:
        self.document = document
        self.schemas = schemas
        self.operation = operation
        self.positional: list[str] = []
        self.keyword: list[str] = []
        self.about: list[tuple[str, str]] = []
        self.path_names: dict[str, str] = {}
        self.query: list[str] = []

    def signature(self) -> str:
        """Return the parameter list: ids by position, the rest by keyword."""
        return ", ".join([*self.positional, *(["*", *self.keyword] if self.keyword else [])])

    def add_parameters(self) -> None:
        """Take the parameters of the path and of the query."""
        for node, pointer in self.operation.parameters:
            # Where the wire's own name says too little for Python, such as `id` for a peer.
            name = self._take(str(node.get("x-name", node["name"])), node)
            if node["in"] == "path":
                self.positional.append(f"{name}: str")
                self.path_names[node["name"]] = name
            elif node["in"] == "query":
                self._add_query(node, pointer, name)
            else:
                raise ValueError(f"a parameter in {node['in']} is not supported: {node['name']}")

    def _take(self, json_name: str, node: Node) -> str:
        """Return the name of a further argument."""
        name = safe_name(snake_case(json_name))
        name = f"{name}_" if name in _USED else name
        if name in dict(self.about):
            raise ValueError(f"two arguments would be called {name}")
        self.about.append((name, str(node.get("description", ""))))
        return name

    def _add_query(self, node: Node, pointer: Pointer, name: str) -> None:
        if node.get("style") == "deepObject":
            hint, function = "Mapping[str, Any]", "deep_query"
        else:
            kind = self.schemas.type_of(node["schema"], (*pointer, "schema"))
            hint, function = _plain_hint(kind), "plain_query"
        optional = "" if node.get("required") else " | None = None"
        self.keyword.append(f"{name}: {hint}{optional}")
        self.query.append(f"{function}({node['name']!r}, {name})")

    def _body(self, kind: str) -> tuple[Node, Node, Pointer]:
        """Return the body, the schema of one kind of it, and where that schema stands."""
        start = (*self.operation.pointer, "requestBody")
        body, pointer = self.document.locate(self.operation.node["requestBody"], start)
        return body, body["content"][kind]["schema"], (*pointer, "content", kind, "schema")

    def add_json(self) -> str:
        """Take a JSON body; returns the expression that gives its plain data."""
        body, schema, pointer = self._body(_JSON)
        kind = self.schemas.type_of(schema, pointer)
        hint = _sendable(kind)
        if not _is_object(kind):
            raise ValueError("a JSON body other than an object is not supported")
        _check_no_file(kind, self.schemas)
        self.about.append(("body", str(body.get("description", ""))))
        if body.get("required"):
            self.keyword.append(f"body: {hint}")
            return "body.to_dict()"
        self.keyword.append(f"body: {hint} | None = None")
        return "None if body is None else body.to_dict()"

    def add_parts(self) -> list[str]:
        """Take the parts of a multipart body; returns the expressions that make them."""
        _, schema, pointer = self._body(_MULTIPART)
        node, pointer = self.document.locate(schema, pointer)
        return [
            # In the document's order, because the published SDK sends `config` before the file.
            self._part(part, (*pointer, "properties", name), name, name in node.get("required", ()))
            for name, part in node["properties"].items()
        ]

    def _part(self, raw: Node, pointer: Pointer, json_name: str, required: bool) -> str:
        name = self._take(json_name, self.document.follow(raw))
        kind = self.schemas.type_of(raw, pointer)
        if not required:
            raise ValueError(f"a part that may be left out is not supported: {json_name}")
        if not isinstance(kind, Binary) and not _is_object(kind):
            raise ValueError(
                f"a part that is neither file nor object is not supported: {json_name}"
            )
        hint = "FilePart" if isinstance(kind, Binary) else _sendable(kind)
        self.keyword.append(f"{name}: {hint}")
        maker = "file_part" if isinstance(kind, Binary) else "json_part"
        return f"{maker}({json_name!r}, {name})"


def _is_object(kind: Type) -> bool:
    return isinstance(kind, Choice) or (isinstance(kind, Named) and not kind.kind.endswith("enum"))


def _check_no_file(kind: Type, schemas: Schemas) -> None:
    """Refuse a file, or an object that holds one: JSON has no place for it."""
    model = schemas.models.get(kind.name) if isinstance(kind, Named) else None
    kinds = [field.type for field in model.fields] if model else [kind]
    if any(isinstance(each, Binary) for each in kinds):
        raise ValueError("a file can only be a part of a multipart body")


def _sendable(kind: Type) -> str:
    """Annotate what a caller may send: of a union only the members that are known."""
    return annotation(kind, _PREFIX).removesuffix(" | dict[str, Any]")


def _plain_hint(kind: Type) -> str:
    """Annotate the argument of a plain query parameter."""
    if isinstance(kind, Scalar):
        return kind.python
    if isinstance(kind, Named) and kind.kind.endswith("enum"):
        return annotation(kind, _PREFIX) + (" | str" if kind.kind == "str_enum" else "")
    raise ValueError("only plain values and deepObject are supported in a query")


def _path(template: str, names: dict[str, str]) -> str:
    def fill(match: re.Match[str]) -> str:
        if match[1] not in names:
            raise ValueError(f"{match[0]} in the path is not a parameter of it")
        name = names[match[1]]
        return f"{{segment({name}, '{name}')}}"

    filled = re.sub(r"\{([^}]*)\}", fill, template)
    return f'f"{filled}"' if filled != template else f'"{template}"'


def _result(document: Document, schemas: Schemas, operation: Operation) -> tuple[str, str]:
    """Return the annotation of the result, and the expression of its reader."""
    results = {_answer(document, schemas, operation, status) for status in _good_answers(operation)}
    if len(results) > 1:
        raise ValueError("good answers of several kinds are not supported")
    return results.pop() if results else ("None", "no_answer")


def _good_answers(operation: Operation) -> list[str]:
    """Return the statuses of good answers."""
    # YAML reads a status without quotes as a number.
    return [status for status in operation.node["responses"] if str(status).startswith("2")]


def _answer(
    document: Document, schemas: Schemas, operation: Operation, status: str
) -> tuple[str, str]:
    start = (*operation.pointer, "responses", status)
    answer, pointer = document.locate(operation.node["responses"][status], start)
    content = answer.get("content", {})
    if not content:
        return "None", "no_answer"
    if list(content) != [_JSON]:
        raise ValueError(f"an answer of {', '.join(content)} is not supported")
    kind = schemas.type_of(content[_JSON]["schema"], (*pointer, "content", _JSON, "schema"))
    _check_no_file(kind, schemas)
    return annotation(kind, _PREFIX), f"json_answer({reader(kind, _PREFIX)})"
