"""The Fishjam that a command talks to, and its management token: both from one source."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import click
from attrs import frozen
from dotenv import dotenv_values

from fishjam.cli._command import common
from fishjam.cli._profile_files import profile_path
from fishjam.errors import ConfigurationError

ID, TOKEN = "FISHJAM_ID", "FISHJAM_MANAGEMENT_TOKEN"
SECRET, COMPOSITIONS = "FISHJAM_WEBHOOK_SECRET", "FISHJAM_COMPOSITION_URL"
FLEET_URL, FLEET_NAMESPACE = "FISHJAM_FLEET_URL", "FISHJAM_FLEET_NAMESPACE"
_HOSTED = "fishjam.io"

Values = Mapping[str, str]


@frozen
class Source:
    """A place that holds credentials."""

    name: str
    values: Values


@frozen
class Credentials:
    """What a command signs in with, and where it was found."""

    fishjam_id: str
    management_token: str
    source: Source

    @property
    def composition_url(self) -> str | None:
        """Where compositions are; None for the hosted ones."""
        # Of the same source as the token, which goes there. A server of one's own has both APIs.
        local = self.fishjam_id if "://" in self.fishjam_id else ""
        return self.source.values.get(COMPOSITIONS) or ("" if _HOSTED in local else local) or None


def credentials(ctx: click.Context | None = None) -> Credentials:
    """Find the Fishjam ID and the management token.

    Raises `ConfigurationError` when one is missing or they come from two sources: a Fishjam of
    somebody else, named in a folder's `.env`, must not receive a token from the environment.
    """
    sources = list(_sources(ctx))
    fishjam_id, token = (_first(sources, name) for name in (ID, TOKEN))
    if fishjam_id is None or not fishjam_id.values[ID]:
        raise ConfigurationError(
            "the Fishjam ID is missing: set FISHJAM_ID or pass --fishjam-id. For a local Fishjam "
            "run `fishjam emulator`, which prints what to set."
        )
    if token is None or not token.values[TOKEN]:
        raise ConfigurationError(
            "the management token is missing: set FISHJAM_MANAGEMENT_TOKEN or pass "
            "--management-token."
        )
    if fishjam_id is not token:
        raise ConfigurationError(
            f"the Fishjam ID comes from {fishjam_id.name}, but the management token from "
            f"{token.name}. Give both in one place, so that the token goes to no other Fishjam."
        )
    return Credentials(fishjam_id.values[ID], token.values[TOKEN], token)


def fleet_settings() -> tuple[str, str]:
    """Return the address of a fleet's engine and its namespace, of the environment or `.env`.

    Raises `ConfigurationError` when there is none.
    """
    # Both of one place: a namespace of one fleet in the engine of another would be a mistake.
    source = _first([_environment(), *_dotenv()], FLEET_URL)
    if source is None:
        raise ConfigurationError(
            f"the variable {FLEET_URL} is not set. It holds the address of your Redis, such as "
            "redis://localhost:6379."
        )
    return source.values[FLEET_URL], source.values.get(FLEET_NAMESPACE, "default")


def webhook_secret() -> str:
    """Return the secret of the environment or of the folder's `.env`; empty if there is none."""
    source = _first([_environment(), *_dotenv()], SECRET)
    return "" if source is None else source.values[SECRET]


def _sources(ctx: click.Context | None) -> Iterator[Source]:
    options = common(ctx)
    given = {ID: options.fishjam_id, TOKEN: options.management_token}
    # An empty option counts: it mostly comes from an unset shell variable, and what the other
    # sources hold may be another Fishjam.
    yield Source("the options", {name: value for name, value in given.items() if value is not None})
    if options.profile is not None:
        profile = _profile(options.profile)
        for name in (ID, TOKEN):
            # The environment is not looked at, so that it is of no use to set it there.
            if name not in profile.values:
                again = f"`fishjam profiles save {options.profile}` replaces it"
                raise ConfigurationError(f"{profile.name} has no {name}: {again}.")
        yield profile
        return
    yield _environment()
    yield from _dotenv()
    with suppress(FileNotFoundError):
        yield _profile("default", FileNotFoundError)


def _environment() -> Source:
    return Source("the environment", _ours(os.environ))


def _dotenv() -> Iterator[Source]:
    path = Path(".env")
    if path.is_file():
        yield Source(f"the file {path.absolute()}", _read(path))


def _profile(name: str, missing: type[Exception] = ConfigurationError) -> Source:
    path = profile_path(name)
    if not path.is_file():
        raise missing(f"there is no profile {name!r}: `fishjam profiles save {name}` makes it.")
    # Windows has no such bits; there the folder is its user's own.
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ConfigurationError(f"others can read the token in {path}: chmod 600 '{path}'")
    return Source(f"the profile {name!r}", _read(path))


def _read(path: Path) -> Values:
    try:
        # Not interpolated: nothing of the environment may slip into it.
        values = dotenv_values(path, interpolate=False, encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path.absolute()} cannot be read: {error}") from None
    return _ours(values)


def _ours(values: Mapping[str, str | None]) -> Values:
    return {name: each for name, each in values.items() if each and name.startswith("FISHJAM_")}


def _first(sources: list[Source], name: str) -> Source | None:
    return next((source for source in sources if name in source.values), None)
