"""Playing audio in real time: cut into frames, and sent on a schedule that does not drift."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeAlias

import anyio

from fishjam.agent._options import TrackFormat
from fishjam.clock._system import AsyncClock

FRAMES_PER_SECOND = 50
LEAD = 0.1
"""Seconds of audio that the server has in stock, so that a late frame makes no gap."""

AudioBytes: TypeAlias = bytes | bytearray | memoryview
AudioSource: TypeAlias = AudioBytes | Iterable[AudioBytes] | AsyncIterable[AudioBytes]
"""Audio as a whole, or chunk by chunk."""

_Pull: TypeAlias = Callable[[], Awaitable[AudioBytes | None]]

_log = logging.getLogger("fishjam")


def as_bytes(data: object) -> bytes | bytearray:
    """Return audio as bytes; raises `TypeError` for anything else."""
    if isinstance(data, (bytes, bytearray)):
        return data
    if isinstance(data, memoryview):
        # The length of a view counts its items, which may be larger than a byte.
        return data.tobytes()
    raise TypeError(
        f"audio must be bytes, not {type(data).__name__}. Turn samples into 16-bit little-endian "
        'integers first, and these into bytes: with NumPy (floats * 32767).astype("<i2").tobytes() '
        "for floats between -1 and 1."
    )


def check_whole(data: bytes | bytearray, audio: TrackFormat) -> None:
    """Raise `ValueError` for audio in which a sample is cut."""
    if len(data) % audio.unit:
        raise ValueError(
            f"{len(data)} bytes are not a whole number of 16-bit samples in {audio.channels} "
            f"channel(s): the length must be a multiple of {audio.unit}."
        )


def check_bare(data: bytes | bytearray) -> None:
    """Raise `ValueError` for a whole WAV file, whose header would be heard as a crack."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        raise ValueError(
            "play() takes bare samples, and this is a whole WAV file: use play_wav(), which also "
            "converts it to the sample rate and the channels of the track."
        )


class Player:
    """Plays one source on a track."""

    def __init__(
        self,
        source: AudioSource,
        audio: TrackFormat,
        clock: AsyncClock,
        send: Callable[[bytes], Awaitable[None]],
    ) -> None:
        self._frames = _Frames(source, audio)
        self._bytes_per_second = audio.bytes_per_second
        self._clock = clock
        self._send = send
        self._scope = anyio.CancelScope()
        self._start = clock.now()
        self._sent = 0

    async def play(self) -> float:
        """Send it all, wait until it has been heard, and return the seconds that were."""
        with self._scope:
            while frame := await self._frames.next():
                await self._clock.sleep_until(self._end - LEAD)
                if self._scope.cancel_called:
                    # A loop may take another turn before it cancels; nothing goes out then.
                    break
                await self._send(frame)
                self._note_sent(frame)
            await self._clock.sleep_until(self._end)
        sent = self._sent / self._bytes_per_second
        if not self._scope.cancel_called:
            # Not by the clock: uvloop's timers may come half a millisecond early.
            return sent
        # What was sent ahead when an interrupt came is dropped by the server.
        return max(0.0, sent - max(0.0, self._end - self._clock.now()))

    def stop(self) -> None:
        """Send nothing more; `play` returns as soon as its task runs."""
        self._scope.cancel()

    @property
    def _end(self) -> float:
        """When all that was sent will have been heard."""
        return self._start + self._sent / self._bytes_per_second

    def _note_sent(self, frame: bytes) -> None:
        """Count a frame, and move the schedule if the server had run out of audio before it came.

        It does not matter where the time went: in the source, in a lost connection, or because the
        event loop was held up. A delay that is shorter than the lead is caught up with.
        """
        self._start += max(0.0, self._clock.now() - self._end)
        self._sent += len(frame)


class _Frames:
    """Cuts what a source gives, in chunks of any length, into frames of one length."""

    def __init__(self, source: AudioSource, audio: TrackFormat) -> None:
        self._audio = audio
        self._size = audio.sample_rate // FRAMES_PER_SECOND * audio.unit
        self._buffer = bytearray()
        self._pull: _Pull | None = None
        if isinstance(source, (bytes, bytearray, memoryview)):
            self._buffer += as_bytes(source)
            check_bare(self._buffer)
            check_whole(self._buffer, audio)
        else:
            self._pull = _puller(source)

    async def next(self) -> bytes:
        """Return the next frame; the last one may be shorter, and then come empty ones."""
        while self._pull is not None and len(self._buffer) < self._size:
            chunk = await self._pull()
            if chunk is None:
                self._pull = None
                self._drop_rest()
            else:
                self._buffer += as_bytes(chunk)
        frame = bytes(self._buffer[: self._size])
        # CPython only moves the beginning of a bytearray here, so a long source stays cheap.
        del self._buffer[: self._size]
        return frame

    def _drop_rest(self) -> None:
        rest = len(self._buffer) % self._audio.unit
        if rest:
            _log.warning("the last %d byte(s) of a source were not a whole sample: left out", rest)
            del self._buffer[-rest:]


def _puller(source: Iterable[AudioBytes] | AsyncIterable[AudioBytes]) -> _Pull:
    if isinstance(source, AsyncIterable):
        return _pull_async(aiter(source))
    if isinstance(source, Iterable) and not isinstance(source, str):
        chunks = iter(source)

        async def pull() -> AudioBytes | None:
            return next(chunks, None)

        return pull
    if isinstance(source, str):
        raise TypeError(
            "play() takes the bytes of audio, not the name of a file: for a WAV file use "
            "play_wav(name) or play(Path(name))"
        )
    raise TypeError(
        f"play() takes bytes, or an iterable of bytes, plain or async, not {type(source).__name__}"
    )


def _pull_async(chunks: AsyncIterator[AudioBytes]) -> _Pull:
    async def pull() -> AudioBytes | None:
        try:
            return await anext(chunks)
        except StopAsyncIteration:
            return None

    return pull
