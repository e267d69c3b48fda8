"""`fishjam listen`: prints events as they come, and posts them to a local webhook."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.util import find_spec
from typing import Any

BACKENDS = ("asyncio", "trio")


def add_parser(subparsers: Any) -> None:
    """Add the subcommand to the parser of `fishjam`."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "listen",
        help="watch events, and post them to a local webhook",
        description=(
            "Prints the events of a Fishjam as they come, one a line, until Ctrl+C. A lost "
            "connection comes back by itself; what happens meanwhile is not sent again. What is "
            "no event is told on stderr. Exits with 0 when it was stopped, and with 1 when the "
            "token is refused or the first try to connect fails."
        ),
    )
    _add_credentials(parser)
    _add_filters(parser)
    _add_forwarding(parser)
    parser.add_argument("--json", action="store_true", help="print each event as a line of JSON")
    parser.add_argument(
        "--backend",
        choices=BACKENDS,
        default="asyncio",
        help="the event loop to use (default: asyncio)",
    )
    parser.set_defaults(run=run)


def _add_credentials(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fishjam-id",
        default=os.environ.get("FISHJAM_ID", ""),
        help="id or URL of the Fishjam (default: $FISHJAM_ID)",
    )
    parser.add_argument(
        "--token",
        default=os.environ.get("FISHJAM_MANAGEMENT_TOKEN", ""),
        help="management token (default: $FISHJAM_MANAGEMENT_TOKEN, which other users cannot see)",
    )


def _add_filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--room",
        action="append",
        metavar="ID",
        help="only events of this room; may be repeated",
    )
    parser.add_argument(
        "--type",
        action="append",
        type=_event_type,
        metavar="NAME",
        help="only such events, for example PeerConnected; may be repeated",
    )
    parser.add_argument("--count", type=_count, metavar="N", help="stop after so many events")


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
    """Print events until somebody stops it; returns the exit code."""
    if arguments.backend == "trio" and find_spec("trio_websocket") is None:
        hint = 'pip install "fishjam-server-sdk[trio]"'
        return _complain(f"--backend trio needs more packages: {hint}", 1)
    wrong = _what_is_wrong(arguments)
    if wrong is not None:
        return _complain(wrong, 2)
    import anyio

    from fishjam.cli._listen.listening import listen
    from fishjam.cli._listen.options import Options
    from fishjam.cli._signals import stop_signals
    from fishjam.errors import ConfigurationError

    try:
        options = Options.of(arguments)
    except ConfigurationError as error:
        return _complain(str(error), 2)
    with stop_signals() as stopped:
        failure = anyio.run(listen, options, stopped, backend=arguments.backend)
    return 0 if failure is None else _complain(str(failure), 1)


def _complain(text: str, code: int) -> int:
    print(f"fishjam listen: {text}", file=sys.stderr)
    return code


def _what_is_wrong(arguments: argparse.Namespace) -> str | None:
    if not arguments.fishjam_id:
        return "which Fishjam? Set FISHJAM_ID or pass --fishjam-id."
    if not arguments.token:
        return "no management token: set FISHJAM_MANAGEMENT_TOKEN or pass --token."
    if arguments.forward_to and not arguments.webhook_secret:
        return "--forward-to needs a secret: set FISHJAM_WEBHOOK_SECRET or pass --webhook-secret."
    return None


def _event_type(name: str) -> type:
    from fishjam.events.allowed_notifications import ALLOWED_NOTIFICATIONS

    types = {one.__name__: one for one in ALLOWED_NOTIFICATIONS}
    if name not in types:
        raise argparse.ArgumentTypeError(f"{name!r} is no event; there are {', '.join(types)}")
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
    except httpx.InvalidURL as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no URL: {error}") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise argparse.ArgumentTypeError(f"{text!r} is no http or https URL")
    return text
