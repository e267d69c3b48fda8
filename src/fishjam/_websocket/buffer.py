"""Messages that have come and were not received yet: a bounded buffer for one reader."""

from __future__ import annotations

from collections import deque

import anyio

from fishjam._websocket._signals import SocketBusyError


class BufferClosed(Exception):  # noqa: N818 - a signal between two modules, never seen outside
    """Nothing is left, and nothing more will come."""


class MessageBuffer:
    """Holds up to `bound` messages; putting one more waits, and a cancelled reader loses none."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._items: deque[bytes | str] = deque()
        self._closed = False
        self._discarding = False
        self._reader: anyio.Event | None = None
        self._writer: anyio.Event | None = None

    async def put(self, item: bytes | str) -> None:
        """Add a message, waiting while the buffer is full; after `discard()` it is dropped."""
        while len(self._items) >= self._bound:
            self._writer = anyio.Event()
            await self._writer.wait()
        if not self._discarding:
            self._items.append(item)
            self._wake_reader()

    async def get(self) -> bytes | str:
        """Take the oldest message, waiting for one; being cancelled loses none.

        Raises `BufferClosed` at the end, and `SocketBusyError` while another task waits here.
        """
        if self._reader is not None:
            raise SocketBusyError(
                "Another task is receiving from this WebSocket already. One task should receive "
                "and pass the messages on."
            )
        while not self._items:
            if self._closed:
                raise BufferClosed
            self._reader = anyio.Event()
            try:
                await self._reader.wait()
            finally:
                self._reader = None
        item = self._items.popleft()
        if self._writer is not None:
            self._writer.set()
            self._writer = None
        return item

    def close(self) -> None:
        """Let nothing more in; what is there can still be taken."""
        self._closed = True
        self._wake_reader()

    def discard(self) -> None:
        """Throw everything away, also what comes later."""
        self._discarding = True
        self._items.clear()
        if self._writer is not None:
            self._writer.set()
        self.close()

    def _wake_reader(self) -> None:
        if self._reader is not None:
            self._reader.set()
