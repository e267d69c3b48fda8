"""What is to be sent on one WebSocket: filled from any thread, emptied by its connection."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from attrs import frozen

MAX_FRAMES = 65_536
"""How many frames may wait for a client that reads too slowly."""
MAX_BYTES = 16 * 1024 * 1024
"""How many bytes may wait."""

Frame = bytes | str


@frozen
class CloseStatus:
    """How a connection is closed from this side: the code and reason of the close frame."""

    code: int
    reason: str = ""


TOO_SLOW = CloseStatus(1013, "too slow")
"""The end of a connection to a client that does not keep up."""
CUT = CloseStatus(1006)
"""The end of a connection without a close frame."""
NOT_ALLOWED = (1003, "operation not allowed")
MISSING_TOKEN = (1000, "missing token")
INVALID_TOKEN = (1000, "invalid token")
INVALID_AUTH_REQUEST = (1000, "invalid auth request")


class Outbox:
    """The way out to one client, in order and of limited length.

    A client for whom more than the limits waits is cut off with 1013 `too slow`; nobody else
    notices. What is sent on a line that has ended is dropped.

    Args:
        wake: called whenever there is something new here, from any thread.
        abort: ends the TCP connection at once, from any thread.
        max_frames: how many frames may wait.
        max_bytes: how many bytes may wait.
    """

    def __init__(
        self,
        wake: Callable[[], object],
        abort: Callable[[], object],
        max_frames: int = MAX_FRAMES,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._wake = wake
        self._abort = abort
        self._max_frames = max_frames
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._frames: deque[Frame] = deque()
        self._size = 0
        self._close_status: CloseStatus | None = None

    @property
    def close_status(self) -> CloseStatus | None:
        """How the line ended, or None while it takes frames."""
        return self._close_status

    def send(self, frame: Frame) -> None:
        """Put a frame at the end of what waits."""
        with self._lock:
            if self._close_status:
                return
            self._frames.append(frame)
            self._size += len(frame)
            if len(self._frames) > self._max_frames or self._size > self._max_bytes:
                self._end(TOO_SLOW, drop=True)
        self._wake()

    def close(self, code: int, reason: str = "") -> None:
        """Close the connection after what waits."""
        with self._lock:
            self._end(CloseStatus(code, reason), drop=False)
        self._wake()

    def cut(self) -> None:
        """End the connection at once, without a word."""
        with self._lock:
            self._end(CUT, drop=True)
        self._wake()
        self._abort()

    def take(self) -> Frame | None:
        """Take the frame that waits longest, or None if nothing waits."""
        with self._lock:
            if not self._frames:
                return None
            frame = self._frames.popleft()
            self._size -= len(frame)
            return frame

    def _end(self, close_status: CloseStatus, *, drop: bool) -> None:
        self._close_status = self._close_status or close_status
        if drop:
            self._frames.clear()
            self._size = 0
