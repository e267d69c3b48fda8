"""A session of an agent: what it hears, and the tracks that it speaks on."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Collection, Iterable
from typing import TYPE_CHECKING, Any

from fishjam._generated.protocol.events import IncomingTrackData, IncomingTrackImage
from fishjam._protocol.agent import IncomingAgentMessage
from fishjam.agent._blocks import AsyncMessages
from fishjam.agent._options import OutgoingAudioTrackOptions, adding_frame, track_options
from fishjam.agent._session import Core
from fishjam.agent._track import OutgoingTrack

if TYPE_CHECKING:
    from fishjam.agent.agent import Agent


class AgentSession(AsyncMessages):
    """An agent that is connected to its room; made by `Agent.connect` and `Agent.run`.

    What others say is read all the time, also while nobody calls `receive`, so that the connection
    lives on; a full inbox drops the oldest audio, unless `overflow="wait"` was chosen.

    Example:
        >>> async with agent.connect() as session:
        ...     track = await session.add_track()
        ...     async for message in session:
        ...         if isinstance(message, IncomingTrackData):
        ...             await track.send_chunk(message.data)

    Attributes:
        agent: the agent that is connected.
    """

    __module__ = "fishjam.agent"

    def __init__(self, agent: Agent, core: Core) -> None:
        self.agent = agent
        self._core = core

    @property
    def closed(self) -> bool:
        """Whether the session has ended; what came before can still be received."""
        return self._core.link.end is not None

    @property
    def close_code(self) -> int | None:
        """The WebSocket code with which it ended, for example 1000, or None while it lasts."""
        return None if self._core.link.end is None else self._core.link.end.code

    @property
    def close_reason(self) -> str | None:
        """The server's words at its end, for example "Peer removed", or None while it lasts."""
        return None if self._core.link.end is None else self._core.link.end.reason

    @property
    def dropped(self) -> int:
        """How many chunks of audio were dropped because nobody received them in time."""
        return self._core.inbox.dropped

    def receive(
        self, peer_id: str | Collection[str] | None = None
    ) -> AsyncIterator[IncomingAgentMessage]:
        """Iterate over what comes: audio of other peers, and images asked for by `capture_image`.

        One task at a time; after a `break` it may be called again, and goes on where it was.
        Iterating over the session itself is the same.

        Args:
            peer_id: give only the audio of this peer, or of these; that of others is thrown away.
                Images come all the same.

        Returns:
            An iterator that ends when the session was closed in order, by the server (the peer was
            removed, the room stopped) or by this side.

        Raises:
            TypeError: `peer_id` is no id, for example a whole peer.
            AgentBusyError: while iterating, when another task is waiting for a message.
            AgentConnectionError: while iterating, when the connection broke.
        """
        return _Messages(self._core, None if peer_id is None else _peers(peer_id))

    def __aiter__(self) -> AsyncIterator[IncomingAgentMessage]:
        return self.receive()

    async def add_track(self, options: OutgoingAudioTrackOptions | None = None) -> OutgoingTrack:
        """Begin to publish an audio track.

        Args:
            options: the form of the audio; without it 16-bit PCM, 16000 Hz, mono, no metadata.

        Raises:
            ValueError: an option cannot be used, or the metadata are no dict that can be JSON;
                nothing was sent.
            TypeError: something else than options was passed, for example a dict.
            AgentSessionClosedError: the session has ended in order.
            AgentConnectionError: the connection is lost.
        """
        options = track_options(options)
        track_id = uuid.uuid4().hex
        frame = adding_frame(track_id, options)
        track = OutgoingTrack(track_id, self, options)
        await self._core.add_track(track_id, frame)
        return track

    async def capture_image(self, track_id: str) -> None:
        """Ask for an image of somebody's video track, and return; `receive` gives it out.

        The server sends one image a second of each track at most.

        Args:
            track_id: the track, for example from a `TrackAdded` event.

        Raises:
            AgentSessionClosedError: the session has ended in order.
            AgentConnectionError: the connection is lost.
        """
        await self._core.images.capture(track_id)

    async def request_image(
        self,
        track_id: str,
        timeout: float = 5,
    ) -> IncomingTrackImage:
        """Ask for an image of somebody's video track, and wait for it.

        It does not matter whether somebody iterates over `receive`, which does not give this image
        out. Tasks that ask for the same track share one, and no more than one a second is asked
        for.

        Args:
            track_id: the track, for example from a `TrackAdded` event.
            timeout: seconds to wait for it.

        Raises:
            AgentTimeoutError: no image came in time.
            AgentSessionClosedError: the session has ended in order.
            AgentConnectionError: the connection is lost.
        """
        return await self._core.request_image(track_id, timeout)

    async def disconnect(self) -> None:
        """End the session; leaving its block does the same. Doing it again does nothing."""
        await self._core.close()


def _peers(peer_id: Any) -> frozenset[str]:
    """Check ids of peers: what is none would wait for audio that never comes."""
    several = isinstance(peer_id, Iterable) and not isinstance(peer_id, str)
    peers: tuple[Any, ...] = tuple(peer_id) if several else (peer_id,)
    for one in peers:
        if not isinstance(one, str):
            raise TypeError(
                f"receive: peer_id must be a string, or several, not {type(one).__name__}: "
                "pass the id alone, for example peer.id"
            )
    return frozenset(peers)


class _Messages(AsyncMessages, AsyncIterator[IncomingAgentMessage]):
    """What a session receives, all of it or only the audio of certain peers."""

    def __init__(self, core: Core, peers: frozenset[str] | None) -> None:
        self._core = core
        self._peers = peers

    async def __anext__(self) -> IncomingAgentMessage:
        while (message := await self._core.take()) is not None:
            if self._peers is None or not isinstance(message, IncomingTrackData):
                return message
            if message.peer_id in self._peers:
                return message
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Do nothing; an async generator, as older code expects it here, can be closed."""
