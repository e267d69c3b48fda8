"""Network streams of the HTTP library's pools, with limits that the library does not have.

It gives each read and write a time of its own, so that a server that sends a byte now and then is
waited for without end, and it passes over as many interim responses as a server likes to send.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from fishjam._http.signals import InterimResponsesError, TotalTimeoutError
from fishjam._network.addresses import connect_to_any

MAX_INTERIM_RESPONSES = 100
"""Responses with a 1xx status before the one that counts; servers send one or two, if any."""

_PIECE = 65536
"""Bytes written at a time, so that the time left is looked at in between."""

_BLANK_LINE = re.compile(rb"\n\r?\n")
_INTERIM = re.compile(rb"HTTP/1\.[01] 1\d\d\b")


# Not an argument: the library calls the streams, and hands on nothing but its own timeouts.
_moment: ContextVar[float | None] = ContextVar("moment", default=None)


@contextmanager
def deadline(seconds: float | None) -> Iterator[None]:
    """Give what this thread does in the block so many seconds; None gives it all it needs."""
    token = _moment.set(None if seconds is None else time.monotonic() + seconds)
    try:
        yield
    finally:
        _moment.reset(token)


def time_left(seconds: float | None) -> float | None:
    """Return how long one operation may wait: so many seconds, and not beyond the deadline.

    Raises `TotalTimeoutError` when there is no time left.
    """
    moment = _moment.get()
    if moment is None:
        return seconds
    left = moment - time.monotonic()
    if left <= 0:
        raise TotalTimeoutError
    return left if seconds is None else min(left, seconds)


class InterimCounter:
    """Counts the interim responses to one request, from the bytes that come in."""

    _count = 0
    _head = b""
    _counting = True

    def sent(self) -> None:
        """Begin anew: a request goes out."""
        # One kept connection serves many requests, each with its own limit.
        self._count, self._head, self._counting = 0, b"", True

    def received(self, data: bytes) -> None:
        """Look at what came in; raises `InterimResponsesError`."""
        if not self._counting:
            return
        self._head += data
        # h11 gives up on a head that is longer than 100 KiB, so this does not grow without end.
        while end := _BLANK_LINE.search(self._head):
            if not _INTERIM.match(self._head):
                self._counting, self._head = False, b""
                return
            self._head = self._head[end.end() :]
            self._count += 1
            if self._count > MAX_INTERIM_RESPONSES:
                raise InterimResponsesError


class BlockingStream:
    """A stream that blocks; it keeps to the deadline of the call that uses it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._interim = InterimCounter()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data: bytes = self._stream.read(max_bytes, time_left(timeout))
        self._interim.received(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._interim.sent()
        for start in range(0, len(buffer), _PIECE):
            self._stream.write(buffer[start : start + _PIECE], time_left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> BlockingStream:
        return BlockingStream(
            self._stream.start_tls(ssl_context, server_hostname, time_left(timeout))
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class Backend:
    """Opens streams that block."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, **options: Any
    ) -> BlockingStream:
        def connect(address: str, port: int, seconds: float | None) -> Any:
            return self._backend.connect_tcp(address, port, seconds, **options)

        left = time_left(timeout)
        return BlockingStream(connect_to_any(host, port, left, connect, _is_timeout))


def _is_timeout(error: Exception) -> bool:
    # By its name, as in `failures`: the class is of a library that is not named here.
    return type(error).__name__ == "ConnectTimeout"


class AsyncStream:
    """A stream for tasks, whose deadline is a cancel scope around the call."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._interim = InterimCounter()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data: bytes = await self._stream.read(max_bytes, timeout)
        self._interim.received(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._interim.sent()
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> AsyncStream:
        return AsyncStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class AsyncBackend:
    """Opens streams for tasks."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, **options: Any
    ) -> AsyncStream:
        return AsyncStream(await self._backend.connect_tcp(host, port, timeout, **options))
