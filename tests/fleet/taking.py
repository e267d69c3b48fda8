"""Taking one job as a worker takes several."""

from __future__ import annotations

from fishjam.fleet._engine import Engine
from fishjam.fleet._jobs import Offer, Taken


async def take_one(engine: Engine, worker: str, offer: Offer, quiet: float = 0.0) -> Taken | None:
    """Return the job, or None if it is not to be had; raise why it cannot be taken."""
    takings = await engine.take(worker, [offer], quiet)
    [result] = takings.results
    if isinstance(result, Exception):
        raise result
    return result
