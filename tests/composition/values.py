"""JSON values made from the schemas of the Composition API's document."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from fishjam._generated.composition_api import models

Schema = dict[str, Any]

DOCUMENT: dict[str, Any] = json.loads(
    resources.files(models.__package__).joinpath("document.json").read_text("utf-8")
)
SCHEMAS: dict[str, Schema] = DOCUMENT["components"]["schemas"]
OBJECTS = sorted(name for name, schema in SCHEMAS.items() if "properties" in schema)
UNIONS = sorted(name for name, schema in SCHEMAS.items() if "oneOf" in schema)
SECRET = "marker-of-a-secret"


def resolve(schema: Schema) -> Schema:
    """Follow a reference, and merge the only member of an `allOf` with what stands beside it."""
    if "$ref" in schema:
        return resolve(SCHEMAS[schema["$ref"].rpartition("/")[2]])
    if "allOf" in schema:
        return {**resolve(schema["allOf"][0]), **schema}
    return schema


def minimal(schema: Schema) -> Any:
    """Make a value with nothing that may be left out."""
    return _value(resolve(schema), 0, deep=0, everything=False)


def full(schema: Schema, variant: int = 0, deep: int = 2) -> Any:
    """Make a value with all that there is; `variant` walks through enums and unions.

    Components hold components: below `deep` levels of them their lists are empty.
    """
    return _value(resolve(schema), variant, deep, everything=True)


def _value(schema: Schema, variant: int, deep: int, *, everything: bool) -> Any:
    if "oneOf" in schema:
        members = schema["oneOf"]
        # The first member is the one that holds no others.
        chosen = members[variant % len(members) if deep else 0]
        return _value(resolve(chosen), variant, deep - 1, everything=everything)
    if "properties" in schema:
        wanted = schema["properties"] if everything else schema.get("required", ())
        return {
            name: _value(resolve(schema["properties"][name]), variant, deep, everything=everything)
            for name in wanted
        }
    if schema.get("type") == "array":
        if not everything or deep < 0:
            return []
        items = resolve(schema["items"])
        return [_value(items, one, deep, everything=True) for one in (variant, variant + 1)]
    return _plain(schema, variant)


def _plain(schema: Schema, variant: int) -> Any:
    if "enum" in schema:
        known = [value for value in schema["enum"] if value is not None]
        return known[variant % len(known)]
    if schema.get("x-secret"):
        return SECRET
    if schema.get("format") == "binary":
        return b"a file"
    plain: dict[str, Any] = {"string": f"text-{variant}", "integer": 7, "number": 1.5}
    return plain.get(schema["type"], variant % 2 == 0)
