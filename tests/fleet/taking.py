"""Taking and keeping one job as a worker does several."""

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


async def keep_one(engine: Engine, worker: str, taken: Taken) -> bool:
    """Return whether the job is the worker's; raise why it cannot be kept."""
    [result] = await engine.keep(worker, [taken])
    if isinstance(result, Exception):
        raise result
    return result
