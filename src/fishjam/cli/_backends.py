"""The event loops that a command can run on, and the packages that they need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import click

BACKENDS = ("asyncio", "trio")


def backend_option(
    what: str, backends: Sequence[str] = BACKENDS
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add `--backend`, which chooses `what`."""
    return click.option(
        "--backend",
        type=click.Choice(backends),
        default="asyncio",
        show_default=True,
        help=f"{what} to use",
    )


def missing_for(backend: str) -> str | None:
    """Return how to install what a backend lacks, or None if nothing is missing."""
    # Asked before anything starts: the engine would miss the package only when a socket opens.
    # trio-websocket requires trio, so it stands for both.
    if backend != "trio" or find_spec("trio_websocket") is not None:
        return None
    return '--backend trio needs more packages: pip install "fishjam-server-sdk[trio]"'
