"""Speaks in a room: plays what comes at any pace in real time, and is silent at once."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import NoReturn

from fishjam._audio.converter import Converter
from fishjam._audio.formats import PcmFormat
from fishjam._concurrency.lazy_event import Signal
from fishjam.agent import OutgoingAudioTrackOptions, OutgoingTrack
from fishjam.clock import AsyncClock, AsyncSystemClock
from fishjam.errors import AgentSessionClosedError

_ON_ITS_WAY = 0.3
"""Seconds that the last audio may take to the server, which only then begins to play it."""

_PIECES_PER_SECOND = 50
"""How finely audio is cut that is written in one go."""


class Utterance:
    """What is said in one turn; it grows while it is being said.

    Attributes:
        interrupted: whether it was cut.
    """

    __module__ = "fishjam.integrations.bridge"

    def __init__(self) -> None:
        self.interrupted: bool = False
        self._chunks: deque[bytes] = deque()
        self._complete = False
        self._seconds: float | None = None
        self._changed = Signal()

    async def played(self) -> float:
        """Wait until it was played or cut, and return the seconds that were heard."""
        while self._seconds is None:
            await self._changed.wait()
        return self._seconds

    def _add(self, data: bytes) -> None:
        self._chunks.append(data)
        self._changed.notify()

    def _end(self) -> None:
        self._complete = True
        self._changed.notify()

    def _cut(self) -> None:
        self.interrupted = True
        self._chunks.clear()
        self._end()

    def _finish(self, seconds: float) -> None:
        self._chunks.clear()
        self._seconds = seconds
        self._changed.notify()

    async def _taken(self) -> None:
        """Wait until all that there is has gone out."""
        while self._chunks:
            await self._changed.wait()

    async def _audio(self) -> AsyncGenerator[bytes, None]:
        """Yield the audio as it comes, up to the end."""
        while not self._complete or self._chunks:
            if self._chunks:
                chunk = self._chunks.popleft()
                self._changed.notify()
                yield chunk
            else:
                await self._changed.wait()


class Voice:
    """Plays on a track what something says, turn after turn, in real time.

    `run` has to run meanwhile. When the agent's session has ended in order, nothing is played any
    more; what receives from the session sees the end.

    Args:
        track: an audio track of 16-bit PCM.
        sample_rate: of what is said, in Hz; by default as the track has it.
        channels: of what is said, 1 or 2; by default as the track has it.
        clock: for tests; give the session the same one.

    Raises:
        MissingExtraError: the forms differ, and the extra `audio` is not installed.
    """

    def __init__(
        self,
        track: OutgoingTrack,
        *,
        sample_rate: int | None = None,
        channels: int | None = None,
        clock: AsyncClock | None = None,
    ) -> None:
        self._track = track
        self._clock = clock or AsyncSystemClock()
        options = track.options
        self._source = PcmFormat(sample_rate or options.sample_rate, channels or options.channels)
        self._converter = self._new_converter()
        self._silent_since = -math.inf
        self._unplayed: deque[Utterance] = deque()
        self._current: Utterance | None = None
        self._is_abandoned = False
        self._changed = Signal()

    @property
    def in_turn(self) -> bool:
        """Whether a turn has begun and is not complete."""
        return self._current is not None

    @property
    def speaking(self) -> bool:
        """Whether there is something that was not played to its end."""
        return bool(self._unplayed)

    def say(self, data: bytes) -> Utterance:
        """Add the next audio of this turn; the first begins one."""
        if self._current is None:
            self._current = Utterance()
            self._unplayed.append(self._current)
            self._changed.notify()
        utterance = self._current
        self._add(self._converter.convert(data))
        if self._is_abandoned:
            self.abandon()
        return utterance

    async def write(self, data: bytes) -> bool:
        """Add audio, and wait until the player needs more: at most a tenth of a second is ahead.

        Returns False when an interruption came meanwhile, or nothing is played any more.
        """
        # In pieces: the player takes a large one at once.
        size = self._source.byte_rate // _PIECES_PER_SECOND
        for start in range(0, len(data), size):
            utterance = self.say(data[start : start + size])
            await utterance._taken()
            if utterance.interrupted:
                return False
        return True

    def end_turn(self) -> Utterance | None:
        """Mark the turn as complete, and return it; None when nothing was said in it."""
        utterance = self._current
        if utterance is not None:
            self._add(self._converter.finish())
            self._converter = self._new_converter()
            utterance._end()
            self._current = None
        return utterance

    async def interrupt(self) -> None:
        """Stop at once, here and on the server, and drop what was not played.

        Raises:
            AgentTrackRemovedError: the track was removed.
            AgentConnectionError: the connection is lost.
        """
        self._current = None
        self._converter = self._new_converter()
        # First the audio here: it would be played on while the server drops its own.
        for utterance in self._unplayed:
            utterance._cut()
        with suppress(AgentSessionClosedError):
            await self._track.interrupt()

    async def run(self) -> NoReturn:
        """Play turn after turn, for ever."""
        while True:
            while self._unplayed:
                utterance = self._unplayed[0]
                seconds = await self._play(utterance)
                if utterance is self._current:
                    # Something else has cut it; what comes of this turn is said as another one.
                    self._current = None
                utterance._finish(seconds)
                self._unplayed.popleft()
                # Of one that was interrupted nothing is still on its way.
                if not utterance.interrupted:
                    self._silent_since = self._clock.now()
                self._changed.notify()
            await self._changed.wait()

    async def finish(self) -> None:
        """Wait until all audio was heard; an incomplete turn counts as complete."""
        self.end_turn()
        while self._unplayed:
            await self._changed.wait()
        await self._clock.sleep_until(self._silent_since + _ON_ITS_WAY)

    def abandon(self) -> None:
        """Let what waits for the end of a turn go on, because nothing is played any more."""
        self._is_abandoned = True
        self._current = None
        while self._unplayed:
            utterance = self._unplayed.popleft()
            utterance._cut()
            utterance._finish(0.0)
        self._changed.notify()

    async def _play(self, utterance: Utterance) -> float:
        try:
            async with aclosing(utterance._audio()) as audio:
                return await self._track.play(audio)
        except AgentSessionClosedError:
            utterance._cut()
            return 0.0

    def _add(self, data: bytes) -> None:
        if data and self._current is not None:
            self._current._add(data)

    def _new_converter(self) -> Converter:
        return Converter(self._source, self._track.options, live=True)


def track_options(sample_rate: int, channels: int = 1) -> OutgoingAudioTrackOptions:
    """Return the form of a track for audio of a sample rate: the nearest that tracks can have."""
    return OutgoingAudioTrackOptions(
        sample_rate=16000 if sample_rate <= 16000 else 24000,
        channels=1 if channels == 1 else 2,
    )
