"""`fishjam completion`: a script that lets a shell complete commands, options and room ids."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, suppress

import click
from click.shell_completion import BashComplete, CompletionItem, FishComplete, ZshComplete

from fishjam.cli._command import Command
from fishjam.cli._credentials import credentials
from fishjam.cli._events import event_types
from fishjam.errors import FishjamError

SHELLS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
PATIENCE = 2.0
"""Seconds that a shell waits for ids at a Tab, at most."""


@click.command(cls=Command, common=())
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a script for completion in bash, zsh or fish.

    Save it where your shell looks for completions: for bash
    ~/.local/share/bash-completion/completions/fishjam, for zsh _fishjam in a directory of $fpath,
    for fish ~/.config/fish/completions/fishjam.fish. Ids of rooms come from the Fishjam whose
    credentials are found.
    """
    root = ctx.find_root().command
    print(SHELLS[shell](root, {}, "fishjam", "_FISHJAM_COMPLETE").source())


def room_ids(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Give the ids of the existing rooms; none if they cannot be read quickly."""
    # Not at the top: most completions need no client.
    from fishjam import FishjamClient

    # No text on stderr may get into the line that is being typed.
    with redirect_stderr(io.StringIO()), suppress(FishjamError, ValueError, OSError):
        resolved = credentials(ctx)
        id_and_token = resolved.fishjam_id, resolved.management_token
        with FishjamClient(*id_and_token, timeout=PATIENCE, retry=None) as client:
            ids = [room.id for room in client.get_all_rooms()]
            return [CompletionItem(each) for each in ids if each.startswith(incomplete)]
    return []


def event_names(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Give the names of the events."""
    return [CompletionItem(name) for name in event_types() if name.startswith(incomplete)]
