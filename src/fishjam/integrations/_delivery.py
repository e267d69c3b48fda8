"""Calling the handlers of a webhook, from async and from sync code."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from anyio import to_thread

from fishjam._concurrency.callbacks import failures_of
from fishjam.errors import FishjamError
from fishjam.events import Notification
from fishjam.integrations._receiver import Call, Receiver


class WebhookHandlerError(FishjamError):
    """A handler raised; `__cause__` is its error, and Fishjam repeats the webhook.

    It replaces the error of the handler, because a framework would answer some exceptions with 4xx,
    and then Fishjam would not send the event again.
    """

    __module__ = "fishjam.integrations"


async def read(chunks: AsyncIterable[bytes], receiver: Receiver) -> bytes:
    """Read a body, up to the limit and no further."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        # A body in chunks announces no length, so each piece has to be counted.
        receiver.check_size(len(body))
    return bytes(body)


async def deliver(calls: Iterable[Call]) -> None:
    """Call one handler after another; plain functions run in a thread, to keep the loop free."""
    for handler, event in calls:
        with _failures_of(handler, event):
            if is_async(handler):
                result = handler(event)
            else:
                result = await to_thread.run_sync(handler, event)
            # A plain function can return an awaitable too, as a lambda around an async one does.
            if inspect.isawaitable(result):
                await result


def deliver_sync(calls: Iterable[Call], settle: Callable[[Awaitable[Any]], Any]) -> None:
    """Call one handler after another; `settle` waits for what an async handler returns."""
    for handler, event in calls:
        with _failures_of(handler, event):
            result = handler(event)
            if inspect.isawaitable(result):
                settle(result)


def is_async(handler: object) -> bool:
    """Return whether a function, a partial of one, or an object's `__call__` is `async def`."""
    # `iscoroutinefunction` says no to an object with an async `__call__`.
    return any(map(inspect.iscoroutinefunction, (handler, type(handler).__call__)))


async def settled(awaitable: Awaitable[Any]) -> None:
    """Wait for an awaitable."""
    await awaitable


@contextmanager
def _failures_of(handler: object, event: Notification) -> Iterator[None]:
    try:
        with failures_of(handler):
            yield
    except Exception as error:
        raise WebhookHandlerError(
            f"A handler of {type(event).__name__} failed, so the webhook is answered with 500 and "
            "Fishjam repeats it."
        ) from error
