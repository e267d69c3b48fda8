"""How types look in generated Python: annotations, readers, writers and defaults."""

from __future__ import annotations

import re
from typing import Any

from codegen.schema import Array, Binary, Choice, Field, Named, Scalar, Schemas, Type


def annotation(kind: Type, prefix: str = "") -> str:
    """Return the Python annotation of a type; `prefix` goes before the names of classes."""
    if isinstance(kind, Array):
        return f"list[{annotation(kind.item, prefix)}]"
    if isinstance(kind, Choice):
        # A member that only a newer server knows stays the object that it came as.
        return f"{prefix}{kind.name} | dict[str, Any]"
    if isinstance(kind, Named):
        # Likewise an unknown number; an unknown text becomes a member of its enum.
        return f"{prefix}{kind.name}{' | int' if kind.kind == 'int_enum' else ''}"
    return "bytes" if isinstance(kind, Binary) else kind.python


def reader(kind: Type, prefix: str = "") -> str:
    """Return the expression of the function that reads a JSON value of this type."""
    if isinstance(kind, Array):
        return f"list_of({reader(kind.item, prefix)})"
    if isinstance(kind, Choice):
        return f"{prefix}{union_reader(kind.name)}"
    if isinstance(kind, Named):
        method = "from_wire" if kind.kind.endswith("enum") else "from_dict"
        return f"{prefix}{kind.name}.{method}"
    if isinstance(kind, Binary):
        return "read_bytes"
    return f"read_{kind.python.lower()}"


def union_reader(name: str) -> str:
    """Return the name of the function that reads a union: `RecordingSource` -> snake case."""
    return f"read_{snake_case(name)}"


def snake_case(name: str) -> str:
    """Turn a name into snake case: `WebRTCConfig` becomes `web_rtc_config`."""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[\W_]+", "_", parts).strip("_").lower()


def straight_check(kind: Type, value: str) -> str:
    """Return the condition under which a value is read straight; empty if its reading tells."""
    if isinstance(kind, Array):
        return f"{value}.__class__ is list"
    if isinstance(kind, Scalar):
        return "" if kind.python == "Any" else f"{value}.__class__ is {kind.python}"
    # True is a key of the same hash as 1.
    classes = {"int_enum": "int", "freeform": "dict"}
    expected = classes.get(kind.kind) if isinstance(kind, Named) else None
    return f"{value}.__class__ is {expected}" if expected else ""


def straight_value(kind: Type, value: str) -> str:
    """Return the expression that reads a value which has passed its check."""
    if isinstance(kind, Array):
        item = kind.item
        straight = straight_value(item, "item") if _is_model(item) else f"{reader(item)}(item)"
        return f"[{straight} for item in {value}]"
    if not isinstance(kind, Named):
        return value
    if kind.kind.endswith("enum"):
        return f"{known_members(kind.name)}.get({value}) or {kind.name}.from_wire({value})"
    if kind.kind == "freeform":
        return f"{kind.name}({value})"
    return f"{straight_reader(kind.name)}({value}, {kind.name})"


def straight_reader(name: str) -> str:
    """Return the name of the function that reads a model straight."""
    return f"_straight_{snake_case(name)}"


def known_members(name: str) -> str:
    """Return the name of the dict of an enum's members."""
    return f"_{snake_case(name)}"


def _is_model(kind: Type) -> bool:
    return isinstance(kind, Named) and kind.kind == "model"


def writer(field: Field) -> str:
    """Return the expression that turns a field into plain JSON data."""
    # A scalar is JSON already, and a call of `dump` would be wasted on it.
    plain = isinstance(field.type, Scalar) and field.type.python != "Any"
    return f"self.{field.name}" if plain else f"dump(self.{field.name})"


def default_of(value: Any, kind: Type, schemas: Schemas) -> str:
    """Return the expression of a default."""
    if value is None:
        return "None"
    if isinstance(value, (list, dict)):
        raise ValueError(f"a default that can be changed in place is not supported: {value!r}")
    if isinstance(kind, Named) and kind.name in schemas.enums:
        names = {member: name for name, member in schemas.enums[kind.name].members}
        if value not in names:
            raise ValueError(f"the default {value!r} is not a member of {kind.name}")
        return f"{kind.name}.{names[value]}"
    if isinstance(kind, Scalar) and kind.python == "float":
        # YAML reads `1` as a whole number, and the published SDK sends `1.0`.
        return repr(float(value))
    return repr(value)
