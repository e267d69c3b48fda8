"""The tree of all commands, and what ends a run of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from fishjam._version import __version__
from fishjam.cli import _completion, _demo, _emulator, _listen, _peers, _rooms, _tokens
from fishjam.cli._command import COMMON, CommandGroup
from fishjam.cli._exit import DONE, INTERRUPTED
from fishjam.cli._output import drop_output, flush_output, note


class _Root(CommandGroup):
    """The command `fishjam` itself."""

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
    _emulator.emulator,
    _demo.demo,
    _listen.listen,
    _rooms.rooms,
    _peers.peers,
    _tokens.tokens,
    _completion.completion,
):
    fishjam.add_command(_command)


def run(argv: Sequence[str] | None) -> int:
    """Run the command line and return the exit code."""
    try:
        code: int | None = fishjam.main(argv, prog_name="fishjam", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    finally:
        # A pipe that breaks when Python itself flushes, at exit, would look like a failure.
        flush_output(sys.stdout)
    return DONE if code is None else code
