"""The queue of frames for one WebSocket: filled from any thread, emptied by its connection."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from attrs import frozen

MAX_FRAMES = 65_536
"""How many frames may be queued for a client that reads too slowly."""
MAX_BYTES = 16 * 1024 * 1024
"""How many bytes may be queued."""

Frame = bytes | str


@frozen
class CloseStatus:
    """How the emulator closes a connection: the code and reason of the close frame."""

    code: int
    reason: str = ""


TOO_SLOW = CloseStatus(1013, "too slow")
"""For a client that does not keep up."""
CUT = CloseStatus(1006)
"""For a connection that is aborted without a close frame."""
NOT_ALLOWED = (1003, "operation not allowed")
MISSING_TOKEN = (1000, "missing token")
INVALID_TOKEN = (1000, "invalid token")
INVALID_AUTH_REQUEST = (1000, "invalid auth request")


class Outbox:
    """The frames for one client, in order and bounded.

    A client that exceeds the limits is closed with 1013 `too slow`, without effect on others.
    Frames that are put into a closed outbox are dropped.

    Args:
        wake: called whenever something was added, from any thread.
        abort: aborts the TCP connection, from any thread.
        max_frames: how many frames may be queued.
        max_bytes: how many bytes may be queued.
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
        """How the connection is to be closed, or None while frames are taken."""
        return self._close_status

    def send(self, frame: Frame) -> None:
        """Add a frame."""
        with self._lock:
            if self._close_status:
                return
            self._frames.append(frame)
            self._size += len(frame)
            if len(self._frames) > self._max_frames or self._size > self._max_bytes:
                # The frames go, or the close frame would wait behind what is not read.
                self._end(TOO_SLOW, drop=True)
        self._wake()

    def close(self, code: int, reason: str = "") -> None:
        """Close the connection after the frames that are queued."""
        with self._lock:
            self._end(CloseStatus(code, reason), drop=False)
        self._wake()

    def cut(self) -> None:
        """Abort the connection without a close frame."""
        with self._lock:
            self._end(CUT, drop=True)
        self._wake()
        self._abort()

    def take(self) -> Frame | None:
        """Take the oldest frame, or None if the queue is empty."""
        with self._lock:
            if not self._frames:
                return None
            frame = self._frames.popleft()
            self._size -= len(frame)
            return frame

    def _end(self, close_status: CloseStatus, *, drop: bool) -> None:
        # The first reason stays: a peer that was removed is to learn that, whatever ends the socket
        # later.
        self._close_status = self._close_status or close_status
        if drop:
            self._frames.clear()
            self._size = 0
