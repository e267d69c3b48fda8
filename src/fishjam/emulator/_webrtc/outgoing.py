"""What a browser receives in one of its slots: the frames of whichever track it carries."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Protocol

import av
from aiortc import MediaStreamTrack

from fishjam.emulator._webrtc.codecs import copy_picture
from fishjam.emulator._webrtc.rtp import EncodedFrame

CLOCK_RATES = {"audio": 48000, "video": 90000}
_MAX_WAITING = 100
"""Frames that may wait to be sent: 2 s of audio."""
_MAX_DRIFT = 0.5
"""Seconds that a source may run ahead or behind before it is set anew."""


class OutgoingSource(Protocol):
    """Gives frames to the tracks that browsers receive."""

    def add_sink(self, sink: SenderTrack) -> None:
        """Give frames to a track from now on."""

    def remove_sink(self, sink: SenderTrack) -> None:
        """Give no more frames to a track."""

    def request_key_frame(self) -> None:
        """Learn that somebody needs a frame of video that stands for itself."""


class SenderTrack(MediaStreamTrack):
    """The track of one slot, for as long as the connection lasts; its source changes.

    aiortc's sender waits in the track that it was given first, so another one would never be read.

    Args:
        kind: `audio` or `video`.
        now: reads a clock that never goes back, in seconds.
    """

    def __init__(self, kind: str, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.kind = kind
        self._now = now
        self._begin = now()
        self._rate = CLOCK_RATES[kind]
        self._source: OutgoingSource | None = None
        self._is_read = False
        self._frames: deque[av.Packet[Any] | av.VideoFrame] = deque()
        self._news = asyncio.Event()
        self._offset: int | None = None
        self._last = -1
        self._needs_key_frame = False

    def attach(self, source: OutgoingSource | None) -> None:
        """Send what a source gives, in place of what the one before it gave; None is silence."""
        if source is self._source:
            return
        if self._source is not None:
            self._source.remove_sink(self)
        self._source = source
        self._frames.clear()
        self._offset = None
        self._needs_key_frame = self.kind == "video"
        if source is not None:
            source.add_sink(self)

    def request_key_frame(self) -> None:
        """Ask the source for a key frame, because the browser needs one."""
        if self._source is not None:
            self._source.request_key_frame()

    def on_frame(self, frame: EncodedFrame) -> None:
        """Take a frame that is sent as it is."""
        if not self._is_read or (self._needs_key_frame and not frame.is_key):
            return
        self._needs_key_frame = False
        packet = av.Packet(frame.data)
        packet.pts = self._timestamp(frame.timestamp)
        packet.time_base = Fraction(1, self._rate)
        self._put(packet)

    def on_picture(self, picture: av.VideoFrame, timestamp: int) -> None:
        """Take a frame of video that is still to be encoded; it may go to several tracks."""
        if self._is_read:
            # Encoders change the frames that they get.
            frame = copy_picture(picture)
            frame.pts = self._timestamp(timestamp)
            frame.time_base = Fraction(1, self._rate)
            self._put(frame)

    async def recv(self) -> av.Packet[Any] | av.VideoFrame:
        """Return the next frame; aiortc's sender calls this as soon as it can send."""
        if not self._is_read:
            # From here on, so that nothing old comes in a burst.
            self._is_read = True
            self.request_key_frame()
        while not self._frames:
            self._news.clear()
            await self._news.wait()
        return self._frames.popleft()

    def _put(self, item: av.Packet[Any] | av.VideoFrame) -> None:
        # What is too old to be of use is dropped at once, because video could not go on in the
        # middle.
        if len(self._frames) >= _MAX_WAITING:
            self._frames.clear()
            self._needs_key_frame = self.kind == "video"
            self.request_key_frame()
            return
        self._frames.append(item)
        self._news.set()

    def _timestamp(self, timestamp: int) -> int:
        """Return the time of a frame on the clock of this connection, which never goes back."""
        elapsed = round((self._now() - self._begin) * self._rate)
        if self._offset is None or (
            abs(timestamp + self._offset - elapsed) > _MAX_DRIFT * self._rate
        ):
            self._offset = elapsed - timestamp
        # Chromium drops everything that comes after a timestamp that goes back.
        self._last = max(timestamp + self._offset, self._last + 1)
        return self._last
