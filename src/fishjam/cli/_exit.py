"""How a command ends: its exit code, and what it says when it fails."""

from __future__ import annotations

import sys

from fishjam._core.notes import explained
from fishjam.errors import (
    ForbiddenError,
    InvalidFishjamCredentialsError,
    NotifierAuthError,
    UnauthorizedError,
)

DONE = 0
FAILED = 1
USAGE = 2
"""The command line is wrong; `argparse` exits with this code too."""
REFUSED = 3
INTERRUPTED = 130
"""The exit code that shells use for a program ended by Ctrl+C."""

_REFUSALS = (
    ForbiddenError,
    InvalidFishjamCredentialsError,
    NotifierAuthError,
    UnauthorizedError,
)


def complain(command: str, text: str) -> int:
    """Print on stderr why a command failed, and return the exit code."""
    print(f"fishjam {command}: {text}", file=sys.stderr)
    return FAILED


def fail(command: str, error: Exception, hint: str | None = None) -> int:
    """Print on stderr what went wrong and what to do, and return the error's exit code."""
    complain(command, explained(error))
    if hint is not None:
        print(f"hint: {hint}", file=sys.stderr)
    return exit_code(error)


def exit_code(error: Exception) -> int:
    """Return the exit code of an error.

    A `ValueError` is wrong usage: the SDK raises it for values before it sends anything.
    """
    if isinstance(error, _REFUSALS):
        return REFUSED
    # `ConfigurationError` is a `ValueError` too, so a missing token counts as wrong usage.
    return USAGE if isinstance(error, ValueError) else FAILED
