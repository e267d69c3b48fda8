"""JSON values made from the schemas of the REST document: what a server may answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

Schema = dict[str, Any]

DOCUMENT: dict[str, Any] = json.loads(
    resources.files("fishjam._generated.fishjam_api").joinpath("document.json").read_text("utf-8")
)
SCHEMAS: dict[str, Schema] = DOCUMENT["components"]["schemas"]
SECRET = "marker-of-a-secret-7f3a"
FREE_FORM = {"n": 1, "nested": {"list": [None, True, 1.5, "x"]}}


def resolve(schema: Schema) -> Schema:
    """Follow a reference, and merge the only member of an `allOf` with what stands beside it."""
    if "$ref" in schema:
        return resolve(SCHEMAS[schema["$ref"].rpartition("/")[2]])
    if "allOf" in schema:
        (inner,) = schema["allOf"]
        return {**resolve(inner), **{key: schema[key] for key in schema if key != "allOf"}}
    return schema


def is_free_form(schema: Schema) -> bool:
    return schema.get("type") == "object" and not schema.get("properties")


def minimal(schema: Schema) -> Any:
    """Make a value with nothing that may be left out."""
    schema = resolve(schema)
    if "oneOf" in schema:
        return minimal(schema["oneOf"][0])
    if schema["type"] == "object" and not is_free_form(schema):
        needed = schema.get("required", [])
        return {name: minimal(schema["properties"][name]) for name in needed}
    if schema.get("nullable"):
        return None
    return [] if schema["type"] == "array" else _plain(schema, 0)


def full(schema: Schema, variant: int = 0) -> Any:
    """Make a value with all that the document knows; `variant` walks through enums and unions."""
    schema = resolve(schema)
    if "oneOf" in schema:
        members = schema["oneOf"]
        return full(members[variant % len(members)], variant)
    if schema["type"] == "object" and not is_free_form(schema):
        return {name: full(one, variant) for name, one in schema["properties"].items()}
    if schema["type"] == "array":
        return [full(schema["items"], variant), full(schema["items"], variant + 1)]
    return _plain(schema, variant)


def _plain(schema: Schema, variant: int) -> Any:
    if "enum" in schema:
        return schema["enum"][variant % len(schema["enum"])]
    if schema["type"] == "object":
        return dict(FREE_FORM)
    if schema.get("x-secret"):
        return SECRET
    plain: dict[str, Any] = {"string": f"text-{variant}", "integer": 7, "number": 1.5}
    return plain.get(schema["type"], variant % 2 == 0)


def with_unknown(schema: Schema, value: Any) -> Any:
    """Add a property that the document does not know to every object that it knows."""
    schema = resolve(schema)
    if isinstance(value, list):
        return [with_unknown(schema["items"], item) for item in value]
    if not isinstance(value, dict) or is_free_form(schema):
        return value
    if "oneOf" in schema:
        return with_unknown(member_of(schema, value), value)
    properties = schema["properties"]
    known = {name: with_unknown(properties[name], item) for name, item in value.items()}
    return {**known, "brandNew": {"deep": [1]}, "brand-new": None}


def member_of(schema: Schema, value: dict[str, Any]) -> Schema:
    """Find the member of a union that a value was made from."""
    members = [resolve(member) for member in schema["oneOf"]]
    return next(one for one in members if _allows(one, value))


def _allows(schema: Schema, value: dict[str, Any]) -> bool:
    kinds = schema["properties"].get("type", {}).get("enum", [value.get("type")])
    return set(value) <= set(schema["properties"]) and value.get("type") in kinds


def answer_schema(operation_id: str) -> Schema | None:
    """Return the schema of an operation's good answer, or None when it has no body."""
    (operation,) = [one for one in operations() if one["operationId"] == operation_id]
    good = next(answer for code, answer in operation["responses"].items() if code[0] == "2")
    content = good.get("content", {})
    return content["application/json"]["schema"] if content else None


def operations() -> Iterator[dict[str, Any]]:
    for item in DOCUMENT["paths"].values():
        yield from item.values()


def broken(schema: Schema, value: Any, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """Break a full value in one place at a time: gives the place, the problem and the value."""
    schema = resolve(schema)
    if "oneOf" in schema:
        yield path, "expected an object", 5
        # A member without what it needs is another member, or one that is not known.
        member = {**member_of(schema, value), "required": []}
        yield from _broken_properties(member, value, path)
    elif isinstance(value, list):
        yield path, "expected an array", {"0": 1}
        for place, problem, changed in broken(schema["items"], value[1], f"{path}[1]"):
            yield place, problem, [value[0], changed]
    elif schema["type"] == "object":
        yield path, "expected an object", ["no", "object"]
        yield from _broken_properties(schema, value, path)
    else:
        yield path, "expected", {"an": "object"}


def _broken_properties(schema: Schema, value: Any, path: str) -> Iterator[tuple[str, str, Any]]:
    for name, one in schema.get("properties", {}).items():
        inner = f"{path}.{name}" if path else name
        if name in schema.get("required", []) and not resolve(one).get("nullable"):
            yield inner, "is missing", {key: value[key] for key in value if key != name}
            yield inner, "expected", {**value, name: None}
        for place, problem, changed in broken(one, value[name], inner):
            yield place, problem, {**value, name: changed}
