"""The tree of all commands, and what ends a run of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from fishjam._version import __version__
from fishjam.cli._agents import agents
from fishjam.cli._check import check, doctor
from fishjam.cli._command import COMMON, CommandGroup
from fishjam.cli._completion import completion
from fishjam.cli._compositions import compositions
from fishjam.cli._demo import demo
from fishjam.cli._emulator import emulator
from fishjam.cli._exit import DONE, FAILED, INTERRUPTED
from fishjam.cli._fleet import fleet
from fishjam.cli._join import join
from fishjam.cli._listen import listen
from fishjam.cli._livestreams import streamers, streams, viewers
from fishjam.cli._output import drop_output, flush_output, note
from fishjam.cli._peers import peers
from fishjam.cli._profiles import profiles
from fishjam.cli._recordings import recordings
from fishjam.cli._rooms import rooms
from fishjam.cli._subscriptions import subscriptions
from fishjam.cli._tokens import tokens
from fishjam.cli._trigger import trigger
from fishjam.cli._watch import watch


class _Root(CommandGroup):
    """The command `fishjam` itself."""

    def make_context(self, *args: Any, **settings: Any) -> click.Context:
        """Read the arguments; the reader of its help may have gone."""
        try:
            return super().make_context(*args, **settings)
        except BrokenPipeError:
            drop_output(sys.stdout)
            raise click.exceptions.Exit(DONE) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; Ctrl+C and a reader that has gone are ends like others."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            note("fishjam: stopped")
            return INTERRUPTED
        except BrokenPipeError:
            # As with `fishjam rooms list | head`: the reader has all that it wanted.
            drop_output(sys.stdout)
            return DONE


@click.group(cls=_Root, common=COMMON)
@click.version_option(__version__, message="fishjam %(version)s")
def fishjam() -> None:
    """Tools for Fishjam backends.

    `fishjam COMMAND --help` describes each command.
    """


for _command in (
    emulator,
    demo,
    check,
    doctor,
    listen,
    watch,
    trigger,
    rooms,
    peers,
    agents,
    subscriptions,
    tokens,
    streams,
    streamers,
    viewers,
    recordings,
    compositions,
    fleet,
    profiles,
    completion,
):
    fishjam.add_command(_command)
peers.add_command(join)


def run(argv: Sequence[str] | None) -> int:
    """Run the command line and return the exit code."""
    try:
        code = _run(argv)
        # A pipe that breaks when Python itself flushes, at exit, would look like a failure.
        flush_output(sys.stdout)
    except OSError as error:
        # Commands tell of their own: this is output that cannot be written, as on a full disk.
        drop_output(sys.stdout)
        note(f"fishjam: {error}", "red")
        return FAILED
    return code


def _run(argv: Sequence[str] | None) -> int:
    try:
        code: int | None = fishjam.main(argv, prog_name="fishjam", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    return DONE if code is None else code
