"""A notifier that runs as long as an ASGI application does."""

from __future__ import annotations

import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

import anyio
from anyio.abc import TaskStatus

from fishjam._concurrency.callbacks import call
from fishjam.errors import FishjamTimeoutError
from fishjam.notifier import FishjamNotifier
from fishjam.notifier._notifier import OnLost, OnRestored

__all__ = ("notifier_lifespan", "run_notifier")

Lifespan = Callable[[Any], AbstractAsyncContextManager[Any]]
OnFailure = Callable[[Exception], Awaitable[None] | None]

_log = logging.getLogger("fishjam")


def notifier_lifespan(
    notifier: FishjamNotifier,
    lifespan: Lifespan | None = None,
    *,
    ready_timeout: float | None = 30.0,
    on_lost: OnLost | None = None,
    on_restored: OnRestored | None = None,
    on_failure: OnFailure | None = None,
) -> Lifespan:
    """Make a lifespan for an application that runs a notifier beside it.

    The application starts once the notifier is connected; see `run_notifier` for the rest. Each
    process of a server with several workers has a notifier of its own, and gets every event.

    Args:
        notifier: a notifier with handlers.
        lifespan: a lifespan of your own around it: it is entered first and left last, and its
            state is the application's.
        ready_timeout: see `run_notifier`, as for the others.
        on_lost: called after each loss of the connection.
        on_restored: called after each return.
        on_failure: called when the notifier has stopped for good.

    Example:
        >>> app = FastAPI(lifespan=notifier_lifespan(notifier))
    """

    @asynccontextmanager
    async def both(app: Any) -> AsyncIterator[Any]:
        async with AsyncExitStack() as stack:
            state = await stack.enter_async_context(lifespan(app)) if lifespan else None
            await stack.enter_async_context(
                run_notifier(
                    notifier,
                    ready_timeout=ready_timeout,
                    on_lost=on_lost,
                    on_restored=on_restored,
                    on_failure=on_failure,
                )
            )
            yield state

    return both


@asynccontextmanager
async def run_notifier(
    notifier: FishjamNotifier,
    *,
    ready_timeout: float | None = 30.0,
    on_lost: OnLost | None = None,
    on_restored: OnRestored | None = None,
    on_failure: OnFailure | None = None,
) -> AsyncIterator[None]:
    """Run a notifier for the length of an `async with`, for example in your own lifespan.

    The block is entered once the subscription is confirmed. When the connection is lost, the
    notifier reconnects. If it stops for good, because its token is refused or a handler raises,
    that is logged and `on_failure` is called, while the block goes on. At its end a handler that
    is just running is cancelled.

    Args:
        notifier: a notifier with handlers.
        ready_timeout: seconds to wait for the first connection, None for no limit.
        on_lost: called after each loss of the connection, `def` or `async def`.
        on_restored: called after each return, before the events that follow it.
        on_failure: called with the error when the notifier has stopped for good.

    Raises:
        NotifierAuthError: the server refused the management token, at the start.
        FishjamTimeoutError: there was no connection within `ready_timeout`.
        RuntimeError: the notifier has no handler, or is connected already.
    """
    running = _Running(notifier, on_failure)
    # Raised at the end, because the task group would put them into an exception group.
    raised: list[BaseException] = []

    async def serve(*, task_status: TaskStatus[None]) -> None:
        try:
            await running.serve(on_lost, on_restored, task_status=task_status)
        except anyio.get_cancelled_exc_class():
            raise
        except BaseException as interruption:
            raised.append(interruption)
            tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        try:
            await tasks.start(serve)
            await running.wait_ready(ready_timeout)
            yield
        except anyio.get_cancelled_exc_class():
            raise
        except BaseException as error:
            raised.append(error)
        tasks.cancel_scope.cancel()
    if raised:
        raise raised[0]


class _Running:
    """A notifier that runs in a task, and what became of it."""

    def __init__(self, notifier: FishjamNotifier, on_failure: OnFailure | None) -> None:
        self._notifier = notifier
        self._on_failure = on_failure
        self._failure: Exception | None = None
        self._ready = False
        self._waiting = anyio.CancelScope()

    async def serve(
        self,
        on_lost: OnLost | None,
        on_restored: OnRestored | None,
        *,
        task_status: TaskStatus[None],
    ) -> None:
        # `run` forgets how an earlier run ended before it first waits, so that a task that waits
        # for it to be ready from now on gets the outcome of this one.
        task_status.started()
        try:
            await self._notifier.run(on_lost=on_lost, on_restored=on_restored)
        except Exception as error:
            # Raised out of this task, it would cancel the application that runs in the block.
            self._failure = error
            self._waiting.cancel()
            # Before that, `wait_ready` raises it, and the application does not start at all.
            if self._ready:
                await self._tell(error)

    async def wait_ready(self, limit: float | None) -> None:
        """Return once the notifier is connected, or raise what it failed with."""
        self._waiting.deadline = math.inf if limit is None else anyio.current_time() + limit
        with self._waiting:
            await self._notifier.wait_ready()
            self._ready = True
        if self._failure is not None:
            raise self._failure
        if not self._ready:
            raise FishjamTimeoutError(
                f"The notifier was not connected within {limit} s. Is the Fishjam ID right, and "
                "can this machine reach that Fishjam?"
            )

    async def _tell(self, error: Exception) -> None:
        _log.error("the notifier has stopped and handles no more events", exc_info=error)
        if self._on_failure is None:
            return
        try:
            await call(self._on_failure, error)
        except Exception:
            _log.exception("on_failure failed")
