"""Calling functions of the user's, plain or async, and telling their failures from cancellation."""

from __future__ import annotations

import asyncio
import inspect
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from traceback import walk_tb
from typing import Any

import anyio

from fishjam.errors import CallbackCancelledError


def check_handler(handler: object) -> None:
    """Raise `TypeError` for what cannot be called."""
    if not callable(handler):
        raise TypeError(f"{handler!r} is not a handler: pass a function, def or async def")


async def call(function: Callable[..., object], *arguments: Any) -> None:
    """Call a plain or an async function and wait for it.

    Raises what it raises, and `CallbackCancelledError` for a cancellation of its own.
    """
    with failures_of(function):
        result = function(*arguments)
        if inspect.isawaitable(result):
            await result


@contextmanager
def failures_of(function: object, *, in_group: bool = False) -> Iterator[None]:
    """Turn a cancellation that a function of the user's brought along into an error.

    It comes from something that the function awaited, for example a task that was cancelled. As a
    cancellation it would end our own task without a word.

    Args:
        function: the function, for the error.
        in_group: whether this runs in a task of a task group of ours. Nothing but its scopes
            cancels that, so that there is no doubt, on Python 3.10 either.
    """
    try:
        yield
    except BaseException as error:
        if not (_is_unasked(error) if in_group else _is_of_its_own(error)):
            raise
        name = getattr(function, "__qualname__", repr(function))
        raise CallbackCancelledError(
            f"{name} ended with a cancellation of its own: something that it awaited was "
            "cancelled. Handle the CancelledError in it."
        ) from error


def _is_unasked(error: BaseException) -> bool:
    return isinstance(error, asyncio.CancelledError) and not _is_scope_cancelled()


def _is_scope_cancelled() -> bool:
    return anyio.current_effective_deadline() == -math.inf


def _is_of_its_own(error: BaseException) -> bool:
    """Tell whether an error is a cancellation that was not asked of the running task."""
    # On trio a cancellation cannot leave the scope that it belongs to.
    return (
        isinstance(error, asyncio.CancelledError)
        and not _was_cancelled()
        and not _passed_a_task_group(error)
    )


def _passed_a_task_group(error: BaseException) -> bool:
    """Tell whether an error came through a task group of anyio, in code of the user's or of ours.

    The count of the task says nothing then: with another task group in one of its tasks (seen in
    anyio 4.16) it takes back what was asked of the task from outside. In doubt it is a
    cancellation.
    """
    return any(
        frame.f_code.co_name == "__aexit__" and frame.f_globals["__name__"].startswith("anyio.")
        for frame, _ in walk_tb(error.__traceback__)
    )


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
    return _is_scope_cancelled()
