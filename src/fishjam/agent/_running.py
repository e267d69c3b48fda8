"""Running a handler with a session that outlives the loss of its connection."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Generic, TypeAlias, TypeVar

import anyio

from fishjam._concurrency.background import background
from fishjam._concurrency.callbacks import call
from fishjam._concurrency.queue import Inbox
from fishjam._core.backoff import Backoff
from fishjam._websocket.reconnecting import ConnectionLost, ConnectionRestored
from fishjam.agent._agent_session import AgentSession
from fishjam.agent._connecting import Door
from fishjam.agent._ending import CLOSED_BY_US
from fishjam.agent._keeper import Keeper, News
from fishjam.agent._session import Core
from fishjam.errors import AgentSessionClosedError

T = TypeVar("T")

OnLost: TypeAlias = Callable[[ConnectionLost], Awaitable[None] | None]
OnRestored: TypeAlias = Callable[[ConnectionRestored], Awaitable[None] | None]
Handler: TypeAlias = Callable[[AgentSession], Awaitable[T]]

GRACE = 5.0
"""Seconds that a handler has to return once the session has ended without its doing."""

_WANTED = "pass a function that is written with async def and takes the session"


def check_handler(handler: object) -> None:
    """Raise `TypeError` for what cannot be called."""
    if not callable(handler):
        raise TypeError(f"run: {handler!r} is no handler: {_WANTED}")


class Runner(Generic[T]):
    """Runs one handler with one session."""

    def __init__(
        self,
        core: Core,
        door: Door,
        *,
        backoff: Backoff,
        max_attempts: int | None,
        on_lost: OnLost | None,
        on_restored: OnRestored | None,
    ) -> None:
        self._core = core
        self._on_lost = on_lost
        self._on_restored = on_restored
        self._news: Inbox[News] = Inbox(1, "wait", RuntimeError)
        self._keeper = Keeper(core, door, backoff, max_attempts, self._news.put_at_once)
        self._scope = anyio.CancelScope()
        self._callback_error: Exception | None = None
        self._result: T | None = None

    async def run(self, handler: Handler[T], session: AgentSession) -> T | None:
        """Connect, call the handler, and return what it returns; None if it was cut off in order.

        Raises what the handler or a callback raises, and what ended the session if the handler did
        not return by itself.
        """
        async with background(self._keep), background(self._tell_news):
            try:
                await self._keeper.begun.wait()
                if self._keeper.failure is not None:
                    raise self._keeper.failure
                with self._scope:
                    async with background(self._limit_the_rest):
                        await self._handle(handler, session)
            finally:
                # Other tasks may still wait for messages, or for a connection to send over.
                self._core.finish(CLOSED_BY_US)
        if self._callback_error is not None:
            raise self._callback_error
        end = self._core.link.end
        if self._scope.cancelled_caught and end is not None and end.failure is not None:
            raise end.error()
        return self._result

    async def _keep(self) -> None:
        await self._keeper.keep()
        self._news.end()

    async def _handle(self, handler: Handler[T], session: AgentSession) -> None:
        try:
            self._result = await _awaitable(handler, handler(session))
        except AgentSessionClosedError:
            # It was speaking when the server ended the session: nothing that it did wrong.
            if self._core.link.end is None or not self._core.link.end.by_server:
                raise

    async def _limit_the_rest(self) -> None:
        """Cancel a handler that goes on for long after the session has ended."""
        await self._core.link.ended.wait()
        if self._core.link.end is not None and not self._core.link.end.by_us:
            await self._core.clock.sleep_until(self._core.clock.now() + GRACE)
            self._scope.cancel()

    async def _tell_news(self) -> None:
        """Call the callbacks, one after another, while the session goes on."""
        try:
            while (news := await self._news.take()) is not None:
                await self._tell(news)
        except Exception as error:
            self._callback_error = error
            self._scope.cancel()

    async def _tell(self, news: News) -> None:
        if isinstance(news, ConnectionLost):
            if self._on_lost is not None:
                await call(self._on_lost, news)
        elif self._on_restored is not None:
            await call(self._on_restored, news)


def _awaitable(handler: Handler[T], returned: Awaitable[T]) -> Awaitable[T]:
    """Return what a handler returned; raises `TypeError` if it is written with a plain def."""
    if inspect.isawaitable(returned):
        return returned
    name = getattr(handler, "__qualname__", repr(handler))
    raise TypeError(
        f"run: the handler {name} returned {type(returned).__name__}, which cannot be awaited: "
        f"{_WANTED}"
    )
