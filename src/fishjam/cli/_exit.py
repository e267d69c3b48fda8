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
"""The command line cannot mean anything; `argparse` ends with this one, too."""
REFUSED = 3
INTERRUPTED = 130
"""What shells use for a program that Ctrl+C ended."""

_REFUSALS = (
    ForbiddenError,
    InvalidFishjamCredentialsError,
    NotifierAuthError,
    UnauthorizedError,
)


def complain(command: str, text: str) -> int:
    """Say on stderr why a command cannot do its work, and return the exit code."""
    print(f"fishjam {command}: {text}", file=sys.stderr)
    return FAILED


def fail(command: str, error: Exception, hint: str | None = None) -> int:
    """Say on stderr what went wrong and what to do, and return the exit code of such an error."""
    complain(command, explained(error))
    if hint is not None:
        print(f"hint: {hint}", file=sys.stderr)
    return exit_code(error)


def exit_code(error: Exception) -> int:
    """Return the exit code of an error.

    A `ValueError` is wrong usage: the SDK raises it for values that it does not even send.
    """
    if isinstance(error, _REFUSALS):
        return REFUSED
    return USAGE if isinstance(error, ValueError) else FAILED
