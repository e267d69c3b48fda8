"""Printing the raw endpoints: one function an operation, which builds a request and does no I/O."""

from __future__ import annotations

import re
from typing import Any

from codegen.document import Document, Node, Operation, Pointer
from codegen.names import class_part, safe_name
from codegen.printing import annotation, reader
from codegen.schema import Binary, Named, Schemas, Type
from codegen.templates import render
from codegen.text import docstring

_PREFIX = "models."


def print_endpoints(
    document: Document, schemas: Schemas, title: str, namespace: str, header: str
) -> str:
    """Return the source of the module that holds all endpoints of a document."""
    endpoints = [
        _endpoint(document, schemas, operation, kind, content, suffix)
        for operation in document.operations()
        for kind, content, suffix in _bodies(document, operation)
    ]
    context = {
        "header": header,
        "title": title,
        "namespace": namespace,
        "endpoints": endpoints,
    }
    return render("endpoints.py.jinja", context)


def _bodies(document: Document, operation: Operation) -> list[tuple[str, Node | None, str]]:
    """Return (media type, its node, suffix of the name) for each kind of body."""
    body = document.follow(operation.node.get("requestBody", {}))
    content = body.get("content", {})
    if not content:
        return [("", None, "")]
    several = len(content) > 1
    kinds = {"application/json": "", "multipart/form-data": "_multipart" if several else ""}
    return [(kind, node, kinds[kind]) for kind, node in content.items()]


def _endpoint(
    document: Document,
    schemas: Schemas,
    operation: Operation,
    kind: str,
    content: Node | None,
    suffix: str,
) -> dict[str, Any]:
    arguments = _Arguments(document, schemas, operation)
    arguments.add_parameters()
    body, parts = None, []
    if content is not None:
        pointer = (*operation.pointer, "requestBody", "content", kind, "schema")
        if kind == "application/json":
            body = arguments.add_json(content["schema"], pointer)
        else:
            parts = arguments.add_parts(content["schema"], pointer)
    result, read = _result(document, schemas, operation)
    summary = str(operation.node.get("summary", operation.name))
    text = f"{summary}\n\n{operation.node.get('description', '')}".strip()
    return {
        "name": safe_name(operation.name + suffix),
        "operation": operation.name,
        "method": operation.verb.upper(),
        "signature": arguments.signature(),
        "docstring": docstring(text, 4, [("Args", arguments.about)]),
        "path": _path(operation.path, arguments.path_names),
        "query": " + ".join(arguments.query),
        "body": body,
        "parts": parts,
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
        for node in self.operation.parameters:
            name = safe_name(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", str(node["name"])).lower())
            self.about.append((name, str(node.get("description", ""))))
            if node["in"] == "path":
                self.positional.append(f"{name}: str")
                self.path_names[node["name"]] = name
            elif node["in"] == "query":
                self._add_query(node, name)
            else:
                raise ValueError(f"{self.operation.name}: a parameter in {node['in']}")

    def _add_query(self, node: Node, name: str) -> None:
        pointer = (*self.operation.pointer, "parameters", str(node["name"]))
        if node.get("style") == "deepObject":
            hint, function = "Mapping[str, Any]", "deep_query"
        else:
            kind = self.schemas.type_of(node["schema"], pointer, class_part(name))
            hint, function = annotation(kind, _PREFIX), "plain_query"
            if isinstance(kind, Named) and kind.kind == "str_enum":
                hint += " | str"
        optional = "" if node.get("required") else " | None = None"
        self.keyword.append(f"{name}: {hint}{optional}")
        self.query.append(f'{function}("{node["name"]}", {name})')

    def add_json(self, schema: Node, pointer: Pointer) -> str:
        """Take a JSON body; returns the expression that gives its plain data."""
        kind = self.schemas.type_of(schema, pointer, class_part(self.operation.name) + "Body")
        body = self.document.follow(self.operation.node["requestBody"])
        self.about.append(("body", str(body.get("description", ""))))
        if body.get("required"):
            self.keyword.append(f"body: {_sendable(kind)}")
            return "body.to_dict()"
        self.keyword.append(f"body: {_sendable(kind)} | None = None")
        return "None if body is None else body.to_dict()"

    def add_parts(self, schema: Node, pointer: Pointer) -> list[str]:
        """Take the parts of a multipart body; returns the expressions that make them."""
        node = self.document.follow(schema)
        parts = []
        for json_name, one in node["properties"].items():
            name = safe_name(json_name)
            kind = self.schemas.type_of(one, (*pointer, "properties", json_name), class_part(name))
            self.about.append((name, str(self.document.follow(one).get("description", ""))))
            self.keyword.append(f"{name}: {_sendable(kind)}")
            maker = "file_part" if isinstance(kind, Binary) else "json_part"
            parts.append(f'{maker}("{json_name}", {name})')
        return parts


def _sendable(kind: Type) -> str:
    """Annotate what a caller may send: of a union only the members that are known."""
    return annotation(kind, _PREFIX).removesuffix(" | dict[str, Any]")


def _path(template: str, names: dict[str, str]) -> str:
    if not names:
        return repr(template).replace("'", '"')
    filled = re.sub(
        r"\{(\w+)\}",
        lambda match: "{segment(%s, '%s')}" % (names[match[1]], names[match[1]]),
        template,
    )
    return f'f"{filled}"'


def _result(document: Document, schemas: Schemas, operation: Operation) -> tuple[str, str]:
    """Return the annotation of the result, and the expression of its reader."""
    for status, response in operation.node["responses"].items():
        content = document.follow(response).get("content", {})
        if str(status).startswith("2") and "application/json" in content:
            pointer = (*operation.pointer, "responses", status, "content", "application/json")
            schema = content["application/json"]["schema"]
            kind = schemas.type_of(
                schema, (*pointer, "schema"), class_part(operation.name) + "Answer"
            )
            return annotation(kind, _PREFIX), f"json_answer({reader(kind, _PREFIX)})"
    return "None", "no_answer"
