"""Passes the audio of the room on to the model."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Literal, NoReturn

from fishjam._audio.mixing import Mixer
from fishjam.agent import AgentSession, IncomingTrackData, IncomingTrackImage
from fishjam.clock import AsyncClock
from fishjam.integrations.gemini._live_input import LiveInput

_LEAD = 0.06
"""Seconds that a speaker may be ahead of another at the same time: three frames of 20 ms."""

_PAUSE = 0.1
"""Seconds of silence after which the mixer waits for no speaker any more."""


class RoomAudio:
    """Passes on what the agent hears, several voices as one."""

    def __init__(
        self,
        session: AgentSession,
        model: LiveInput,
        clock: AsyncClock,
        *,
        peer_id: str | Collection[str] | None,
        stream_end_after: float | None,
    ) -> None:
        self._session = session
        self._model = model
        self._clock = clock
        self._peer_id = peer_id
        self._stream_end_after = stream_end_after
        # Two bytes a sample.
        self._mixer = Mixer(2 * int(_LEAD * session.agent.audio_sample_rate))
        self._spoken = asyncio.Event()
        self._last = 0.0

    async def listen(self) -> Literal["fishjam"]:
        """Pass on audio and images until the session has ended in order."""
        async for message in self._session.receive(self._peer_id):
            await self._take(message)
        return "fishjam"

    async def linger(self) -> NoReturn:
        """Pass on, at each pause, the audio that was kept back for mixing."""
        while True:
            await self._spoken.wait()
            self._spoken.clear()
            # When there was more sound, `_take` has set the event again.
            if not await self._quiet(_PAUSE):
                continue
            await self._model.hear(self._mixer.drain())
            after = self._stream_end_after
            if after is not None and await self._quiet(after):
                await self._model.end_audio()

    async def _take(self, message: IncomingTrackData | IncomingTrackImage) -> None:
        if isinstance(message, IncomingTrackImage):
            # The user's program asked for it with capture_image while the bridge reads.
            await self._model.see(message)
            return
        self._mixer.push((message.peer_id, message.track.id), message.data)
        self._last = self._clock.now()
        self._spoken.set()
        await self._model.hear(self._mixer.take())

    async def _quiet(self, seconds: float) -> bool:
        """Wait until so long after the last sound; return whether there was none since."""
        last = self._last
        await self._clock.sleep_until(last + seconds)
        return self._last == last
