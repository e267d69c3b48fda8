"""An agent as the REST API hands it out: where it lives, and the token it connects with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Literal, TypeVar

from fishjam._core.encode import masked
from fishjam._generated.protocol.events import IncomingTrackData as IncomingTrackData
from fishjam._generated.protocol.events import IncomingTrackImage as IncomingTrackImage
from fishjam._http.address import AGENT_SOCKET, socket_url
from fishjam._protocol.agent import IncomingAgentMessage as IncomingAgentMessage
from fishjam.agent._agent_session import AgentSession as AgentSession
from fishjam.agent._options import OutgoingAudioTrackOptions as OutgoingAudioTrackOptions
from fishjam.agent._track import OutgoingTrack as OutgoingTrack
from fishjam.agent.errors import AgentAuthError as AgentAuthError
from fishjam.agent.errors import AgentError as AgentError

if TYPE_CHECKING:
    from fishjam._core.backoff import Backoff
    from fishjam._websocket.options import SocketOptions
    from fishjam._websocket.reconnecting import ConnectionLost, ConnectionRestored
    from fishjam.agent._connecting import Door
    from fishjam.agent._options import SessionOptions
    from fishjam.clock._system import AsyncClock

__all__ = (
    "Agent",
    "AgentAuthError",
    "AgentError",
    "AgentSession",
    "IncomingAgentMessage",
    "IncomingTrackData",
    "IncomingTrackImage",
    "OutgoingAudioTrackOptions",
    "OutgoingTrack",
)

T = TypeVar("T")


class Agent:
    """A peer that is a program; made by `create_agent`.

    Example:
        >>> agent = await client.create_agent(room.id)
        >>> async with agent.connect() as session:
        ...     track = await session.add_track()
        ...     await track.play(Path("greeting.pcm").read_bytes())

    Attributes:
        id: the id of the peer.
        room_id: the id of its room.
        audio_sample_rate: samples a second of the audio that it hears.
    """

    __module__ = "fishjam.agent"

    def __init__(
        self,
        id: str,  # noqa: A002
        room_id: str,
        token: str,
        fishjam_url: str,
        *,
        audio_sample_rate: int = 16000,
    ) -> None:
        """Describe an agent.

        Args:
            id: the id of the peer.
            room_id: the id of its room.
            token: the peer token, which lasts 24 hours.
            fishjam_url: the base URL under which the agent's socket lies.
            audio_sample_rate: samples a second of the audio that it hears, as it was created.
        """
        self.id = id
        self.room_id = room_id
        self.audio_sample_rate = audio_sample_rate
        self._token = token
        self._fishjam_url = fishjam_url

    def __repr__(self) -> str:
        return (
            f"Agent(id={self.id!r}, room_id={self.room_id!r}, "
            f"token={masked(self._token)}, fishjam_url={self._fishjam_url!r})"
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Agent):
            return NotImplemented
        return self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((self.id, self.room_id))

    def connect(
        self,
        *,
        overflow: Literal["drop_oldest", "wait"] = "drop_oldest",
        buffer_seconds: float = 10.0,
        socket_options: SocketOptions | None = None,
        clock: AsyncClock | None = None,
    ) -> AbstractAsyncContextManager[AgentSession]:
        """Connect for the length of an `async with`, over one connection; see `run` for several.

        What the block raises comes out as it is. When the connection ends, the block goes on: the
        session's methods tell of it. On asyncio it may be entered in one task and left in another.

        Args:
            overflow: what happens to audio that nobody receives in time. "drop_oldest" drops it,
                and counts it in `AgentSession.dropped`; "wait" stops reading until there is room,
                and if that takes longer than the socket's ping timeout, the connection is lost.
                Images are never dropped.
            buffer_seconds: how many seconds of audio of each track may wait to be received, of 50
                tracks at most.
            socket_options: timeouts, TLS, proxy and headers of the WebSocket.
            clock: what tells the time to `play` and `request_image`; for tests.

        Raises:
            ValueError: an argument cannot be used.
            AgentAuthError: on entering, when the server refuses the token.
            FishjamConnectionError: on entering, when the connection cannot be made.

        Example:
            >>> async with agent.connect() as session:
            ...     async for message in session.receive():
            ...         print(message)
        """
        from fishjam.agent._blocks import SessionBlock
        from fishjam.agent._connection import connected

        options = _session_options(overflow, buffer_seconds, socket_options, clock)
        return SessionBlock(connected(self, self._door(options), options))

    async def run(
        self,
        handler: Callable[[AgentSession], Awaitable[T]],
        *,
        backoff: Backoff | None = None,
        max_attempts: int | None = None,
        on_lost: Callable[[ConnectionLost], Awaitable[None] | None] | None = None,
        on_restored: Callable[[ConnectionRestored], Awaitable[None] | None] | None = None,
        overflow: Literal["drop_oldest", "wait"] = "drop_oldest",
        buffer_seconds: float = 10.0,
        socket_options: SocketOptions | None = None,
        clock: AsyncClock | None = None,
    ) -> T | None:
        """Connect, and call a handler once, with a session that outlives lost connections.

        After a loss the agent connects again with the same token and adds its tracks again, under
        the same ids. Meanwhile nothing is heard, `receive` waits, and whoever sends waits too. A
        refusal with "peer already connected" is put up with for 60 s, because the server may not
        have noticed the loss yet; any other refusal is final. So is a connection that the server
        closed with 1003 or 1007, because it would not take the same tracks another time.

        When the server ends the session in order (the peer was removed, the room stopped),
        `receive` ends and the handler should return. If it meets the end while it is sending, that
        is no error, and `run` returns None. If it goes on for 5 s, it is cancelled; then `run`
        returns None, or raises what ended the session if that was a failure.

        Args:
            handler: an async function that is called with the session once it is connected. The
                session is closed when it returns.
            backoff: the waits between tries to connect.
            max_attempts: give up after so many failed tries in a row; None never gives up.
            on_lost: called after each loss, `def` or `async def`.
            on_restored: called after each return, when the tracks have been added again.
            overflow: as for `connect`.
            buffer_seconds: as for `connect`.
            socket_options: as for `connect`.
            clock: as for `connect`; the waits between tries are on it too.

        Returns:
            What the handler returned.

        Raises:
            ValueError: an argument cannot be used.
            TypeError: the handler is no function, or what it returns cannot be awaited.
            AgentAuthError: the server refused the token.
            FishjamConnectionError: the last of `max_attempts` tries failed.
            Exception: what the handler or a callback raised, as it is.

        Example:
            >>> async def echo(session: AgentSession) -> None:
            ...     track = await session.add_track()
            ...     async for message in session:
            ...         if isinstance(message, IncomingTrackData):
            ...             await track.send_chunk(message.data)
            >>> await agent.run(echo)
        """
        from fishjam._core.backoff import Backoff
        from fishjam.agent._running import Runner, check_handler
        from fishjam.agent._session import Core

        check_handler(handler)
        if max_attempts is not None and max_attempts < 1:
            raise ValueError(f"max_attempts={max_attempts}: at least one, or None for no limit")
        options = _session_options(overflow, buffer_seconds, socket_options, clock)
        core = Core(options, self.audio_sample_rate, lasting=True)
        runner: Runner[T] = Runner(
            core,
            self._door(options),
            backoff=backoff or Backoff(),
            max_attempts=max_attempts,
            on_lost=on_lost,
            on_restored=on_restored,
        )
        return await runner.run(handler, AgentSession(self, core))

    def _door(self, options: SessionOptions) -> Door:
        from fishjam.agent._connecting import Door

        url = socket_url(self._fishjam_url, AGENT_SOCKET)
        return Door(url, self._token, options.socket)


def _session_options(
    overflow: Literal["drop_oldest", "wait"],
    buffer_seconds: float,
    socket_options: SocketOptions | None,
    clock: AsyncClock | None,
) -> SessionOptions:
    # Programs that only make agents load nothing of all this.
    from fishjam._websocket.options import SocketOptions
    from fishjam.agent._options import SessionOptions
    from fishjam.clock._system import AsyncSystemClock

    return SessionOptions(
        overflow=overflow,
        buffer_seconds=buffer_seconds,
        socket=socket_options or SocketOptions(),
        clock=clock or AsyncSystemClock(),
    )
