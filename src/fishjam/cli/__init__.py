"""The command `fishjam`: its subcommands and how one is chosen."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from fishjam._version import __version__
from fishjam.cli import _demo, _emulator, _listen

_COMMANDS = (_demo, _emulator, _listen)
"""The modules of the subcommands; each has `add_parser(subparsers)`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        argv: the arguments without the program's name; by default those of the process.
    """
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    return run(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fishjam", description="Tools for Fishjam backends.")
    parser.add_argument("--version", action="version", version=f"fishjam {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_parser(subparsers)
    return parser
