"""Plays the audio of the model in the room."""

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
"""Seconds that the last audio may take to the server, which only then begins to play it."""


class Turn:
    """The audio of one turn of the model; it grows while the model speaks."""

    def __init__(self) -> None:
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()

    def add(self, data: bytes) -> None:
        """Add audio."""
        self._chunks.put_nowait(data)

    def end(self) -> None:
        """Mark the turn as complete."""
        self._chunks.put_nowait(None)

    def cut(self) -> None:
        """Drop the audio that was not played yet, and end."""
        while not self._chunks.empty():
            self._chunks.get_nowait()
        self.end()

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Yield the audio as it comes, up to the end."""
        while (chunk := await self._chunks.get()) is not None:
            yield chunk


class ModelAudio:
    """Plays what the model says on a track, turn after turn, in real time.

    When the agent's session has ended in order, nothing is played any more; RoomAudio sees the end
    when it receives.
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
        """Whether the model has begun a turn and not completed it."""
        return self._current is not None

    def say(self, data: bytes) -> None:
        """Add the next audio of the model."""
        if self._current is None:
            self._current = Turn()
            self._unplayed.append(self._current)
            self._turns.put_nowait(self._current)
        self._current.add(data)

    def end_turn(self) -> None:
        """Mark the model's turn as complete."""
        if self._current is not None:
            self._current.end()
            self._current = None

    async def interrupt(self) -> None:
        """Stop at once, here and on the server, and drop what was not played."""
        self._current = None
        # First the audio here: it would be played on while the server drops its own.
        for turn in self._unplayed:
            turn.cut()
        self._unplayed.clear()
        with suppress(AgentSessionClosedError):
            await self._track.interrupt()

    async def run(self) -> NoReturn:
        """Play turn after turn, for ever."""
        while True:
            turn = await self._turns.get()
            with suppress(AgentSessionClosedError):
                async with aclosing(turn.chunks()) as chunks:
                    await self._track.play(chunks)
            # An interrupted turn is not there any more, and nothing of it is still on its way.
            if turn in self._unplayed:
                self._unplayed.remove(turn)
                self._silent_since = self._clock.now()
            self._turns.task_done()

    async def finish(self) -> None:
        """Wait until all audio was heard; an incomplete turn counts as complete."""
        self.end_turn()
        await self._turns.join()
        await self._clock.sleep_until(self._silent_since + _ON_ITS_WAY)
