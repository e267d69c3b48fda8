"""`fishjam listen`: prints events as they come, and posts them to a local webhook."""

from __future__ import annotations

from typing import Any

import click

from fishjam.cli._backends import backend_option, missing_for
from fishjam.cli._command import CREDENTIALS, Command, common
from fishjam.cli._completion import event_names, room_ids
from fishjam.cli._exit import DONE, INTERRUPTED, complain, fail
from fishjam.cli._options import WEBHOOK_SECRET, EventType, HttpUrl


@click.command(cls=Command, common=(*CREDENTIALS, "json"))
@click.option(
    "--room",
    "rooms",
    multiple=True,
    metavar="ID",
    shell_complete=room_ids,
    help="only events of this room; may be repeated",
)
@click.option(
    "--type",
    "types",
    multiple=True,
    type=EventType(),
    metavar="NAME",
    shell_complete=event_names,
    help="only such events, for example PeerConnected; may be repeated",
)
@click.option(
    "--count",
    type=click.IntRange(min=1),
    metavar="N",
    help="stop after so many events; stopped before, it exits with 130",
)
@click.option(
    "--forward-to",
    type=HttpUrl(),
    metavar="URL",
    help="post each event there as a webhook, once, and print the status of the answer",
)
@WEBHOOK_SECRET
@backend_option("the event loop")
def listen(backend: str, **chosen: Any) -> int:
    """Watch events, and post them to a local webhook.

    Each event is printed as it comes, one a line, until Ctrl+C. When the connection is lost,
    it connects again; events that happen meanwhile are not sent again. Notes go to stderr. It fails
    when the token is refused, or when the first try to connect does.
    """
    missing = missing_for(backend)
    if missing is not None:
        return complain(missing)
    import anyio

    from fishjam.cli._listen.listening import print_events
    from fishjam.cli._listen.options import Options
    from fishjam.cli._signals import stop_signals
    from fishjam.errors import ConfigurationError

    try:
        options = Options.of(json=common().json, **chosen)
    except ConfigurationError as error:
        return fail(error)
    # asyncio (from Python 3.11) and trio take over SIGINT only where Python's own handler stands,
    # so they leave these handlers alone.
    with stop_signals() as stopped:
        failure = anyio.run(print_events, options, stopped, backend=backend)
    if failure is not None:
        return fail(failure)
    # `print_events` sets the request too, so only the flag tells of a signal. Without --count there
    # is no other end, so a signal is the proper one.
    stopped_early = options.count is not None and stopped.signalled
    return INTERRUPTED if stopped_early else DONE
