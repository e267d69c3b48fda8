"""The event loops that a command can run on, and the packages that they need."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib.util import find_spec

BACKENDS = ("asyncio", "trio")


def add_backend(
    parser: argparse.ArgumentParser, what: str, backends: Sequence[str] = BACKENDS
) -> None:
    """Add `--backend`, which chooses `what`."""
    parser.add_argument(
        "--backend",
        choices=backends,
        default="asyncio",
        help=f"{what} to use (default: asyncio)",
    )


def missing_for(backend: str) -> str | None:
    """Return how to install what a backend lacks, or None if nothing is missing."""
    # Asked before anything starts: the engine would miss the package only when a socket opens.
    # trio-websocket requires trio, so it stands for both.
    if backend != "trio" or find_spec("trio_websocket") is not None:
        return None
    return '--backend trio needs more packages: pip install "fishjam-server-sdk[trio]"'
