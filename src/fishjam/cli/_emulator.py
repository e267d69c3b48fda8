"""`fishjam emulator`: runs a local Fishjam until it is stopped."""

from __future__ import annotations

import argparse
import json
import shlex
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from fishjam.cli._exit import DONE, fail
from fishjam.cli._help import add_command
from fishjam.cli._signals import stop_signals
from fishjam.errors import MissingExtraError

_WITH_MEDIA = "Web apps take part with cameras and microphones: their fishjamId is this address."
_WITHOUT_MEDIA = (
    'Web apps take part without media; to have them: pip install "fishjam-server-sdk[webrtc]"'
)

if TYPE_CHECKING:
    from fishjam.emulator import Emulator


def add_parser(subparsers: Any) -> None:
    """Add the subcommand to the parser of `fishjam`."""
    parser = add_command(
        subparsers, "emulator", "run a local Fishjam to develop and test against", "Ctrl+C ends it."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=_port, default=5002, help="port to listen on, 0 for a free one (%(default)s)"
    )
    parser.add_argument("--token", default="development", help="management token (%(default)s)")
    parser.add_argument(
        "--webhook-secret", default="development", help="secret to sign webhooks (%(default)s)"
    )
    parser.add_argument("--webhook-url", help="address to post all notifications to")
    parser.add_argument(
        "--public-url", help="address under which clients reach it, such as http://emulator:5002"
    )
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="web pages that may use it besides those of this machine; can be repeated",
    )
    parser.add_argument(
        "--sandbox",
        action="store_true",
        help="give web pages tokens by name at /room-manager, without a backend",
    )
    parser.add_argument(
        "--webrtc",
        action=argparse.BooleanOptionalAction,
        help="let browsers take part with cameras and microphones (if the extra is installed)",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one line of JSON when ready, nothing else"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM comes; returns the exit code."""
    try:
        from fishjam.emulator import Emulator, EmulatorError
    except ImportError as error:
        return fail("emulator", error)
    webrtc: bool = arguments.webrtc
    # Neither --webrtc nor --no-webrtc was given. Asked for, a missing extra is an error instead.
    if arguments.webrtc is None:
        webrtc = find_spec("aiortc") is not None
    try:
        emulator = Emulator(
            host=arguments.host,
            port=arguments.port,
            management_token=arguments.token,
            webhook_secret=arguments.webhook_secret,
            webhook_url=arguments.webhook_url,
            public_url=arguments.public_url,
            allow_origins=arguments.allow_origin,
            sandbox=arguments.sandbox,
            webrtc=webrtc,
        )
        # The signals come first: one that arrives during the start is kept until `wait`.
        with stop_signals() as stopped, emulator:
            greeting = _ready_line(emulator) if arguments.json else _greeting(emulator, webrtc)
            # Scripts wait for this text through a pipe, into which Python writes only full buffers.
            print(greeting, flush=True)
            stopped.wait()
    except (EmulatorError, MissingExtraError, ValueError) as error:
        return fail("emulator", error)
    return DONE


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is not from 0 to 65535")
    return port


def _ready_line(emulator: Emulator) -> str:
    return json.dumps(
        {
            "fishjam_id": emulator.fishjam_id,
            "management_token": emulator.management_token,
            "webhook_secret": emulator.webhook_secret,
        }
    )


def _greeting(emulator: Emulator, webrtc: bool) -> str:
    return "\n".join(
        (
            f"A local Fishjam runs at {emulator.fishjam_id} (Ctrl+C stops it).",
            "To use it:",
            "",
            # Quoted for a shell: tokens are free text, and the lines are meant to be pasted.
            f"  export FISHJAM_ID={shlex.quote(emulator.fishjam_id)}",
            f"  export FISHJAM_MANAGEMENT_TOKEN={shlex.quote(emulator.management_token)}",
            f"  export FISHJAM_WEBHOOK_SECRET={shlex.quote(emulator.webhook_secret)}",
            # It serves both APIs. Without this the Composition client calls the hosted one.
            f"  export FISHJAM_COMPOSITION_URL={shlex.quote(emulator.fishjam_id)}",
            "",
            _WITH_MEDIA if webrtc else _WITHOUT_MEDIA,
            "",
        )
    )
