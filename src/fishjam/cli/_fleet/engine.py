"""The commands that ask the engine of a fleet: how they find it, and how they run."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import anyio

from fishjam.cli._command import common
from fishjam.cli._credentials import fleet_settings
from fishjam.cli._exit import DONE, fail
from fishjam.cli._output import Output
from fishjam.errors import ConfigurationError, FishjamConnectionError, FishjamError

if TYPE_CHECKING:
    from fishjam.fleet._engine import Engine

MEMORY = "memory://"

NOT_SHARED = (
    "memory:// lives inside one process, so there is nothing that another one could see. Set "
    "FISHJAM_FLEET_URL to the address of your Redis."
)

PATIENCE = 10.0
"""Seconds that a command waits for the engine; --timeout names others."""

Ask = Callable[..., Awaitable[int | None]]


def asking(function: Ask) -> Callable[..., int]:
    """Turn a function of an engine, the output and the arguments into one of the arguments."""

    @functools.wraps(function)
    def run(**arguments: Any) -> int:
        try:
            return anyio.run(functools.partial(_ask, function, arguments))
        except (FishjamError, ValueError) as error:
            return fail(error)

    return run


async def _ask(function: Ask, arguments: dict[str, Any]) -> int:
    engine = _engine()
    patience = common().timeout or PATIENCE
    try:
        with anyio.fail_after(patience):
            async with engine.open():
                return await function(engine, Output(common().json), **arguments) or DONE
    except TimeoutError:
        text = f"The engine of the fleet did not answer within {patience:g} seconds."
        raise FishjamConnectionError(text) from None


def _engine() -> Engine:
    from fishjam.fleet._fleet import redis_engine

    url, namespace = fleet_settings()
    if url == MEMORY:
        raise ConfigurationError(NOT_SHARED)
    return redis_engine(url, namespace)
