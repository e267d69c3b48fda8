"""The fleet that a worker is started with, as MODULE:NAME."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from fishjam.errors import ConfigurationError

if TYPE_CHECKING:
    from fishjam.fleet import Fleet


def load_fleet(text: str) -> Fleet:
    """Import a fleet; what its module raises comes out as it is.

    Raises:
        ConfigurationError: there is no such module or no fleet of that name in it.
    """
    from fishjam.fleet import Fleet

    module_name, colon, name = text.partition(":")
    if not module_name or not colon or not name:
        raise ConfigurationError(f"{text!r}: give a module and a name in it, such as myapp:fleet")
    # As `python -m` does, so that a module of the current folder is found.
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        # Another one that is missing is imported by the user's own code.
        if not f"{module_name}.".startswith(f"{missing}."):
            raise
        raise ConfigurationError(
            f"there is no module {missing} here or on the Python path"
        ) from None
    found = getattr(module, name, None)
    if not isinstance(found, Fleet):
        kind = "there is none" if found is None else f"that is a {type(found).__name__}"
        raise ConfigurationError(f"{text}: {name} has to be a Fleet, but {kind}")
    return found
