"""The Fishjam that a command talks to, and its management token."""

from __future__ import annotations

import argparse
import os

from fishjam.errors import ConfigurationError


def add_credentials(parser: argparse.ArgumentParser) -> None:
    """Add the options that name a Fishjam and its token."""
    group = parser.add_argument_group("credentials")
    group.add_argument(
        "--fishjam-id", metavar="ID", help="id or URL of the Fishjam (default: $FISHJAM_ID)"
    )
    group.add_argument(
        "--management-token",
        "--token",
        metavar="TOKEN",
        help="its token (default: $FISHJAM_MANAGEMENT_TOKEN, which other users cannot see)",
    )


def credentials(arguments: argparse.Namespace) -> tuple[str, str]:
    """Return the Fishjam ID and the management token, of the arguments or the environment.

    Raises `ConfigurationError` when one is missing. An empty argument counts as missing: it mostly
    comes from an unset shell variable, and the environment may name another Fishjam.
    """
    fishjam_id = _given(arguments.fishjam_id, "FISHJAM_ID")
    if not fishjam_id:
        raise ConfigurationError(
            "the Fishjam ID is missing: set FISHJAM_ID or pass --fishjam-id. For a local Fishjam "
            "run `fishjam emulator`, which prints what to set."
        )
    token = _given(arguments.management_token, "FISHJAM_MANAGEMENT_TOKEN")
    if not token:
        raise ConfigurationError(
            "the management token is missing: set FISHJAM_MANAGEMENT_TOKEN or pass "
            "--management-token."
        )
    return fishjam_id, token


def _given(argument: str | None, variable: str) -> str:
    return os.environ.get(variable, "") if argument is None else argument
