"""`fishjam emulator`: runs a local Fishjam until it is stopped."""

from __future__ import annotations

import json
import shlex
import webbrowser
from contextlib import nullcontext
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from fishjam.cli._command import Command, common
from fishjam.cli._exit import DONE, fail
from fishjam.cli._options import flag
from fishjam.cli._signals import stop_signals
from fishjam.errors import MissingExtraError

_TOKEN = "development"  # noqa: S105
_WITH_MEDIA = "Web apps take part with cameras and microphones: their fishjamId is this address."
_WITHOUT_MEDIA = (
    'Web apps take part without media; to have them: pip install "fishjam-server-sdk[webrtc]"'
)

if TYPE_CHECKING:
    from fishjam.emulator import Emulator


@click.command(
    cls=Command,
    common=("management_token", "json"),
    common_help={"management_token": f"its management token ({_TOKEN}); not from the environment"},
)
@click.option(
    "--host", metavar="HOST", default="127.0.0.1", help="address to listen on (127.0.0.1)"
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=5002,
    metavar="PORT",
    help="port to listen on, 0 for a free one (5002)",
)
@click.option(
    "--webhook-secret",
    default="development",
    metavar="SECRET",
    help="secret to sign webhooks (development)",
)
@click.option("--webhook-url", metavar="URL", help="address to post all notifications to")
@click.option(
    "--public-url",
    metavar="URL",
    help="address under which clients reach it, such as http://emulator:5002",
)
@click.option(
    "--allow-origin",
    "allow_origins",
    multiple=True,
    metavar="ORIGIN",
    help="web pages that may use it besides those of this machine; can be repeated",
)
@flag("--sandbox", "give web pages tokens by name at /room-manager, without a backend")
@click.option(
    "--webrtc/--no-webrtc",
    default=None,
    help="let browsers take part with cameras and microphones (if the extra is installed)",
)
@flag("--open", "open the emulator's page in a web browser")
@flag("--quiet", "print no line for each request and webhook")
def emulator(webrtc: bool | None, quiet: bool, open: bool, **options: Any) -> int:  # noqa: A002
    """Run a local Fishjam to develop and test against.

    Ctrl+C ends it. Its management token is "development" unless --token names another. Each request
    and each webhook, with what its receiver answered, is a line on stderr, unless there is --quiet;
    with --json it prints one line of JSON when it is ready, and nothing else.
    """
    try:
        from fishjam.emulator import Emulator, EmulatorError
        from fishjam.emulator._console.printer import printing
    except ImportError as error:
        return fail(error)
    # Neither --webrtc nor --no-webrtc was given. Asked for, a missing extra is an error instead.
    if webrtc is None:
        webrtc = find_spec("aiortc") is not None
    token = common().management_token
    try:
        local = Emulator(
            management_token=_TOKEN if token is None else token, webrtc=webrtc, **options
        )
        # The signals come first: one that arrives during the start is kept until `wait`.
        log = nullcontext if quiet or common().json else partial(printing, local)
        with stop_signals() as stopped, local, log():
            greeting = _ready_line(local) if common().json else _greeting(local, webrtc)
            # Scripts wait for this text through a pipe, into which Python writes only full buffers.
            print(greeting, flush=True)
            if open:
                webbrowser.open(page_url(local))
            stopped.wait()
    except (EmulatorError, MissingExtraError, ValueError) as error:
        return fail(error)
    return DONE


def page_url(emulator: Emulator) -> str:
    """Return the address of the emulator's page, with the token where no server gets to see it."""
    token = quote(emulator.management_token, safe="")
    return f"{emulator.fishjam_id}/#token={token}"


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
            f"Its page, to watch it and to join rooms: {page_url(emulator)}",
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
