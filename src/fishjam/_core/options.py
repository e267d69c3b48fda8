"""Telling who passes something else in place of options how they are written."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import signature
from typing import TypeVar

from fishjam._core.caller import method_called

T = TypeVar("T")


def checked_options(value: object, kind: type[T], name: str = "options") -> T:
    """Return options as they are; raises `TypeError` for anything else, a dict for example."""
    if isinstance(value, kind):
        return value
    fields = list(signature(kind).parameters)
    raise TypeError(
        f"{method_called('request')}: {name} must be {kind.__name__}, not {type(value).__name__}. "
        f"Write {kind.__name__}({_as_arguments(value, fields)}); it takes {', '.join(fields)}."
    )


def _as_arguments(value: object, fields: list[str]) -> str:
    """Write a dict as keyword arguments; texts in it, which may be secret, are left out."""
    given = value if isinstance(value, Mapping) else {}
    shown = {name: given[name] for name in fields if name in given} or {fields[0]: ...}
    plain = (int, type(None))
    return ", ".join(
        f"{name}={one!r}" if isinstance(one, plain) else f"{name}=..."
        for name, one in shown.items()
    )
