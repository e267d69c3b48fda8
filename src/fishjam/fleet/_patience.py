"""Doing a step again until the engine, or Fishjam, can be reached."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from fishjam._core.backoff import Backoff
from fishjam.errors import (
    FishjamConnectionError,
    RateLimitError,
    ServerError,
    ServiceUnavailableError,
)
from fishjam.fleet._engine import EngineUnavailableError

T = TypeVar("T")

TEMPORARY = (FishjamConnectionError, RateLimitError, ServerError, ServiceUnavailableError)
"""What another try to ask Fishjam may not meet again."""

_OF_ENGINE = Backoff(initial_delay=0.1, max_delay=1.0)
_OF_FISHJAM = Backoff(initial_delay=0.2, max_delay=5.0)


async def patiently(call: Callable[[], Awaitable[T]], seconds: float = math.inf) -> T:
    """Do a step of the engine, and again until the engine can be reached.

    Raises `EngineUnavailableError` if it could not be for so many seconds.
    """
    return await _again(call, (EngineUnavailableError,), _OF_ENGINE, seconds)


async def until_it_works(call: Callable[[], Awaitable[T]]) -> T:
    """Ask Fishjam, and again while it cannot be reached."""
    return await _again(call, TEMPORARY, _OF_FISHJAM)


async def _again(
    call: Callable[[], Awaitable[T]],
    errors: tuple[type[Exception], ...],
    backoff: Backoff,
    seconds: float = math.inf,
) -> T:
    tries = 0
    until = anyio.current_time() + seconds
    while True:
        try:
            return await call()
        except errors:
            tries += 1
            delay = backoff.delay(tries)
            if anyio.current_time() + delay >= until:
                raise
            await anyio.sleep(delay)
