"""Numbers that come as text, which Fishjam takes as numbers where its document asks for some."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fishjam.emulator._rest.references import resolve

# No number in a request is long; Python would take seconds to read one of a million digits.
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?")
_CHOICES = ("allOf", "oneOf", "anyOf")

Schema = Mapping[str, Any]


def cast_numbers(document: Mapping[str, Any], schema: Schema, value: Any) -> Any:
    """Return a decoded body in which texts are numbers where the schema says so.

    Other texts stay as they are, so that the check against the document says what is wrong.

    Args:
        document: the document that references in the schema point into.
        schema: the schema of the value.
        value: the value of a JSON text; objects and arrays are changed in place.
    """
    schema = resolve(document, schema)
    if isinstance(value, str):
        value = _cast(schema.get("type"), value)
    elif isinstance(value, dict):
        for name in schema.get("properties", {}).keys() & value.keys():
            value[name] = cast_numbers(document, schema["properties"][name], value[name])
    elif isinstance(value, list) and "items" in schema:
        value[:] = [cast_numbers(document, schema["items"], item) for item in value]
    # Which alternative is meant is found out only by the check that follows.
    for choice in _CHOICES:
        for part in schema.get(choice, ()):
            value = cast_numbers(document, part, value)
    return value


def _cast(type_: str | None, text: str) -> Any:
    if type_ == "integer" and _INTEGER.fullmatch(text):
        return int(text)
    if type_ == "number" and _NUMBER.fullmatch(text):
        return float(text)
    return text
