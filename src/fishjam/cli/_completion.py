"""`fishjam completion`: a script that lets a shell complete commands, options and room ids."""

from __future__ import annotations

import argparse
from typing import Any

from fishjam.cli._exit import DONE, complain
from fishjam.cli._help import add_command

SHELLS = ("bash", "zsh", "fish")

_DETAILS = (
    "Save it where your shell looks for completions: for bash "
    "~/.local/share/bash-completion/completions/fishjam, for zsh _fishjam in a directory of "
    "$fpath, for fish ~/.config/fish/completions/fishjam.fish. Ids of rooms come from the Fishjam "
    "that FISHJAM_ID and FISHJAM_MANAGEMENT_TOKEN name."
)

# A shell runs this at each Tab: it must not take long, and no error text may get into the line that
# is being typed.
_LIST = "fishjam rooms list --ids --timeout 2 2>/dev/null"
_ROOM_IDS = {
    "bash": "_fishjam_rooms",
    "zsh": "_fishjam_rooms",
    "fish": f"({_LIST})",
    "preamble": {
        "bash": f'_fishjam_rooms() {{ compgen -W "$({_LIST})" -- "$1"; }}',
        # A function, because zsh would run a plain command as soon as it loads the script.
        "zsh": f"_fishjam_rooms() {{ compadd -- $({_LIST}) }}",
    },
}
"""How each shell finds the ids of rooms, in the form that `shtab` reads."""


def add_parser(subparsers: Any) -> None:
    """Add the command to the command line."""
    summary = "print a script for completion in bash, zsh or fish"
    parser = add_command(subparsers, "completion", summary, _DETAILS)
    parser.add_argument("shell", choices=SHELLS, help="the shell that the script is for")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the script; returns the exit code."""
    try:
        import shtab
    except ImportError:
        hint = 'pip install "fishjam-server-sdk[completion]"'
        return complain("completion", f"this needs one more package: {hint}")
    _shorten(arguments.parser)
    print(shtab.complete(arguments.parser, arguments.shell))
    return DONE


def complete_room_ids(argument: argparse.Action) -> None:
    """Let the shell complete this argument with the ids of the existing rooms."""
    # shtab reads an attribute of this name, which the type of an `Action` does not have.
    vars(argument)["complete"] = _ROOM_IDS


def _shorten(parser: argparse.ArgumentParser) -> None:
    """Shorten each description to its first line, which fits into a menu."""
    # argparse has no public way from a parser to its subparsers.
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                command.description = command.description.partition("\n")[0]
                _shorten(command)
