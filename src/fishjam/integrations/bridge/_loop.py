"""The event loop that a framework runs on."""

from __future__ import annotations

from fishjam._concurrency.loop import is_trio
from fishjam.errors import EventLoopError


def require_asyncio(what: str, library: str) -> None:
    """Raise `EventLoopError` when the running loop is trio's."""
    if is_trio():
        raise EventLoopError(
            f"{what} cannot run under trio, because {library} runs on asyncio alone. Nothing "
            "was sent. Run it with asyncio.run(), or with anyio.run(..., backend='asyncio')."
        )
