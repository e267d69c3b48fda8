"""What the help texts of all commands have in common."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from fishjam.cli._exit import USAGE

EPILOG = (
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 credentials refused, 130 stopped by Ctrl+C "
    "before it was done."
)


def add_command(
    subparsers: Any, name: str, summary: str, details: str = ""
) -> argparse.ArgumentParser:
    """Add a command or an action.

    Args:
        subparsers: where to add it.
        name: what is typed.
        summary: what it does, for the list of commands; without a capital and a full stop.
        details: more sentences, for its own help.
    """
    # Shells show the first line in menus; the help prints both lines as one paragraph.
    description = f"{summary[0].upper()}{summary[1:]}.\n{details}"
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name, help=summary, description=description, epilog=EPILOG
    )
    return parser


def help_when_alone(parser: argparse.ArgumentParser) -> None:
    """Let a command without an action print its help."""

    def run(_: argparse.Namespace) -> int:
        # argparse does not insist on a subcommand. Help that was not asked for goes to stderr, so
        # that a pipe does not take it for a result.
        parser.print_help(sys.stderr)
        return USAGE

    # The defaults of a subparser override these, so the `run` of an action wins.
    parser.set_defaults(run=run)
