"""Connections to the engine: the one that is open already, or one for a single step."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import anyio
from anyio import from_thread, to_thread
from anyio.lowlevel import EventLoopToken, RunVar, current_token

from fishjam._concurrency.loop import would_block_a_loop
from fishjam.fleet._engine import Engine

T = TypeVar("T")


class Connections:
    """The engines that a fleet has open in this process, by event loop.

    Args:
        make_engine: makes an engine that is not open.
        is_shared: whether it makes one and the same, which belongs to one event loop.
    """

    def __init__(self, make_engine: Callable[[], Engine], *, is_shared: bool) -> None:
        self._make_engine = make_engine
        self._is_shared = is_shared
        self._loops: list[EventLoopToken] = []
        self._open: RunVar[list[Engine]] = RunVar(f"fishjam.fleet.{uuid.uuid4().hex}")

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Engine]:
        """Open an engine for the length of a block; steps in the same event loop use it too."""
        engine = self._make_engine()
        loop = current_token()
        engines = self._open.get([])
        self._open.set(engines)
        async with engine.open():
            engines.append(engine)
            self._loops.append(loop)
            try:
                yield engine
            finally:
                engines.remove(engine)
                self._loops.remove(loop)

    async def do(self, step: Callable[[Engine], Awaitable[T]]) -> T:
        """Do something with the engine that is open in this event loop, or with one for this."""
        engines = self._open.get([])
        if engines:
            return await step(engines[-1])
        if self._is_shared and self._loops:
            # It belongs to another event loop, in another thread.
            return await to_thread.run_sync(self._do_there, step)
        engine = self._make_engine()
        async with engine.open():
            return await step(engine)

    def do_blocking(self, step: Callable[[Engine], Awaitable[T]]) -> T:
        """Do something with an engine from a thread without an event loop.

        Raises `RuntimeError` in a thread that runs one.
        """
        if would_block_a_loop():
            raise RuntimeError(
                "This waits for the fleet and would hold up the event loop that runs in this "
                "thread: await the async method instead, or call it in a worker thread."
            )
        if self._is_shared and self._loops:
            return self._do_there(step)
        return anyio.run(self.do, step)

    def _do_there(self, step: Callable[[Engine], Awaitable[T]]) -> T:
        return from_thread.run(self.do, step, token=self._loops[-1])
