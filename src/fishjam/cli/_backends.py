"""The event loops that a command can run on, and what is missing for them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib.util import find_spec

BACKENDS = ("asyncio", "trio")


def add_backend(
    parser: argparse.ArgumentParser, what: str, backends: Sequence[str] = BACKENDS
) -> None:
    """Add `--backend`, by which somebody chooses `what`."""
    parser.add_argument(
        "--backend",
        choices=backends,
        default="asyncio",
        help=f"{what} to use (default: asyncio)",
    )


def missing_for(backend: str) -> str | None:
    """Return what to tell somebody who lacks the packages of a backend, or None."""
    if backend != "trio" or find_spec("trio_websocket") is not None:
        return None
    return '--backend trio needs more packages: pip install "fishjam-server-sdk[trio]"'
