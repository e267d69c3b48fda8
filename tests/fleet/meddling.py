"""An engine whose steps a test can hold up, refuse or watch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

import anyio

from fishjam.fleet._engine import Engine, EngineUnavailableError

Hook = Callable[[], Awaitable[None]]


class Meddler:
    """Does the steps of another engine, between two hooks of the step, if there are any."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.hooks: dict[str, Hook] = {}
        self.after: dict[str, Hook] = {}
        self.is_dead = False

    @property
    def as_engine(self) -> Engine:
        return cast("Engine", self)

    def __getattr__(self, name: str) -> Any:
        step = getattr(self._engine, name)

        async def meddle(*args: Any, **options: Any) -> Any:
            if self.is_dead:
                await anyio.sleep_forever()
            if name in self.hooks:
                await self.hooks[name]()
            answer = await step(*args, **options)
            if name in self.after:
                await self.after[name]()
            return answer

        return meddle


async def never() -> None:
    """Do not answer."""
    await anyio.sleep_forever()


async def unavailable() -> None:
    """Behave like an engine that cannot be reached."""
    raise EngineUnavailableError("Redis cannot be reached.")
