"""The agent's connection to its room, shared by both halves of a transport."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from attrs import define, field
from pipecat.processors.frame_processor import FrameProcessor

from fishjam._audio.formats import PcmFormat
from fishjam._concurrency.racing import race
from fishjam.agent import (
    Agent,
    AgentSession,
    IncomingTrackData,
    IncomingTrackImage,
    OutgoingTrack,
)
from fishjam.clock import AsyncSystemClock
from fishjam.integrations.bridge._image_feed import ImageFeed
from fishjam.integrations.bridge._room_audio import Heard, RoomAudio
from fishjam.integrations.bridge._voice import Voice, track_options
from fishjam.integrations.pipecat._params import FishjamParams
from fishjam.notifier import ConnectionLost, ConnectionRestored

_LEAVE = 5.0
"""Seconds for the agent to leave in order."""


@define
class ConnectionListeners:
    """What is called when something happens to the connection."""

    connected: Callable[[], Awaitable[None]]
    ended: Callable[[Exception | None], Awaitable[None]]
    leaving: Callable[[], Awaitable[None]]
    left: Callable[[], Awaitable[None]]
    lost: Callable[[ConnectionLost], Awaitable[None]]
    restored: Callable[[ConnectionRestored], Awaitable[None]]
    admit: Callable[[IncomingTrackData], Awaitable[bool]]
    hear: Callable[[Heard], Awaitable[None]]
    see: Callable[[IncomingTrackImage], Awaitable[None]]
    follow: Callable[[], Awaitable[None]]


@define(eq=False)
class Connection:
    """Runs the agent from the start of the first half of a transport to the end of the last.

    Attributes:
        hears: the form of what the pipeline hears, once the input is set up.
        speaks: the form of what it says, once the output is.
        shown: the ids of the video tracks of which images are taken at an interval.
        session: the agent's session, while there is one.
        voice: speaks on the bot's track, while there is one.
    """

    _agent: Agent
    _params: FishjamParams
    _listeners: ConnectionListeners
    hears: PcmFormat | None = None
    speaks: PcmFormat | None = None
    shown: set[str] = field(factory=set)
    session: AgentSession | None = None
    voice: Voice | None = None
    _users: set[FrameProcessor] = field(factory=set)
    _task: asyncio.Task[None] | None = None
    _ready: anyio.Event = field(factory=anyio.Event)
    _leaving: anyio.Event = field(factory=anyio.Event)
    _announced: anyio.Event = field(factory=anyio.Event)

    async def join(self, user: FrameProcessor) -> bool:
        """Wait until the agent is in its room; returns False when it could not get there."""
        self._users.add(user)
        if self._task is None:
            self._ready, self._leaving, self._announced = (anyio.Event() for _ in range(3))
            self._task = user.create_task(self._run())
        await self._ready.wait()
        return self.session is not None

    async def leave(self, user: FrameProcessor) -> None:
        """Leave the room when no half needs it any more, and wait for that; again, if need be.

        Pipecat cancels what runs in a half before it cleans up. So the agent's own task does all
        of it, and does not depend on this one.
        """
        self._users.discard(user)
        task = self._task
        if self._users or task is None:
            return
        self._leaving.set()
        await asyncio.wait([task])
        self._task = None

    def cancel_join(self) -> None:
        """Let `join` return at once, if the agent is not in its room yet."""
        if self.session is None:
            self._leaving.set()

    async def _run(self) -> None:
        error: Exception | None = None
        try:
            await race(self._stay, self._give_up)
        except Exception as failure:
            error = failure
        finally:
            was_there = self.session is not None
            if self.voice is not None:
                # A wait for the end of its speech would hold up the end of the pipeline.
                self.voice.abandon()
            self.session = self.voice = None
            self._ready.set()
        # An end that this side asked for is not news.
        if not self._leaving.is_set():
            await self._listeners.ended(error)
        elif was_there and not self._announced.is_set():
            # The room ended just when the pipeline did.
            await self._listeners.left()

    async def _stay(self) -> None:
        await self._agent.run(
            self._converse,
            max_attempts=self._params.max_attempts,
            on_lost=self._listeners.lost,
            on_restored=self._listeners.restored,
        )

    async def _give_up(self) -> None:
        """End what would hold up the end: at once while there is no session, else after a while."""
        await self._leaving.wait()
        if self.session is not None:
            await self._announced.wait()
            await anyio.sleep(_LEAVE)

    async def _depart(self) -> None:
        await self._leaving.wait()
        # The agent is still there while the handler runs; when that itself ends the room, it
        # still finishes.
        with anyio.CancelScope(shield=True):
            await self._listeners.leaving()
            await self._listeners.left()
            self._announced.set()

    async def _converse(self, session: AgentSession) -> None:
        clock = AsyncSystemClock()
        params, listeners = self._params, self._listeners
        audio = RoomAudio(
            session,
            listeners.hear,
            clock,
            target=self.hears,
            mixed=not params.audio_in_user_tracks,
            admit=listeners.admit,
            see=listeners.see,
        )
        parts: list[Callable[[], Awaitable[Any]]] = [audio.listen, audio.linger]
        parts += [listeners.follow, self._depart]
        if params.video_in_enabled and params.image_interval is not None:
            interval = params.image_interval
            feed = ImageFeed(session, listeners.see, clock, track_ids=self.shown, interval=interval)
            parts.append(feed.run)
        track = await self._add_track(session)
        if track is not None:
            self.voice = Voice(track)
            parts.append(self.voice.run)
        self.session = session
        await listeners.connected()
        self._ready.set()
        await race(*parts)

    async def _add_track(self, session: AgentSession) -> OutgoingTrack | None:
        if self.speaks is None or not self._params.audio_out_enabled:
            return None
        options = track_options(self.speaks.sample_rate, self.speaks.channels)
        options.metadata = self._params.track_metadata
        return await session.add_track(options)
