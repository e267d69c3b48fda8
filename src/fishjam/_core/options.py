"""Checking options: an error for anything else shows how they are written."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import signature
from typing import Any, TypeVar, get_args

T = TypeVar("T")


def checked_options(value: object, kind: type[T], method: str, name: str = "options") -> T:
    """Return options as they are; raises `TypeError` for anything else, a dict for example.

    The error names the `method` that was called and the argument, `name`.
    """
    if isinstance(value, kind):
        return value
    fields = list(signature(kind).parameters)
    raise TypeError(
        f"{method}: {name} must be {kind.__name__}, not {type(value).__name__}. "
        f"Write {kind.__name__}({_as_arguments(value, fields)}); it takes {', '.join(fields)}."
    )


def checked_union(value: T, union: Any, method: str, name: str) -> T:
    """Return what is one of several kinds as it is; raises `TypeError` for anything else."""
    kinds = get_args(union)
    if isinstance(value, kinds):
        return value
    raise TypeError(
        f"{method}: {name} must be one of "
        f"{', '.join(kind.__name__ for kind in kinds)}, not {type(value).__name__}"
    )


def _as_arguments(value: object, fields: list[str]) -> str:
    """Write a dict as keyword arguments; texts in it, which may be secret, are left out."""
    given = value if isinstance(value, Mapping) else {}
    shown = {name: given[name] for name in fields if name in given} or {fields[0]: ...}
    plain = (int, type(None))
    return ", ".join(
        f"{name}={argument!r}" if isinstance(argument, plain) else f"{name}=..."
        for name, argument in shown.items()
    )
