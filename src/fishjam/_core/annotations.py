"""Annotations that pydantic, FastAPI and cattrs can resolve, wherever a class says that it is."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from inspect import get_annotations
from typing import Any, get_type_hints

import attrs


def resolve_annotations(namespace: dict[str, Any], *classes: type) -> None:
    """Turn the annotations of attrs classes and dataclasses from texts into types.

    `typing.get_type_hints` looks them up in the module that a class names as its own. That is the
    public one here, which does not have all that the annotations name.

    Args:
        namespace: the `globals()` of the module that defines the classes.
        classes: the classes, after all that their annotations name.
    """
    for kind in classes:
        hints = get_type_hints(kind, namespace)
        # `get_type_hints` adds those of the base classes, which would then stand here twice.
        kind.__annotations__ = {name: hints[name] for name in get_annotations(kind)}
        arguments = _arguments(kind, namespace, hints)
        init: Any = vars(kind)["__init__"]
        # attrs and dataclasses copy the texts into `__init__`, where `inspect.signature` reads.
        init.__annotations__ = {
            name: arguments.get(name, hint) for name, hint in init.__annotations__.items()
        }


def _arguments(kind: Any, namespace: dict[str, Any], hints: dict[str, Any]) -> dict[str, Any]:
    """Resolve the types of the fields, too; returns those of the arguments of `__init__`."""
    if not is_dataclass(kind):
        attrs.resolve_types(kind, namespace)
        # attrs takes the leading underscore of a private field off the name of its argument.
        return {field.alias: field.type for field in attrs.fields(kind)}
    for field in fields(kind):
        field.type = hints[field.name]
    return hints
