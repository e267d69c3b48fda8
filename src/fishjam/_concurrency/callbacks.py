"""Calling functions of the user's, plain or async, and telling their failures from cancellation."""

from __future__ import annotations

import asyncio
import inspect
import math
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from traceback import walk_tb
from typing import Any

import anyio

from fishjam.errors import CallbackCancelledError


def check_handler(handler: object) -> None:
    """Raise `TypeError` for what cannot be called."""
    if not callable(handler):
        raise TypeError(f"{handler!r} is not a handler: pass a function, def or async def")


async def call(function: Callable[[Any], Awaitable[None] | None], argument: Any) -> None:
    """Call a plain or an async function and wait for it.

    Raises what it raises, and `CallbackCancelledError` for a cancellation of its own.
    """
    with failures_of(function):
        result = function(argument)
        if inspect.isawaitable(result):
            await result


@contextmanager
def failures_of(function: object) -> Iterator[None]:
    """Turn a cancellation that a function of the user's brought along into an error.

    It comes from something that the function awaited, for example a task that was cancelled. As a
    cancellation it would end our own task without a word.
    """
    try:
        yield
    except BaseException as error:
        if not _is_of_its_own(error):
            raise
        name = getattr(function, "__qualname__", repr(function))
        raise CallbackCancelledError(
            f"{name} ended with a cancellation of its own: something that it awaited was "
            "cancelled. Handle the CancelledError in it."
        ) from error


def _is_of_its_own(error: BaseException) -> bool:
    """Tell whether an error is a cancellation that was not asked of the running task."""
    # On trio a cancellation cannot leave the scope that it belongs to.
    return (
        isinstance(error, asyncio.CancelledError)
        and not _was_cancelled()
        and not _came_to_a_wait_of_ours(error)
    )


def _came_to_a_wait_of_ours(error: BaseException) -> bool:
    """Tell whether a function of the user's was waiting in this SDK, as in `receive()`.

    Such a wait is cancelled with its task alone. A task group of anyio around it (seen in 4.16)
    takes the request back before it gets here, so that the task does not count as cancelled.
    """
    are_ours = [
        str(frame.f_globals.get("__name__")).startswith("fishjam.")
        for frame, _ in walk_tb(error.__traceback__)
    ]
    return (False, True) in pairwise(are_ours)


def _was_cancelled() -> bool:
    try:
        task = asyncio.current_task()
    except RuntimeError:
        # No asyncio runs in this thread, so that nothing in it can be cancelled by asyncio.
        return False
    cancelling = getattr(task, "cancelling", None)
    # Python 3.10 does not count; in doubt it is a cancellation.
    if cancelling is None or cancelling():
        return True
    return anyio.current_effective_deadline() == -math.inf
