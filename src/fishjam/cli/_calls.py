"""The commands that call the API: how they are declared, and how they run."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from fishjam.cli._command import CommandGroup, common
from fishjam.cli._completion import room_ids
from fishjam.cli._credentials import credentials
from fishjam.cli._exit import DONE, fail
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

Hints = Mapping[type[Exception], str]
"""What to do about an error, by its class; the first that matches counts."""

ROOM = click.argument("room", metavar="ROOM", shell_complete=room_ids)


def ids_of(what: str, complete: Any = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make the argument of a removal: one id or more."""
    return click.argument(
        "ids", metavar=f"{what}...", nargs=-1, required=True, shell_complete=complete
    )


class Noun(CommandGroup):
    """A kind of thing that the API knows, with what can be done to it."""

    def call(
        self, name: str, *, hints: Hints | None = None
    ) -> Callable[[Callable[..., int | None]], click.Command]:
        """Declare a call of the API: a function of the client, the output and the arguments."""

        def declare(function: Callable[..., int | None]) -> click.Command:
            @functools.wraps(function)
            def run(**arguments: Any) -> int:
                return _run(hints or {}, function, arguments)

            return self.command(name)(run)

        return declare

    def removal(
        self, name: str, *, done: str, hints: Hints | None = None
    ) -> Callable[[Callable[..., None]], click.Command]:
        """Declare a call that removes things by their ids, one after another."""

        def declare(function: Callable[..., None]) -> click.Command:
            @functools.wraps(function)
            def remove(
                client: FishjamClient, out: Output, ids: tuple[str, ...], **more: Any
            ) -> int:
                def one(each_id: str) -> None:
                    function(client, each_id, **more)
                    out.item({"id": each_id, "deleted": True}, f"{done} {each_id}")

                return _each(client, hints or {}, ids, one)

            return self.call(name, hints=hints)(remove)

        return declare


def _run(hints: Hints, call: Callable[..., int | None], arguments: dict[str, Any]) -> int:
    """Call the API as the arguments say; returns the exit code."""
    # Not at the top: `--help` and a wrong option need no client, and loading it takes time.
    from fishjam import FishjamClient

    options = common()
    settings: dict[str, Any] = {} if options.timeout is None else {"timeout": options.timeout}
    try:
        fishjam_id, token = credentials()
        with (
            FishjamClient(fishjam_id, token, **settings) as client,
            waiting(fishjam_id),
            _reasons(client),
        ):
            return call(client, Output(options.json), **arguments) or DONE
    except (FishjamError, ValueError) as error:
        return failure(error, hints)


def _each(
    client: FishjamClient, hints: Hints, ids: Iterable[str], act: Callable[[str], None]
) -> int:
    """Do something with each id in turn; an id that is not found is reported and skipped."""
    code = DONE
    for each_id in ids:
        try:
            # Refused credentials would fail for each of the ids, so they end it at the first.
            with _reasons(client):
                act(each_id)
        except NotFoundError as error:
            code = failure(error, hints)
    return code


@contextmanager
def _reasons(client: FishjamClient) -> Iterator[None]:
    """Raise the real reason if something was not found because the credentials are refused."""
    try:
        yield
    except NotFoundError:
        try:
            client.check_credentials()
        # It is a `FishjamError`, so it has to be let through before the others are dropped.
        except InvalidFishjamCredentialsError:
            raise
        except FishjamError:
            # The check itself failed, so the first answer, that something was not found, stands.
            pass
        raise


def failure(error: Exception, hints: Hints | None = None) -> int:
    """Tell of an error with what to do about it, and return its exit code."""
    # The command's own hints go first, since the first that matches counts.
    known = {**(hints or {}), **_common_hints()}
    fitting = (hint for kind, hint in known.items() if isinstance(error, kind))
    return fail(error, next(fitting, None))


def _common_hints() -> Hints:
    # A hint names an option only where it was used.
    hints: dict[type[Exception], str] = {}
    if "timeout" in common().given:
        hints[FishjamTimeoutError] = "a longer --timeout waits longer."
    hints[FishjamConnectionError] = (
        "is the Fishjam ID right? `fishjam emulator` starts a local Fishjam."
    )
    return hints
