"""`fishjam listen`: prints events as they come, and posts them to a local webhook."""

from __future__ import annotations

import argparse
import os
from typing import Any

from fishjam.cli._backends import add_backend, missing_for
from fishjam.cli._completion import complete_room_ids
from fishjam.cli._credentials import add_credentials
from fishjam.cli._exit import DONE, INTERRUPTED, complain, fail
from fishjam.cli._help import add_command


def add_parser(subparsers: Any) -> None:
    """Add the subcommand to the parser of `fishjam`."""
    parser = add_command(
        subparsers,
        "listen",
        "watch events, and post them to a local webhook",
        "Each event is printed as it comes, one a line, until Ctrl+C. A lost connection comes back "
        "by itself; events that happen meanwhile are not sent again. Notes go to stderr. "
        "It fails when the token is refused, or when the first try to connect does.",
    )
    add_credentials(parser)
    _add_filters(parser)
    _add_forwarding(parser)
    parser.add_argument("--json", action="store_true", help="print each event as a line of JSON")
    add_backend(parser, "the event loop")
    parser.set_defaults(run=run)


def _add_filters(parser: argparse.ArgumentParser) -> None:
    room = parser.add_argument(
        "--room",
        action="append",
        metavar="ID",
        help="only events of this room; may be repeated",
    )
    complete_room_ids(room)
    parser.add_argument(
        "--type",
        action="append",
        type=_event_type,
        metavar="NAME",
        help="only such events, for example PeerConnected; may be repeated",
    )
    parser.add_argument(
        "--count",
        type=_count,
        metavar="N",
        help="stop after so many events; stopped before, it exits with 130",
    )


def _add_forwarding(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--forward-to",
        type=_url,
        metavar="URL",
        help="post each event there as a webhook, once, and print the status of the answer",
    )
    parser.add_argument(
        "--webhook-secret",
        default=os.environ.get("FISHJAM_WEBHOOK_SECRET", ""),
        help="secret to sign the webhooks with (default: $FISHJAM_WEBHOOK_SECRET)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print events until the command is stopped; returns the exit code."""
    missing = missing_for(arguments.backend)
    if missing is not None:
        return complain("listen", missing)
    import anyio

    from fishjam.cli._listen.listening import listen
    from fishjam.cli._listen.options import Options
    from fishjam.cli._signals import stop_signals
    from fishjam.errors import ConfigurationError

    try:
        options = Options.of(arguments)
    except ConfigurationError as error:
        return fail("listen", error)
    # asyncio (from Python 3.11) and trio take over SIGINT only where Python's own handler stands,
    # so they leave these handlers alone.
    with stop_signals() as stopped:
        failure = anyio.run(listen, options, stopped, backend=arguments.backend)
    if failure is not None:
        return fail("listen", failure)
    # `listen` sets the request too, so only the flag tells of a signal. Without --count there is no
    # other end, so a signal is the proper one.
    stopped_early = options.count is not None and stopped.signalled
    return INTERRUPTED if stopped_early else DONE


def _event_type(name: str) -> type:
    from fishjam.events.allowed_notifications import ALLOWED_NOTIFICATIONS

    types = {event_type.__name__: event_type for event_type in ALLOWED_NOTIFICATIONS}
    if name not in types:
        raise argparse.ArgumentTypeError(f"{name!r} is not an event; there are {', '.join(types)}")
    return types[name]


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{count} is less than 1")
    return count


def _url(text: str) -> str:
    import httpx

    try:
        url = httpx.URL(text)
    # It is no `ValueError`, and argparse would let it out as a traceback.
    except httpx.InvalidURL as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a URL: {error}") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise argparse.ArgumentTypeError(f"{text!r} is not an http or https URL")
    return text
