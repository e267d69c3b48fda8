"""What the model says, on its way into the room."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import NoReturn

from fishjam.agent import OutgoingTrack
from fishjam.clock import AsyncClock
from fishjam.errors import AgentSessionClosedError

_ON_ITS_WAY = 0.3
"""Seconds that the last words may take to the server, which begins to play them only then."""


class Turn:
    """What the model says in one go; it grows while the model speaks."""

    def __init__(self) -> None:
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()

    def add(self, data: bytes) -> None:
        """Add audio."""
        self._chunks.put_nowait(data)

    def end(self) -> None:
        """Note that this was all."""
        self._chunks.put_nowait(None)

    def cut(self) -> None:
        """Throw away what nobody has taken, and end."""
        while not self._chunks.empty():
            self._chunks.get_nowait()
        self.end()

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Give the audio as it comes, up to the end."""
        while (chunk := await self._chunks.get()) is not None:
            yield chunk


class ModelAudio:
    """Plays what the model says on a track, turn after turn, in real time.

    When the agent's session has ended in order there is nobody to play to, which whoever receives
    from it is told.
    """

    def __init__(self, track: OutgoingTrack, clock: AsyncClock) -> None:
        self._track = track
        self._clock = clock
        self._silent_since = -math.inf
        self._turns: asyncio.Queue[Turn] = asyncio.Queue()
        self._unplayed: list[Turn] = []
        self._current: Turn | None = None

    @property
    def in_turn(self) -> bool:
        """Whether the model has begun to speak and not said that it is done."""
        return self._current is not None

    def say(self, data: bytes) -> None:
        """Take what the model says next."""
        if self._current is None:
            self._current = Turn()
            self._unplayed.append(self._current)
            self._turns.put_nowait(self._current)
        self._current.add(data)

    def end_turn(self) -> None:
        """Note that the model has said what it wanted."""
        if self._current is not None:
            self._current.end()
            self._current = None

    async def interrupt(self) -> None:
        """Be silent at once, here and on the server, and forget what was to be said."""
        self._current = None
        for turn in self._unplayed:
            turn.cut()
        self._unplayed.clear()
        with suppress(AgentSessionClosedError):
            await self._track.interrupt()

    async def run(self) -> NoReturn:
        """Play what there is to say, and wait for more."""
        while True:
            turn = await self._turns.get()
            with suppress(AgentSessionClosedError):
                async with aclosing(turn.chunks()) as chunks:
                    await self._track.play(chunks)
            if turn in self._unplayed:
                self._unplayed.remove(turn)
                self._silent_since = self._clock.now()
            self._turns.task_done()

    async def finish(self) -> None:
        """Wait until everything has been heard, of a turn that is not complete what there is."""
        self.end_turn()
        await self._turns.join()
        await self._clock.sleep_until(self._silent_since + _ON_ITS_WAY)
