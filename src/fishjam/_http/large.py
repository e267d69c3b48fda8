"""Reading a large answer in pieces, so that other tasks of the event loop run meanwhile."""

from __future__ import annotations

from functools import partial
from typing import TypeVar

from anyio.lowlevel import checkpoint
from attrs import evolve

from fishjam._core.request import Request
from fishjam._http.responses import ApiResponse, Failure

T = TypeVar("T")

LARGE = 64 * 1024
"""Bytes from which on an answer is read in pieces, if its request knows how."""


class AsyncLargeReader:
    """Reads large answers in pieces, between which other tasks run."""

    @staticmethod
    async def read(request: Request[T], outcome: ApiResponse | Failure) -> Request[T]:
        """Return a request that knows already what its answer holds, if that is large."""
        if isinstance(outcome, Failure) or not outcome.is_success or request.pieces is None:
            return request
        if len(outcome.content) < LARGE:
            return request
        pieces = request.pieces(outcome.content)
        while True:
            try:
                next(pieces)
            except StopIteration as end:
                return evolve(request, read=partial(_known, end.value))
            except (ValueError, RecursionError):
                return request
            await checkpoint()


class LargeReader:
    """Leaves large answers as they are: a sync caller waits for the whole in any case."""

    @staticmethod
    def read(request: Request[T], outcome: ApiResponse | Failure) -> Request[T]:
        """Return the request."""
        return request


def _known(value: T, content: bytes) -> T:
    return value
