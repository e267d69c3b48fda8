"""The command `fishjam`: its subcommands, their parser and their exit codes."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from fishjam._version import __version__
from fishjam.cli import _completion, _demo, _emulator, _listen, _peers, _rooms, _tokens
from fishjam.cli._exit import DONE, INTERRUPTED
from fishjam.cli._help import EPILOG, help_when_alone
from fishjam.cli._output import drop_output

_COMMANDS = (_emulator, _demo, _listen, _rooms, _peers, _tokens, _completion)
"""The modules of the subcommands; each has `add_parser(subparsers)`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        argv: the arguments without the program's name; by default those of the process.
    """
    try:
        with _plain_warnings():
            return _run(argv)
    except BrokenPipeError:
        # As with `fishjam rooms list | head`: the reader has all that it wanted.
        drop_output(sys.stdout)
        return DONE
    except KeyboardInterrupt:
        print("fishjam: stopped", file=sys.stderr)
        return INTERRUPTED


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="fishjam",
        description="Tools for Fishjam backends. `fishjam COMMAND --help` describes each.",
        epilog=EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"fishjam {__version__}")
    help_when_alone(parser)
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in _COMMANDS:
        command.add_parser(subparsers)
    # `fishjam completion` describes the whole command line.
    parser.set_defaults(parser=parser)
    return parser


def _run(argv: Sequence[str] | None) -> int:
    try:
        arguments = build_parser().parse_args(argv)
        run: Callable[[argparse.Namespace], int] = arguments.run
        return run(arguments)
    finally:
        # A pipe that breaks when Python itself flushes, at exit, would look like a failure.
        sys.stdout.flush()


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Show warnings as lines for people, without the place in the code that gave them."""
    with warnings.catch_warnings():
        # `catch_warnings` puts the earlier function back, for a program that calls `main` itself.
        warnings.showwarning = _show_warning
        yield


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    print(f"fishjam: warning: {message}", file=sys.stderr)
