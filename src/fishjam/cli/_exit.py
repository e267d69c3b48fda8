"""How a command ends: its exit code, and what it says when it fails."""

from __future__ import annotations

import click

from fishjam._core.notes import explained
from fishjam.cli._output import note
from fishjam.errors import (
    ForbiddenError,
    InvalidFishjamCredentialsError,
    NotifierAuthError,
    UnauthorizedError,
)

DONE = 0
FAILED = 1
USAGE = 2
"""The command line is wrong; click exits with this code too."""
REFUSED = 3
INTERRUPTED = 130
"""The exit code that shells use for a program ended by Ctrl+C."""

_REFUSALS = (
    ForbiddenError,
    InvalidFishjamCredentialsError,
    NotifierAuthError,
    UnauthorizedError,
)


def complain(text: str) -> int:
    """Print on stderr why the command failed, and return the exit code."""
    note(f"{click.get_current_context().command_path}: {text}", "red")
    return FAILED


def fail(error: Exception, hint: str | None = None) -> int:
    """Print on stderr what went wrong and what to do, and return the error's exit code."""
    complain(explained(error))
    if hint is not None:
        note(f"hint: {hint}", "yellow")
    return exit_code(error)


def exit_code(error: Exception) -> int:
    """Return the exit code of an error.

    A `ValueError` is wrong usage: the SDK raises it for values before it sends anything.
    """
    if isinstance(error, _REFUSALS):
        return REFUSED
    # `ConfigurationError` is a `ValueError` too, so a missing token counts as wrong usage.
    return USAGE if isinstance(error, ValueError) else FAILED
