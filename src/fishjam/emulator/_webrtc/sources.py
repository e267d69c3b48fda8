"""What browsers receive other than forwarded packets: voices, cameras, and other codecs."""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import av

from fishjam.emulator._media.audio import AudioFormat, AudioFrame
from fishjam.emulator._webrtc.codecs import (
    OPUS_FORMAT,
    PACKET_SAMPLES,
    OpusEncoder,
    VideoDecoder,
    decode_jpeg,
)
from fishjam.emulator._webrtc.outgoing import CLOCK_RATES
from fishjam.emulator._webrtc.rtp import EncodedFrame, FrameSink, IncomingTrack

_logger = logging.getLogger("fishjam.emulator")

SILENT_PACKETS = 15
"""Packets of silence after an utterance; without them Chromium stretches its last sound."""
_PACKET = PACKET_SAMPLES / OPUS_FORMAT.sample_rate
_PATIENCE = 2 * _PACKET
"""Seconds after which a voice that says no more has ended."""
_MAX_GAP = 5 * PACKET_SAMPLES
CAMERA_INTERVAL = 0.2
"""Seconds between two frames of a camera that is not a browser's."""
_MAX_BACKLOG = 30
"""Frames that may wait for the decoder."""


class PictureSink(Protocol):
    """Takes the frames of a video that is still to be encoded."""

    def on_picture(self, picture: av.VideoFrame, timestamp: int) -> None:
        """Take a frame; called inside the server's loop, so it must not wait."""


_Sink = TypeVar("_Sink")


class _Sinks(Generic[_Sink]):
    """The receivers of a source; it works only while there is one."""

    def __init__(self) -> None:
        self._sinks: dict[_Sink, None] = {}

    def add_sink(self, sink: _Sink) -> None:
        """Give frames to a sink from now on."""
        is_first = not self._sinks
        self._sinks[sink] = None
        if is_first:
            self._begin()

    def remove_sink(self, sink: _Sink) -> None:
        """Give no more frames to a sink."""
        # Every sink has the value None, which tells it from one that is not there.
        if self._sinks.pop(sink, self) is None and not self._sinks:
            self._end()

    def request_key_frame(self) -> None:
        """Do nothing: each of these frames can stand for itself."""

    def _begin(self) -> None:
        """Begin to work for the first sink."""

    def _end(self) -> None:
        """End the work after the last sink."""


class Voice(_Sinks[FrameSink]):
    """Audio of an agent or a virtual peer, encoded once for all browsers; used in the loop."""

    def __init__(self) -> None:
        super().__init__()
        self._encoder: OpusEncoder | None = None
        self._format: AudioFormat | None = None
        self._position = 0
        self._timer: asyncio.TimerHandle | None = None

    def push(self, frame: AudioFrame) -> None:
        """Take what sounds now."""
        if not self._sinks:
            return
        moment = round(frame.time * OPUS_FORMAT.sample_rate)
        # The position counts samples, so that frames that are a little early or late tear no gaps;
        # only a pause moves it.
        if abs(moment - self._position) > _MAX_GAP:
            self._position = moment
        if frame.format.encoding == "opus":
            self._hand_out(frame.data)
            return
        encoder = self._encoder_for(frame.format)
        for packet in encoder.encode(frame.data):
            self._hand_out(packet)
        # Every frame puts it off, so that silence follows only when the voice has stopped.
        self._schedule(_PATIENCE, encoder, SILENT_PACKETS)

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._encoder = self._timer = None

    def _encoder_for(self, source: AudioFormat) -> OpusEncoder:
        if self._encoder is None or source != self._format:
            self._encoder, self._format = OpusEncoder(source), source
        return self._encoder

    def _schedule(self, delay: float, encoder: OpusEncoder, packets: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(delay, self._pad, encoder, packets)

    def _pad(self, encoder: OpusEncoder, packets: int) -> None:
        self._timer = None
        for packet in encoder.pad():
            self._hand_out(packet)
        if packets > 1:
            self._schedule(_PACKET, encoder, packets - 1)

    def _hand_out(self, packet: bytes) -> None:
        frame = EncodedFrame("opus", packet, self._position)
        self._position += PACKET_SAMPLES
        for sink in tuple(self._sinks):
            sink.on_frame(frame)


class _Worker(_Sinks[PictureSink], ABC):
    """A source of pictures that works in a task of its own, as long as somebody receives it."""

    _task: asyncio.Task[None]

    def _begin(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    def _end(self) -> None:
        self._task.cancel()

    @abstractmethod
    async def _run(self) -> None:
        """Work until the task is cancelled."""

    def _show(self, picture: av.VideoFrame, timestamp: int) -> None:
        for sink in tuple(self._sinks):
            sink.on_picture(picture, timestamp)


class Camera(_Worker):
    """Pictures of a virtual peer as video.

    Args:
        look: gives what is to be seen right now as JPEG, or None; it is called in a thread.
    """

    def __init__(self, look: Callable[[], bytes | None]) -> None:
        super().__init__()
        self._look = look
        self._seen: bytes | None = None
        self._has_failed = False
        self._picture: av.VideoFrame | None = None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        begin = time.monotonic()
        while True:
            # This calls a function of the user and takes the lock, and neither may hold up the
            # loop.
            await loop.run_in_executor(None, self._refresh)
            if self._picture is not None:
                elapsed = time.monotonic() - begin
                self._show(self._picture, round(elapsed * CLOCK_RATES["video"]))
            await asyncio.sleep(CAMERA_INTERVAL)

    def _refresh(self) -> None:
        try:
            seen = self._look()
        except Exception:
            # It is the program of somebody else. It is called often, and fails as often.
            if not self._has_failed:
                _logger.exception("the picture of a video track could not be shown")
            self._has_failed = True
            return
        # A picture that stands still is decoded only once.
        if seen != self._seen:
            self._seen = seen
            self._picture = None if seen is None else decode_jpeg(seen)


class DecodedVideo(_Worker):
    """A browser's video for a browser that knows only another codec.

    Args:
        track: what is received.
    """

    def __init__(self, track: IncomingTrack) -> None:
        super().__init__()
        self._track = track
        self._frames: asyncio.Queue[EncodedFrame] = asyncio.Queue()
        self._needs_key_frame = True

    def on_frame(self, frame: EncodedFrame) -> None:
        """Take a frame of the track."""
        # Frames build on those before them: without one of them the rest is of no use up to a key
        # frame.
        if self._frames.qsize() >= _MAX_BACKLOG:
            self._needs_key_frame = True
            self._track.request_key_frame()
        if frame.is_key or not self._needs_key_frame:
            self._needs_key_frame = False
            self._frames.put_nowait(frame)

    def _begin(self) -> None:
        super()._begin()
        self._track.add_sink(self)

    def _end(self) -> None:
        self._track.remove_sink(self)
        super()._end()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        frame = await self._frames.get()
        decoder = VideoDecoder(frame.codec)
        while True:
            # In a thread, because the loop serves REST and all sockets as well.
            for picture in await loop.run_in_executor(None, decoder.decode, frame.data):
                self._show(picture, frame.timestamp)
            frame = await self._frames.get()
