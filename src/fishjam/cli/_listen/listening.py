"""Following the events until enough have come, or the command is stopped."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial

from fishjam import AsyncFishjamClient, ConnectionLost, ConnectionRestored, Notification
from fishjam._concurrency.racing import race
from fishjam.cli._listen.options import Options
from fishjam.cli._listen.printer import Printer
from fishjam.cli._output import drop_output
from fishjam.cli._signals import StopRequest
from fishjam.cli._waiting import waiting
from fishjam.errors import FishjamError, NotFoundError

Forward = Callable[[Notification], Awaitable[None]]


async def print_events(options: Options, stopped: StopRequest) -> FishjamError | None:
    """Print events until a signal stops it; returns the error that ended it before, if any."""
    return await race(partial(_follow, options), stopped.arrived)


async def _follow(options: Options) -> FishjamError | None:
    printer = Printer(options.json)
    try:
        async with _forwarding(options, printer) as forward:
            await _print_all(options, printer, forward)
    except FishjamError as error:
        return error
    except BrokenPipeError:
        drop_output(sys.stdout)
    return None


async def _print_all(options: Options, printer: Printer, forward: Forward) -> None:
    printed = 0
    async with AsyncExitStack() as stack:
        with waiting(options.credentials.fishjam_id):
            items = await stack.enter_async_context(options.notifier.subscribe(*options.types))
        printer.note(f"Listening to {options.credentials.fishjam_id} (Ctrl+C stops it).")
        await _tell_missing_rooms(options, printer)
        # Without --count this is None, which no number equals.
        while printed != options.count:
            item = await anext(items)
            if isinstance(item, (ConnectionLost, ConnectionRestored)):
                printer.connection(item)
            elif options.wants(item):
                printer.event(item)
                # One after the other, as Fishjam itself delivers the webhooks of a room.
                await forward(item)
                printed += 1


async def _tell_missing_rooms(options: Options, printer: Printer) -> None:
    """Say which of the chosen rooms do not exist: one mistyped letter, and nothing ever comes."""
    credentials = options.credentials
    async with AsyncFishjamClient(credentials.fishjam_id, credentials.management_token) as client:
        for room in options.rooms:
            # Another failure says nothing of the room, and the events come all the same.
            with suppress(FishjamError):
                try:
                    await client.get_room(room)
                except (NotFoundError, ValueError):
                    printer.note(f"There is no room {room}; `fishjam rooms list` shows them.")


@asynccontextmanager
async def _forwarding(options: Options, printer: Printer) -> AsyncIterator[Forward]:
    if options.forward_to is None:
        yield _nowhere
        return
    from fishjam.cli._listen.forwarding import Forwarder, http_client

    async with http_client() as http:
        yield Forwarder(http, options.forward_to, options.webhook_secret, printer).forward


async def _nowhere(event: Notification) -> None:
    pass
