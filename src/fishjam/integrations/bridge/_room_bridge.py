"""`room_bridge`: connects a room with a framework that has its own loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream

from fishjam._audio.formats import PcmFormat
from fishjam._concurrency.loop import background
from fishjam._concurrency.racing import race
from fishjam.agent import AgentSession, OutgoingTrack
from fishjam.clock import AsyncClock, AsyncSystemClock
from fishjam.integrations.bridge._room_audio import Heard, RoomAudio
from fishjam.integrations.bridge._tracks import check_track, remove
from fishjam.integrations.bridge._voice import Utterance, Voice, track_options

_MAX_WAITING = 50
"""Pieces of audio that may wait for the framework; then the agent's session keeps the rest."""


class RoomBridge:
    """What a framework hears of a room, and the voice that it has there; see `room_bridge`."""

    __module__ = "fishjam.integrations.bridge"

    def __init__(self, heard: MemoryObjectReceiveStream[Heard], voice: Voice) -> None:
        self._heard = heard
        self._voice = voice
        self._failure: Exception | None = None
        self._ended = anyio.Event()

    def __aiter__(self) -> AsyncIterator[Heard]:
        return self

    async def __anext__(self) -> Heard:
        """Return what is heard next; the end of the agent's session ends the iteration.

        Raises:
            AgentConnectionError: the connection broke.
        """
        try:
            return await self._heard.receive()
        except anyio.EndOfStream:
            self._check()
            raise StopAsyncIteration from None

    @property
    def speaking(self) -> bool:
        """Whether something is being played, or waits for that."""
        return self._voice.speaking

    def say(self, data: bytes) -> Utterance:
        """Say something in the room after all that was said before, in real time.

        Args:
            data: the next 16-bit PCM of this turn, in pieces of any length at any pace.

        Returns:
            The turn, the same for all pieces of one. `await utterance.played()` waits until it was
            heard, and `utterance.interrupted` tells whether it was cut.

        Raises:
            AgentError: nothing can be said any more, because the connection broke or the track was
                removed.
        """
        self._check()
        return self._voice.say(data)

    async def write(self, data: bytes) -> bool:
        """Say something like `say`, at the pace of the room.

        Returns:
            True when more is needed, a tenth of a second before all of it was heard; False when an
            interruption came meanwhile, or the agent's session has ended.
        """
        self._check()
        return await self._voice.write(data)

    def end_turn(self) -> Utterance | None:
        """Mark what is said as complete, and return the turn; None when nothing was said in it."""
        return self._voice.end_turn()

    async def interrupt(self) -> None:
        """Be silent at once: drop all that was said and not heard yet, here and on the server."""
        await self._voice.interrupt()

    async def finish(self) -> None:
        """Wait until all that was said has been heard."""
        self._check()
        await self._voice.finish()

    async def wait_ended(self) -> None:
        """Wait for the end of the agent's session, for a framework that iterates in its own task.

        Raises:
            AgentConnectionError: the connection broke.
        """
        await self._ended.wait()
        self._check()

    def _fail(self, error: Exception) -> None:
        self._failure = self._failure or error
        self._voice.abandon()
        self._end()

    def _end(self) -> None:
        self._ended.set()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure


@asynccontextmanager
async def room_bridge(
    session: AgentSession,
    *,
    sample_rate: int = 24000,
    channels: int = 1,
    hear_sample_rate: int | None = None,
    mixed: bool = True,
    peer_id: str | Collection[str] | None = None,
    track: OutgoingTrack | None = None,
    clock: AsyncClock | None = None,
) -> AsyncIterator[RoomBridge]:
    """Connect a framework with a room for the length of an `async with`, on asyncio or trio.

    The bridge receives from the session, so nothing else may. It does not close it.

    Args:
        session: an agent's session in a room.
        sample_rate: of what the framework says, in Hz.
        channels: of what it says, 1 or 2.
        hear_sample_rate: of what it hears, in Hz; by default as the agent hears.
        mixed: whether it hears several people as one voice, or each by itself.
        peer_id: the peer or peers that it hears, by default all of them.
        track: plays what it says; without it the bridge adds one, and removes it at the end.
        clock: for tests; give the session the same one.

    Raises:
        ValueError: an argument does not fit.
        MissingExtraError: the sample rates have to be converted, and the extra `audio` is not
            installed. A track plays 16000 and 24000 Hz.
        AgentError: the session has ended or broke.

    Example:
        >>> async with room_bridge(session, sample_rate=16000) as room:
        ...     async for heard in room:
        ...         await room.write(heard.data)
    """
    clock = clock or AsyncSystemClock()
    target = PcmFormat(_checked(hear_sample_rate or session.agent.audio_sample_rate))
    options = track_options(_checked(sample_rate), channels)
    if track is not None:
        check_track(track, session)
    send, receive = anyio.create_memory_object_stream[Heard](_MAX_WAITING)
    audio = RoomAudio(session, send.send, clock, target=target, mixed=mixed, peer_id=peer_id)
    async with AsyncExitStack() as stack:
        stack.enter_context(send)
        stack.enter_context(receive)
        if track is None:
            track = await session.add_track(options)
            stack.push_async_callback(remove, track)
        voice = Voice(track, sample_rate=sample_rate, channels=channels, clock=clock)
        bridge = RoomBridge(receive, voice)

        async def hear() -> None:
            # Closed at the end, so that the iteration ends after what was heard before.
            with send:
                await race(audio.listen, audio.linger)
            bridge._end()

        for part in (hear, voice.run):
            await stack.enter_async_context(background(_kept(part, bridge)))
        yield bridge


def _kept(part: Callable[[], Awaitable[None]], bridge: RoomBridge) -> Callable[[], Awaitable[None]]:
    """Return a part that hands its failure to the methods of the bridge."""

    async def run() -> None:
        try:
            await part()
        except Exception as error:
            bridge._fail(error)

    return run


def _checked(sample_rate: int) -> int:
    if not 8000 <= sample_rate <= 192_000:
        raise ValueError(f"sample_rate={sample_rate!r}: use one from 8000 to 192000 Hz")
    return sample_rate
