"""Following the events until enough have come, or the command is stopped."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import anyio
from anyio import to_thread

from fishjam import ConnectionLost, ConnectionRestored, Notification
from fishjam.cli._listen.options import Options
from fishjam.cli._listen.printer import Printer
from fishjam.cli._output import drop_output
from fishjam.cli._signals import StopRequest
from fishjam.cli._waiting import waiting
from fishjam.errors import FishjamError

Forward = Callable[[Notification], Awaitable[None]]


async def print_events(options: Options, stopped: StopRequest) -> FishjamError | None:
    """Print events until `stopped` is set; returns the error that ended it before, if any."""
    failure = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_cancel_when, stopped, tasks.cancel_scope)
        try:
            failure = await _follow(options)
        finally:
            # Ends the thread that waits for it, too.
            stopped.set()
    return failure


async def _cancel_when(stopped: StopRequest, scope: anyio.CancelScope) -> None:
    await to_thread.run_sync(stopped.wait, abandon_on_cancel=True)
    scope.cancel()


async def _follow(options: Options) -> FishjamError | None:
    printer = Printer(options.json)
    try:
        async with _forwarding(options, printer) as forward:
            await _print_all(options, printer, forward)
    except FishjamError as error:
        # Returned and not raised: the task group would put it into an exception group.
        return error
    except BrokenPipeError:
        drop_output(sys.stdout)
    return None


async def _print_all(options: Options, printer: Printer, forward: Forward) -> None:
    printed = 0
    async with AsyncExitStack() as stack:
        with waiting(options.fishjam_id):
            items = await stack.enter_async_context(options.notifier.subscribe(*options.types))
        printer.note(f"Listening to {options.fishjam_id} (Ctrl+C stops it).")
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
