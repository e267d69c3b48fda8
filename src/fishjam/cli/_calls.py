"""The commands that call the API: how they are declared, and how they run."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import click

from fishjam.cli._command import CommandGroup, common
from fishjam.cli._completion import room_ids
from fishjam.cli._control import control_of
from fishjam.cli._credentials import ResolvedCredentials, credentials
from fishjam.cli._exit import DONE, fail
from fishjam.cli._output import Output
from fishjam.cli._waiting import waiting
from fishjam.errors import (
    CompositionNotFoundError,
    FishjamConnectionError,
    FishjamError,
    FishjamTimeoutError,
    InvalidFishjamCredentialsError,
    NotFoundError,
)

Call = Callable[..., int | None]
"""What a command does with a client, the output and the arguments; None stands for exit code 0."""
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
        self, name: str, text: str | None = None, *, client: str = "", hints: Hints | None = None
    ) -> Callable[[Call], click.Command]:
        """Declare a call of the API; `client` is "compositions" for that API.

        "emulator" stands for the control API of a running emulator.
        """

        def declare(function: Call) -> click.Command:
            return self.command(name, help=text)(calling(function, client=client, hints=hints))

        return declare

    def removal(
        self,
        name: str,
        text: str | None = None,
        *,
        done: str,
        client: str = "",
        hints: Hints | None = None,
    ) -> Callable[[Callable[..., None]], click.Command]:
        """Declare a call that removes things by their ids, one after another."""

        def declare(function: Callable[..., None]) -> click.Command:
            @functools.wraps(function)
            def remove(client: Any, out: Output, ids: tuple[str, ...], **more: Any) -> int:
                def remove_one(each_id: str) -> None:
                    function(client, each_id, **more)
                    out.item({"id": each_id, "deleted": True}, f"{done} {each_id}")

                return _each(ids, remove_one, hints)

            return self.call(name, text, client=client, hints=hints)(remove)

        return declare


def calling(function: Call, *, client: str = "", hints: Hints | None = None) -> Callable[..., int]:
    """Turn a function of a client, the output and the arguments into one of the arguments."""

    @functools.wraps(function)
    def run(**arguments: Any) -> int:
        try:
            resolved = credentials()
            # What goes on with an emulator until Ctrl+C is not waited for.
            patience = nullcontext() if client == "emulator" else waiting(resolved.fishjam_id)
            with _client(resolved, client) as opened, patience, _reasons():
                return function(opened, Output(common().json), **arguments) or DONE
        except BrokenPipeError:
            raise
        except (FishjamError, ValueError, OSError) as error:
            return failure(error, hints)

    return run


def _client(resolved: ResolvedCredentials, kind: str) -> AbstractContextManager[Any]:
    # Not at the top: `--help` and a wrong option need no client, and loading it takes time.
    from fishjam import CompositionClient, FishjamClient

    timeout = common().timeout
    if kind == "emulator":
        return control_of(resolved, timeout)
    settings: dict[str, Any] = {} if timeout is None else {"timeout": timeout}
    if kind == "compositions":
        return CompositionClient(resolved.management_token, resolved.composition_url, **settings)
    return FishjamClient(resolved.fishjam_id, resolved.management_token, **settings)


def _each(ids: Iterable[str], act: Callable[[str], None], hints: Hints | None) -> int:
    """Do something with each id in turn; an id that is not found is reported and skipped."""
    code = DONE
    for each_id in ids:
        try:
            # Refused credentials would fail for each of the ids, so they end it at the first.
            with _reasons():
                act(each_id)
        except NotFoundError as error:
            code = failure(error, hints)
    return code


@contextmanager
def _reasons() -> Iterator[None]:
    """Raise the real reason if something was not found because the credentials are refused."""
    try:
        yield
    # That API answers a wrong token with 401 itself.
    except CompositionNotFoundError:
        raise
    except NotFoundError:
        try:
            with _client(credentials(), "") as client:
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
    hints: dict[type[Exception], str] = {}
    # A hint names an option only where it was used.
    if "timeout" in common().given:
        hints[FishjamTimeoutError] = "a longer --timeout waits longer."
    hints[FishjamConnectionError] = (
        "is the Fishjam ID right? `fishjam emulator` starts a local Fishjam."
    )
    return hints
