"""The Fishjam that a command talks to, and its management token."""

from __future__ import annotations

import os

import click

from fishjam.cli._command import common
from fishjam.errors import ConfigurationError


def credentials(ctx: click.Context | None = None) -> tuple[str, str]:
    """Return the Fishjam ID and the management token, of the options or the environment.

    Raises `ConfigurationError` when one is missing. An empty argument counts as missing: it mostly
    comes from an unset shell variable, and the environment may name another Fishjam.
    """
    options = common(ctx)
    fishjam_id = _given(options.fishjam_id, "FISHJAM_ID")
    if not fishjam_id:
        raise ConfigurationError(
            "the Fishjam ID is missing: set FISHJAM_ID or pass --fishjam-id. For a local Fishjam "
            "run `fishjam emulator`, which prints what to set."
        )
    token = _given(options.management_token, "FISHJAM_MANAGEMENT_TOKEN")
    if not token:
        raise ConfigurationError(
            "the management token is missing: set FISHJAM_MANAGEMENT_TOKEN or pass "
            "--management-token."
        )
    return fishjam_id, token


def _given(argument: str | None, variable: str) -> str:
    return os.environ.get(variable, "") if argument is None else argument
