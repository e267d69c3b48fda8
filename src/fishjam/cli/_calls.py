"""The commands that call the API: their common options, and how they run."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from fishjam.cli._completion import complete_room_ids
from fishjam.cli._credentials import add_credentials, credentials
from fishjam.cli._exit import DONE, fail
from fishjam.cli._help import add_command, help_when_alone
from fishjam.cli._output import Output
from fishjam.cli._waiting import waiting
from fishjam.errors import (
    FishjamConnectionError,
    FishjamError,
    FishjamTimeoutError,
    InvalidFishjamCredentialsError,
    NotFoundError,
)

if TYPE_CHECKING:
    from fishjam import FishjamClient

    Call = Callable[[FishjamClient, argparse.Namespace, Output], int | None]
    """What an action does; it returns an exit code, or None when all went well."""

Hints = Mapping[type[Exception], str]
"""What to do about an error, by its class; the first that matches counts."""

_HINTS: Hints = {
    FishjamTimeoutError: "--timeout SECONDS waits longer.",
    FishjamConnectionError: "is the Fishjam ID right? `fishjam emulator` starts a local Fishjam.",
}


def add_group(subparsers: Any, name: str, summary: str) -> Any:
    """Add a command that has actions, and return where to add them."""
    parser = add_command(subparsers, name, summary)
    help_when_alone(parser)
    return parser.add_subparsers(title="actions", metavar="ACTION")


def add_call(
    actions: Any,
    name: str,
    call: Call,
    summary: str,
    details: str = "",
    *,
    hints: Hints | None = None,
) -> argparse.ArgumentParser:
    """Add an action that calls the API."""
    parser = add_command(actions, name, summary, details)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument(
        "--timeout",
        type=seconds,
        metavar="SECONDS",
        help="how long to wait for an answer (default: 10 to connect, 30 for everything else)",
    )
    add_credentials(parser)
    # `prog` is "fishjam rooms list" here, and messages begin with the program's name anyway.
    command = parser.prog.partition(" ")[2]
    # The action's own hints go first, since the first that matches counts.
    parser.set_defaults(run=run, call=call, command=command, hints={**(hints or {}), **_HINTS})
    return parser


def add_room(parser: argparse.ArgumentParser, what: str = "a room") -> None:
    """Add the id of `what` as the next argument."""
    complete_room_ids(parser.add_argument("room", metavar="ROOM", help=f"id of {what}"))


def run(arguments: argparse.Namespace) -> int:
    """Call the API as the arguments say; returns the exit code."""
    # Not at the top: `--help` and a wrong option need no client, and loading it takes time.
    from fishjam import FishjamClient

    settings = {} if arguments.timeout is None else {"timeout": arguments.timeout}
    try:
        fishjam_id, token = credentials(arguments)
        with FishjamClient(fishjam_id, token, **settings) as client, waiting(fishjam_id):
            return _call(client, arguments)
    except (FishjamError, ValueError) as error:
        return _failure(arguments, error)


def each(
    client: FishjamClient,
    arguments: argparse.Namespace,
    ids: Iterable[str],
    act: Callable[[str], None],
) -> int:
    """Do something with each id in turn; an id that is not found is reported and skipped."""
    code = DONE
    for each_id in ids:
        try:
            act(each_id)
        except NotFoundError as error:
            # Refused credentials would fail for each of the ids, so they end it at the first.
            _raise_if_refused(client)
            code = _failure(arguments, error)
    return code


def seconds(text: str) -> float:
    """Read a time from the command line."""
    value = float(text)
    # NaN passes no comparison, so written like this it is refused too.
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number of seconds")
    return value


def _call(client: FishjamClient, arguments: argparse.Namespace) -> int:
    try:
        code: int | None = arguments.call(client, arguments, Output(arguments.json))
    except NotFoundError:
        _raise_if_refused(client)
        raise
    return DONE if code is None else code


def _raise_if_refused(client: FishjamClient) -> None:
    """Raise the real reason if something was not found because the credentials are refused."""
    try:
        client.check_credentials()
    # It is a `FishjamError`, so it has to be let through before the others are dropped.
    except InvalidFishjamCredentialsError:
        raise
    except FishjamError:
        # The check itself failed, so the first answer, that something was not found, stands.
        return


def _failure(arguments: argparse.Namespace, error: Exception) -> int:
    fitting = (hint for kind, hint in arguments.hints.items() if isinstance(error, kind))
    return fail(arguments.command, error, next(fitting, None))
