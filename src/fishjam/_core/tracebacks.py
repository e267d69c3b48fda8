"""Short tracebacks for errors that say themselves what happened."""

from __future__ import annotations

from typing import TypeVar

E = TypeVar("E", bound=BaseException)


def shortened(error: E) -> E:
    """Take the frames below the caller out of an error and its cause, and what led to the cause.

    For connections that could not be made: where in a library that showed says nothing to users,
    and fills their screen. To be raised again: `raise shortened(error) from error.__cause__`.
    """
    cause = error.__cause__
    if cause is not None:
        cause.__traceback__ = cause.__cause__ = cause.__context__ = None
    return error.with_traceback(None)
