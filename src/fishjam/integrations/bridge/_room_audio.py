"""Hears a room: several voices mixed into one, or each by itself, at the rate that is wanted."""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Callable, Collection
from typing import NoReturn

import anyio
from attrs import define, frozen

from fishjam._audio.converter import Converter
from fishjam._audio.formats import WIDTH, PcmFormat
from fishjam._audio.mixing import Mixer
from fishjam.agent import AgentSession, IncomingTrackData, IncomingTrackImage
from fishjam.clock import AsyncClock

_LEAD = 0.06
"""Seconds that a speaker may be ahead of another at the same time: three frames of 20 ms."""

_IDLE = 60.0
"""Seconds after which a track that is not heard has to begin anew: it may be gone for good."""

_PAUSE = 0.1
"""Seconds of silence after which the mixer waits for no speaker any more."""


@frozen
class Heard:
    """A piece of what an agent hears.

    Attributes:
        data: 16-bit PCM.
        peer_id: the peer that says it, or None for a mix of all of them.
        track_id: its track, or None for a mix.
    """

    __module__ = "fishjam.integrations.bridge"

    data: bytes
    peer_id: str | None = None
    track_id: str | None = None


@define
class _Stream:
    """A track, or the mix, on its way; `last` is when it was heard last."""

    converter: Converter
    last: float


class RoomAudio:
    """Passes on what an agent hears.

    Args:
        session: the agent's session; nothing else may receive from it.
        hear: takes each piece.
        clock: tells the time.
        target: the form of what is passed on, by default as the agent hears it.
        mixed: whether several voices are mixed into one.
        peer_id: the peer or peers to hear, by default all of them.
        admit: asked about each piece that comes, before it is mixed; returns whether it is heard.
        see: takes images that were asked for with `capture_image`.
        end: called when nothing was heard for `end_after` seconds.
        end_after: None for never.
    """

    def __init__(
        self,
        session: AgentSession,
        hear: Callable[[Heard], Awaitable[None]],
        clock: AsyncClock,
        *,
        target: PcmFormat | None = None,
        mixed: bool = True,
        peer_id: str | Collection[str] | None = None,
        admit: Callable[[IncomingTrackData], Awaitable[bool]] | None = None,
        see: Callable[[IncomingTrackImage], Awaitable[None]] | None = None,
        end: Callable[[], Awaitable[None]] | None = None,
        end_after: float | None = None,
    ) -> None:
        self._session = session
        self._hear = hear
        self._clock = clock
        self._source = PcmFormat(session.agent.audio_sample_rate)
        self._target = target or self._source
        self._peer_id = peer_id
        self._admit = admit
        self._see = see
        self._end = end
        self._end_after = end_after
        lead = WIDTH * int(_LEAD * self._source.sample_rate)
        self._mixer = Mixer(lead) if mixed else None
        self._streams: dict[str | None, _Stream] = {}
        self._spoken = anyio.Event()
        self._last = 0.0

    async def listen(self) -> None:
        """Pass on audio and images until the session has ended in order."""
        async for message in self._session.receive(self._peer_id):
            await self._take(message)

    async def linger(self) -> NoReturn:
        """Pass on, at each pause, the audio that was kept back for mixing."""
        while True:
            await self._spoken.wait()
            self._spoken = anyio.Event()
            # When there was more sound, `_take` has set the event again.
            if not await self._is_quiet(_PAUSE):
                continue
            if self._mixer is not None:
                await self._pass_on(Heard(self._mixer.drain()))
            if self._end is None or self._end_after is None:
                continue
            if await self._is_quiet(self._end_after):
                await self._end()

    async def _take(self, message: IncomingTrackData | IncomingTrackImage) -> None:
        if isinstance(message, IncomingTrackImage):
            # The user's program asked for it with capture_image while the bridge reads.
            if self._see is not None:
                await self._see(message)
            return
        if self._admit is not None and not await self._admit(message):
            return
        self._last = self._clock.now()
        self._spoken.set()
        if self._mixer is None:
            await self._pass_on(Heard(message.data, message.peer_id, message.track.id))
        else:
            self._mixer.push((message.peer_id, message.track.id), message.data)
            await self._pass_on(Heard(self._mixer.take()))

    async def _pass_on(self, heard: Heard) -> None:
        stream = self._streams.get(heard.track_id)
        if stream is None:
            stream = self._begin(heard.track_id)
        stream.last = self._last
        data = stream.converter.convert(heard.data)
        if data:
            await self._hear(Heard(data, heard.peer_id, heard.track_id))

    def _begin(self, track_id: str | None) -> _Stream:
        # Of a track that is removed, the session says nothing.
        oldest = self._last - _IDLE
        self._streams = {key: each for key, each in self._streams.items() if each.last >= oldest}
        stream = _Stream(Converter(self._source, self._target, live=True), self._last)
        self._streams[track_id] = stream
        return stream

    async def _is_quiet(self, seconds: float) -> bool:
        """Wait until so long after the last sound; return whether there was none since."""
        last = self._last
        await self._clock.sleep_until(last + seconds)
        return self._last == last


_LOUD = 1000
"""A sample of this height is more than the noise of a microphone: 30 dB below full scale."""

_HOLD = 0.5
"""Seconds that a speaker may pause before another one becomes the active one."""


def is_loud(data: bytes) -> bool:
    """Tell whether a piece of 16-bit PCM is more than noise; it may be speech then."""
    samples = struct.unpack(f"<{len(data) // 2}h", data[: len(data) & ~1])
    return bool(samples) and max(max(samples), -min(samples)) >= _LOUD


class ActiveSpeaker:
    """Finds the peer that is speaking; of several it is the one that began first."""

    def __init__(self) -> None:
        self._peer_id: str | None = None
        self._spoke_at = 0.0

    def update(self, peer_id: str, data: bytes, now: float) -> bool:
        """Take note of a piece of audio; return whether that peer became the active one."""
        if not is_loud(data):
            return False
        if peer_id != self._peer_id and now - self._spoke_at < _HOLD:
            return False
        changed = peer_id != self._peer_id
        self._peer_id, self._spoke_at = peer_id, now
        return changed
