"""What the help of all commands has in common."""

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
        summary: what it does, for the list of commands, from a small letter to no full stop.
        details: more sentences, for its own help.
    """
    # The first line is what menus of shells show; in the help there is but one paragraph.
    description = f"{summary[0].upper()}{summary[1:]}.\n{details}"
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name, help=summary, description=description, epilog=EPILOG
    )
    return parser


def help_when_alone(parser: argparse.ArgumentParser) -> None:
    """Let a command that lacks its action show what there is."""

    def run(_: argparse.Namespace) -> int:
        parser.print_help(sys.stderr)
        return USAGE

    parser.set_defaults(run=run)
