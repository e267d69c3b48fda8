"""Printing the models of a document: attrs classes, enums, free-form objects and unions."""

from __future__ import annotations

from typing import Any

from codegen.printing import (
    annotation,
    default_of,
    known_members,
    reader,
    straight_check,
    straight_reader,
    straight_value,
    union_reader,
    writer,
)
from codegen.schema import Array, Binary, Choice, Field, Model, Named, Schemas, Type, Union
from codegen.templates import render
from codegen.text import attribute_docstring, docstring

# What the generated module imports, and what no class in it may therefore be called.
_IMPORTED = frozenset(
    {
        *("Callable", "FreeForm", "Mapping", "Model", "OpenIntEnum", "OpenStrEnum", "Self"),
        *("Shape", "T", "TypeAlias", "TypeVar", "UNUSUAL"),
    }
)


def print_models(schemas: Schemas, title: str, homes: dict[str, str], header: str) -> str:
    """Return the source of the module that holds all models of a document."""
    _check_names(schemas)
    types = _types(schemas, homes)
    context = {
        "header": header,
        "title": title,
        "unions": schemas.unions,
        "enums": [
            {
                "name": enum.name,
                "docstring": docstring(enum.description or enum.name, 4, []),
                "home": homes.get(enum.name),
                "numbers": enum.numbers,
                "members": [(name, repr(value)) for name, value in enum.members],
                "known": known_members(enum.name),
            }
            for enum in schemas.enums.values()
        ],
        "freeforms": [
            {
                "name": freeform.name,
                "docstring": docstring(freeform.description or "A free-form JSON object.", 4, []),
                "home": homes.get(freeform.name),
            }
            for freeform in schemas.freeforms.values()
        ],
        "types": types,
        "recursive": [
            entry["name"] for entry in types if not entry["is_union"] and _names_later(entry)
        ],
    }
    return render("models.py.jinja", context)


def _names_later(model: dict[str, Any]) -> bool:
    return any(field["annotation"].startswith('"') for field in model["fields"])


def _check_names(schemas: Schemas) -> None:
    used = set(_IMPORTED)
    for name in (*schemas.enums, *schemas.freeforms, *schemas.models, *schemas.unions):
        if name in used:
            raise ValueError(f"two classes of the models would be called {name}")
        used.add(name)


def _types(schemas: Schemas, homes: dict[str, str]) -> list[dict[str, Any]]:
    """Return models and unions so that each comes after what its annotations name."""
    done: list[dict[str, Any]] = []
    defined: set[str] = set()
    begun: set[str] = set()

    def visit(name: str) -> None:
        # A model that holds itself comes back here before it is defined.
        if name in begun:
            return
        begun.add(name)
        for other in _needs(schemas, name):
            visit(other)
        if name in schemas.unions and not defined.issuperset(schemas.unions[name].members):
            # A member is just being visited, because it holds the union: the second round's turn.
            begun.remove(name)
        elif name in schemas.unions:
            done.append(_union(schemas.unions[name], schemas))
            defined.add(name)
        else:
            done.append(_model(schemas.models[name], schemas, homes, defined))
            defined.add(name)

    for name in (*sorted({*schemas.models, *schemas.unions}), *sorted(schemas.unions)):
        visit(name)
    return done


def _needs(schemas: Schemas, name: str) -> list[str]:
    if name in schemas.unions:
        return list(schemas.unions[name].members)
    used = (_named(field.type) for field in schemas.models[name].fields)
    return [name for name in used if name in schemas.models or name in schemas.unions]


def _named(kind: Type) -> str:
    if isinstance(kind, Array):
        return _named(kind.item)
    return kind.name if isinstance(kind, (Named, Choice)) else ""


def _model(
    model: Model, schemas: Schemas, homes: dict[str, str], defined: set[str]
) -> dict[str, Any]:
    about = [(field.name, field.description) for field in model.fields]
    return {
        "is_union": False,
        "is_straight": _is_straight(model, schemas),
        "straight": straight_reader(model.name),
        "name": model.name,
        "home": homes.get(model.name),
        "docstring": docstring(model.description or model.name, 4, [("Attributes", about)]),
        "fields": [
            {
                **_checked_field(model, field, schemas, defined),
                "docstring": attribute_docstring(field.description),
            }
            for field in model.fields
        ],
    }


def _is_straight(model: Model, schemas: Schemas) -> bool:
    """Tell whether a model and all that it holds can be read without a call for each property.

    A union cannot: which member it is has to be found out. Nor can the bytes of a file.
    """
    return not any(
        name in schemas.unions or _holds_bytes(schemas, name)
        for name in (model.name, *_held(schemas, model.name))
    )


def _held(schemas: Schemas, name: str) -> set[str]:
    """Return the names of all models and unions that one holds, at any depth."""
    held: set[str] = set()
    names = [name]
    while names:
        new = set(_needs(schemas, names.pop())) - held
        held |= new
        names += new
    return held


def _holds_bytes(schemas: Schemas, name: str) -> bool:
    return any(isinstance(field.type, Binary) for field in schemas.models[name].fields)


def _checked_field(
    model: Model, field: Field, schemas: Schemas, defined: set[str]
) -> dict[str, Any]:
    try:
        return _field(field, schemas, defined)
    except ValueError as error:
        raise ValueError(f"{model.name}.{field.json_name}: {error}") from error


def _field(field: Field, schemas: Schemas, defined: set[str]) -> dict[str, Any]:
    hint = annotation(field.type)
    if field.nullable or not field.required:
        hint += " | None"
    later = _named(field.type)
    if (later in schemas.models or later in schemas.unions) and later not in defined:
        # Quoted, because the class is defined further down.
        hint = f'"{hint}"'
    default = "" if field.required else default_of(field.default, field.type, schemas)
    look = "optional" if field.nullable or not field.required else "required"
    return {
        "name": field.name,
        "annotation": hint,
        "default": _assignment(default, _shown_by(field, hint)),
        "key": repr(field.json_name),
        "straight": _straight(field, look),
        "read": f"{look}(data, {field.json_name!r}, {reader(field.type)})",
        "write": writer(field),
        "always": field.required,
    }


def _straight(field: Field, look: str) -> dict[str, str]:
    """Return how to get, check and read a field of an answer that is as promised."""
    # With a prefix, because many are called like a function of Python's.
    name = f"got_{field.name}"
    check, value = straight_check(field.type, name), straight_value(field.type, name)
    if look == "required":
        fetched = f"src_dict[{field.json_name!r}]"
        return {"name": name, "fetched": fetched, "check": check, "value": value}
    return {
        "name": name,
        "fetched": f"src_dict.get({field.json_name!r})",
        "check": f"({name} is None or {check})" if check else "",
        "value": name if value == name else f"None if {name} is None else {value}",
    }


def _shown_by(field: Field, hint: str) -> str:
    """Name the function that shows a field in a repr; empty for one that shows itself."""
    if field.secret:
        return "masked"
    # Addresses of files are signed, and those of webhooks and streams can hold passwords.
    is_address = field.json_name.lower().endswith("url") and hint.startswith("str")
    return "masked_address" if is_address else ""


def _assignment(default: str, shown_by: str) -> str:
    if shown_by:
        return f" = field({f'default={default}, ' if default else ''}repr={shown_by})"
    return f" = {default}" if default else ""


def _union(union: Union, schemas: Schemas) -> dict[str, Any]:
    return {
        "is_union": True,
        "name": union.name,
        "docstring": docstring(union.description or union.name, 0, []),
        "members": union.members,
        "annotation": annotation(Choice(union.name)),
        "reader": union_reader(union.name),
        "tag": repr(union.tag) if union.tag else None,
        "tagged": [(repr(value), member) for value, member in union.values],
        "shapes": [_shape(schemas.models[name]) for name in union.members],
    }


def _shape(model: Model) -> dict[str, str]:
    required = [field.json_name for field in model.fields if field.required]
    known = [field.json_name for field in model.fields]
    return {
        "name": model.name,
        "required": repr(tuple(required)),
        "known": repr(tuple(known)) if model.closed else "None",
    }
