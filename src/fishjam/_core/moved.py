"""Names that code written for the published SDK imports from modules that were private there."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from fishjam._core.stack import warn_from


def moved(module: str, name: str, homes: Mapping[str, str]) -> Any:
    """Return what `module` is asked for, and warn where it is now; for its `__getattr__`.

    Args:
        module: the full name of the module that is asked.
        name: the name that it is asked for.
        homes: where each name is, as `package` or, where it has another name there, as
            `package:name`.

    Raises:
        AttributeError: there is no such name.
    """
    if name not in homes:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    home, _, new_name = homes[name].partition(":")
    new_name = new_name or name
    warn_from(f"{module}.{name} is private or gone: use {new_name} of {home}", DeprecationWarning)
    # By name: the homes stand above this package, and imported at the top all would be loaded.
    return getattr(import_module(home), new_name)


def homes_of(places: Mapping[str, str]) -> dict[str, str]:
    """Turn a home with its names, separated by blanks, into a name with its home."""
    return {name: home for home, names in places.items() for name in names.split()}
