"""Pictures of a browser's video for agents that ask for one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fishjam.emulator._webrtc.codecs import jpeg_of
from fishjam.emulator._webrtc.rtp import EncodedFrame, IncomingTrack

PATIENCE = 1.0
"""Seconds that a browser has to send a key frame; one whose picture stands still may send none."""

OnJpeg = Callable[[bytes | None], object]
"""Takes a picture as JPEG, or None if there is none."""


class Snapshots:
    """Takes pictures of one track, from a key frame that it asks the browser for.

    That way nothing is decoded as long as nobody asks. Used inside the server's loop.

    Args:
        track: what the browser sends.
    """

    def __init__(self, track: IncomingTrack) -> None:
        self._track = track
        self._waiting: list[OnJpeg] = []
        self._last: bytes | None = None
        self._task: asyncio.Task[None] | None = None
        self._frame: asyncio.Future[EncodedFrame]

    def ask(self, on_jpeg: OnJpeg) -> None:
        """Have the next picture, or the one before it if no other comes in time."""
        self._waiting.append(on_jpeg)
        if self._task is None:
            loop = asyncio.get_running_loop()
            self._frame = loop.create_future()
            self._task = loop.create_task(self._take())

    def on_frame(self, frame: EncodedFrame) -> None:
        """Take a frame of the track."""
        if frame.is_key and not self._frame.done():
            self._frame.set_result(frame)

    def close(self) -> None:
        """Take no more pictures."""
        if self._task is not None:
            self._task.cancel()

    async def _take(self) -> None:
        # Only while somebody waits: this makes the track ask for a key frame.
        self._track.add_sink(self)
        try:
            frame = await asyncio.wait_for(self._frame, PATIENCE)
            loop = asyncio.get_running_loop()
            self._last = await loop.run_in_executor(None, jpeg_of, frame.codec, frame.data)
        except asyncio.TimeoutError:
            # What was seen last is still to be seen.
            pass
        finally:
            self._track.remove_sink(self)
            # Before the pictures are handed out, so that the next one can be asked for at once.
            self._task = None
            waiting, self._waiting = self._waiting, []
        for on_jpeg in waiting:
            on_jpeg(self._last)
