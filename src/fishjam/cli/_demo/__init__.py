"""`fishjam demo`: the main job of the SDK as a story that can be watched."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

BACKENDS = ("sync", "asyncio", "trio")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "demo",
        help="watch rooms, peers and tokens being made",
        description=(
            "Makes rooms, peers, tokens, a livestream and MoQ access, shows each step, and cleans "
            "up. It runs against a local Fishjam of its own, or against yours when FISHJAM_ID and "
            "FISHJAM_MANAGEMENT_TOKEN are set."
        ),
    )
    parser.add_argument(
        "--backend",
        choices=BACKENDS,
        default="asyncio",
        help="the client and the event loop to use (default: asyncio)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    if arguments.backend == "trio" and find_spec("trio_websocket") is None:
        hint = 'pip install "fishjam-server-sdk[trio]"'
        print(f"fishjam demo: --backend trio needs more packages: {hint}", file=sys.stderr)
        return 1
    from fishjam.cli._demo.narrator import Narrator
    from fishjam.errors import FishjamError

    narrator = Narrator(sys.stdout)
    try:
        with _fishjam(narrator) as (fishjam_id, management_token):
            _tell(arguments.backend, fishjam_id, management_token, narrator)
    except (FishjamError, ImportError) as error:
        print(f"fishjam demo: {error}", file=sys.stderr)
        return 1
    narrator.line(f"Done, with the {arguments.backend} client.")
    return 0


@contextmanager
def _fishjam(narrator: Any) -> Iterator[tuple[str, str]]:
    """Give the Fishjam of the environment, or else a local one for the time of the story."""
    fishjam_id = os.environ.get("FISHJAM_ID")
    token = os.environ.get("FISHJAM_MANAGEMENT_TOKEN")
    if fishjam_id and token:
        narrator.line("Using the Fishjam that FISHJAM_ID names.")
        yield fishjam_id, token
        return
    from fishjam.emulator import Emulator

    with Emulator() as emulator:
        narrator.line(f"A local Fishjam listens at {emulator.fishjam_id}.")
        yield emulator.fishjam_id, emulator.management_token


def _tell(backend: str, fishjam_id: str, management_token: str, narrator: Any) -> None:
    """Tell the story while the events that it causes are shown beside it."""
    import anyio

    from fishjam.cli._demo import _async, _sync
    from fishjam.cli._demo.audience import watching

    loop = "asyncio" if backend == "sync" else backend
    with watching(fishjam_id, management_token, narrator, loop) as audience:
        if backend == "sync":
            rooms = _sync.tell(fishjam_id, management_token, narrator)
        else:
            rooms = anyio.run(_async.tell, fishjam_id, management_token, narrator, backend=backend)
        audience.wait_until_gone(rooms)
