"""The Fishjam that a command talks to, and its management token: both from one source."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
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
class ResolvedCredentials:
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


def credentials(ctx: click.Context | None = None) -> ResolvedCredentials:
    """Find the Fishjam ID and the management token.

    Raises `ConfigurationError` when one is missing or they come from two sources: a Fishjam of
    somebody else, named in a folder's `.env`, must not receive a token from the environment.
    """
    fishjam_id, token = _places(_sources(ctx))
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
    return ResolvedCredentials(fishjam_id.values[ID], token.values[TOKEN], token)


def fleet_settings() -> tuple[str, str]:
    """Return the address of a fleet's engine and its namespace, of the environment or `.env`.

    Raises `ConfigurationError` when there is none.
    """
    # Both of one place: a namespace of one fleet in the engine of another would be a mistake.
    source = _first(FLEET_URL)
    if source is None:
        raise ConfigurationError(
            f"the variable {FLEET_URL} is not set. It holds the address of your Redis, such as "
            "redis://localhost:6379."
        )
    return source.values[FLEET_URL], source.values.get(FLEET_NAMESPACE, "default")


def webhook_secret(given: str | None, option: str) -> str:
    """Return the secret that was given, or that of the environment or of the folder's `.env`.

    Raises `ConfigurationError` when there is none, with the option that needs it.
    """
    source = _first(SECRET) if given is None else None
    secret = given if source is None else source.values[SECRET]
    if not secret:
        raise ConfigurationError(
            f"{option} needs a secret: set FISHJAM_WEBHOOK_SECRET or pass --webhook-secret."
        )
    return secret


def _sources(ctx: click.Context | None) -> Iterator[Source]:
    options = common(ctx)
    # Before the options are looked at: a profile that was asked for has to be good.
    profile = None if options.profile is None else _whole_profile(options.profile)
    given = {ID: options.fishjam_id, TOKEN: options.management_token}
    # An empty option counts: it mostly comes from an unset shell variable, and what the other
    # sources hold may be another Fishjam.
    yield Source("the options", {name: value for name, value in given.items() if value is not None})
    if profile is not None:
        yield profile
    else:
        yield from _surroundings()
        with suppress(FileNotFoundError):
            yield _profile("default", FileNotFoundError)


def _places(sources: Iterable[Source]) -> tuple[Source | None, Source | None]:
    """Return where the Fishjam ID and the token are found first."""
    places: dict[str, Source] = {}
    for source in sources:
        for name in (ID, TOKEN):
            if name in source.values:
                places.setdefault(name, source)
        # What is not needed any more is not read: it may be the broken `.env` of somebody else.
        if len(places) == 2:
            break
    return places.get(ID), places.get(TOKEN)


def _surroundings() -> Iterator[Source]:
    yield Source("the environment", _ours(os.environ))
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


def _whole_profile(name: str) -> Source:
    profile = _profile(name)
    for missing in (ID, TOKEN):
        # The environment is not looked at, so that it is of no use to set it there.
        if missing not in profile.values:
            again = f"`fishjam profiles save {name}` replaces it"
            raise ConfigurationError(f"{profile.name} has no {missing}: {again}.")
    return profile


def _read(path: Path) -> Values:
    try:
        # Not interpolated: nothing of the environment may slip into it.
        values = dotenv_values(path, interpolate=False, encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path.absolute()} cannot be read: {error}") from None
    return _ours(values)


def _ours(values: Mapping[str, str | None]) -> Values:
    return {name: each for name, each in values.items() if each and name.startswith("FISHJAM_")}


def _first(name: str) -> Source | None:
    return next((source for source in _surroundings() if name in source.values), None)
