"""Profiles: credentials in the user's configuration folder, which nobody else can read."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from platformdirs import user_config_path

from fishjam.errors import ConfigurationError

_NAME = re.compile(r"[\w-]+", re.ASCII)


def profile_path(name: str) -> Path:
    """Return the file of a profile, whether it is there or not."""
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"{name!r} is not a name: take letters, digits, - and _.")
    return _folder() / f"{name}.env"


def profile_names() -> list[str]:
    """Return the names of the profiles."""
    return sorted(path.stem for path in _folder().glob("*.env"))


def save_profile(name: str, values: dict[str, str]) -> Path:
    """Write a profile, in the place of an older one."""
    path = profile_path(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Such a file has the mode 0600 from its beginning, and it replaces the other one as a whole.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        file.writelines(f"{key}={_quoted(value)}\n" for key, value in values.items())
    os.replace(file.name, path)
    return path


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _folder() -> Path:
    return user_config_path("fishjam", appauthor=False)
