"""An agent, its session in a room, and the tracks on which it speaks."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Any, Literal, TypeVar, cast

from anyio.lowlevel import checkpoint
from attrs import define, field

from fishjam._audio.wav import WavSource, wav_blocks
from fishjam._core.annotations import resolve_annotations
from fishjam._core.backoff import Backoff
from fishjam._core.encode import masked
from fishjam._core.misuse import AsyncMessages, ConnectBlock
from fishjam._core.tracebacks import shortened
from fishjam._generated.protocol.events import IncomingTrackData as IncomingTrackData
from fishjam._generated.protocol.events import IncomingTrackImage as IncomingTrackImage
from fishjam._http.address import AGENT_SOCKET, socket_url
from fishjam._protocol.agent import IncomingAgentMessage as IncomingAgentMessage
from fishjam._protocol.agent import chunk_framer, interrupt_track
from fishjam._websocket.options import SocketOptions
from fishjam._websocket.reconnecting import ConnectionLost, ConnectionRestored
from fishjam.agent._close import SessionEnd
from fishjam.agent._options import OutgoingAudioTrackOptions as OutgoingAudioTrackOptions
from fishjam.agent._options import TrackFormat, encode_add_track, track_options
from fishjam.agent._pacing import AudioBytes, AudioSource, Player, as_bytes, check_whole
from fishjam.agent._running import Runner, check_run
from fishjam.agent._session import (
    AgentAddress,
    FrameSender,
    SessionOptions,
    SessionState,
    connected,
)
from fishjam.agent.errors import AgentAuthError as AgentAuthError
from fishjam.agent.errors import AgentError as AgentError
from fishjam.clock._system import AsyncClock, AsyncSystemClock
from fishjam.errors import AgentBusyError, AgentTrackRemovedError, SocketOpenError

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
        renew_token: Callable[[], Awaitable[str] | str] | None = None,
    ) -> None:
        """Describe an agent; `get_agent` of a client makes one again too.

        Args:
            id: the id of the peer.
            room_id: the id of its room.
            token: the peer token, which lasts 24 hours.
            fishjam_url: the base URL under which the agent's socket lies.
            audio_sample_rate: samples a second of the audio that it hears, as it was created.
            renew_token: returns a fresh token for `run`, in place of one that has expired. It is
                an async function, or a plain one, which is called in a worker thread.
        """
        self.id = id
        """The id of the peer."""
        self.room_id = room_id
        """The id of its room."""
        self.audio_sample_rate = audio_sample_rate
        """Samples a second of the audio that it hears."""
        self._token = token
        self._fishjam_url = fishjam_url
        self._renew_token = renew_token

    @property
    def token(self) -> str:
        """The peer token, which is secret: with it and `fishjam_url` this agent is made again."""
        return self._token

    @property
    def fishjam_url(self) -> str:
        """The base URL under which the agent's socket lies."""
        return self._fishjam_url

    def __repr__(self) -> str:
        return (
            f"Agent(id={self.id!r}, room_id={self.room_id!r}, "
            f"token={masked(self._token)}, fishjam_url={self._fishjam_url!r})"
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Agent):
            return NotImplemented
        return self.__getstate__() == other.__getstate__()

    def __hash__(self) -> int:
        return hash((self.id, self.room_id))

    def __getstate__(self) -> dict[str, Any]:
        # The way to a fresh token is mostly a method of a client, which stays in its process.
        return {**self.__dict__, "_renew_token": None}

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
        session's methods report it. On asyncio it may be entered in one task and left in another.

        Args:
            overflow: what happens to audio that is not received in time. "drop_oldest" drops it,
                and counts it in `AgentSession.dropped`; "wait" stops reading until there is room,
                and if that takes minutes, the server may give the connection up, because its pings
                are not answered. Images are never dropped.
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
        options = _session_options(overflow, buffer_seconds, socket_options, clock)
        state = SessionState(options, self.audio_sample_rate, reconnects=False)
        context = connected(state, self._address(options))
        return ConnectBlock(context, AgentSession(self, state))

    async def run(
        self,
        handler: Callable[[AgentSession], Awaitable[T]],
        *,
        backoff: Backoff | None = None,
        max_attempts: int | None = None,
        lost_after: float | None = None,
        token: Callable[[], Awaitable[str] | str] | None = None,
        on_lost: Callable[[ConnectionLost], Awaitable[None] | None] | None = None,
        on_restored: Callable[[ConnectionRestored], Awaitable[None] | None] | None = None,
        on_ended: Callable[[SessionEnd], Awaitable[None] | None] | None = None,
        overflow: Literal["drop_oldest", "wait"] = "drop_oldest",
        buffer_seconds: float = 10.0,
        socket_options: SocketOptions | None = None,
        clock: AsyncClock | None = None,
    ) -> T | None:
        """Connect, and call a handler once, with a session that outlives lost connections.

        After a loss the agent connects again and adds its tracks again, under the same ids.
        Meanwhile nothing is heard, and `receive` and all that sends wait. A token that has expired,
        which it does after 24 hours, is replaced by a fresh one. A refusal with "peer already
        connected" is tolerated for 60 s, because the server may not have noticed the loss yet; any
        other refusal is final. So is a connection that the server
        closed with 1003 or 1007, because it would not take the same tracks another time.

        When the server ends the session in order (the peer was removed, the room stopped),
        `receive` ends and the handler should return. If it meets the end while it is sending, that
        is not an error, and `run` returns None. If it goes on for 5 s, it is cancelled; then `run`
        returns None, or raises what ended the session if that was a failure.

        Args:
            handler: an async function that is called with the session once it is connected. The
                session is closed when it returns.
            backoff: the waits between tries to connect. A server that refuses with 429 or 503 and
                `Retry-After` is obeyed instead, up to 30 s.
            max_attempts: give up after so many failed tries in a row; None never gives up. A
                connection that ended within 10 s is a failed try too.
            lost_after: end the session after so many seconds in a row without a connection, at the
                beginning too; None waits for ever. What needs the session then raises
                `AgentConnectionError`.
            token: returns a fresh token when this one has expired: an async function, or a plain
                one, which is called in a worker thread. By default the client that made the agent
                is asked, if it did; it must not be closed then.
            on_lost: called after each loss, `def` or `async def`.
            on_restored: called after each return, when the tracks have been added again.
            on_ended: called once with how the session ended, after the handler has returned or
                raised, or when there was no connection at all; not when `run` is cancelled.
            overflow: as for `connect`.
            buffer_seconds: as for `connect`.
            socket_options: as for `connect`.
            clock: as for `connect`; the waits between tries are on it too.

        Returns:
            What the handler returned.

        Raises:
            ValueError: an argument cannot be used.
            TypeError: the handler is not a function, or what it returns cannot be awaited.
            AgentAuthError: the server refused the token.
            FishjamConnectionError: the last of `max_attempts` tries failed, or there was no
                connection for `lost_after` seconds.
            Exception: what the handler or a callback raised, as it is.

        Example:
            >>> async def echo(session: AgentSession) -> None:
            ...     track = await session.add_track()
            ...     async for message in session:
            ...         if isinstance(message, IncomingTrackData):
            ...             await track.send_chunk(message.data)
            >>> await agent.run(echo)
        """
        check_run(handler, max_attempts, lost_after)
        options = _session_options(overflow, buffer_seconds, socket_options, clock)
        state = SessionState(options, self.audio_sample_rate, reconnects=True)
        runner: Runner[AgentSession, T] = Runner(
            state,
            self._address(options),
            backoff=backoff or Backoff(),
            max_attempts=max_attempts,
            lost_after=lost_after,
            renew_token=token or self._renew_token,
            keep_token=self._keep_token,
            on_lost=on_lost,
            on_restored=on_restored,
            on_ended=on_ended,
        )
        try:
            return await runner.run(handler, AgentSession(self, state))
        except SocketOpenError as error:
            raise shortened(error) from error.__cause__

    def _keep_token(self, token: str) -> None:
        self._token = token

    def _address(self, options: SessionOptions) -> AgentAddress:
        url = socket_url(self._fishjam_url, AGENT_SOCKET)
        return AgentAddress(url, self._token, options.socket)


def _session_options(
    overflow: Literal["drop_oldest", "wait"],
    buffer_seconds: float,
    socket_options: SocketOptions | None,
    clock: AsyncClock | None,
) -> SessionOptions:
    return SessionOptions(
        overflow=overflow,
        buffer_seconds=buffer_seconds,
        socket=socket_options or SocketOptions(),
        clock=clock or AsyncSystemClock(),
    )


class AgentSession(AsyncMessages):
    """An agent that is connected to its room; made by `Agent.connect` and `Agent.run`.

    What others say is read all the time, also while `receive` is not called, so that the
    connection lives on; a full inbox drops the oldest audio, unless `overflow="wait"` was chosen.

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

    def __init__(self, agent: Agent, state: SessionState) -> None:
        self.agent = agent
        """The agent that is connected."""
        self._state = state

    def __repr__(self) -> str:
        state = f"closed: {self.close_code} {self.close_reason}" if self.closed else "open"
        return f"<AgentSession of {self.agent.id} in room {self.agent.room_id}, {state.strip()}>"

    @property
    def closed(self) -> bool:
        """Whether the session has ended; what came before can still be received."""
        return self._state.end is not None

    @property
    def close_code(self) -> int | None:
        """The WebSocket code with which it ended, for example 1000, or None while it lasts."""
        return None if self._state.end is None else self._state.end.code

    @property
    def close_reason(self) -> str | None:
        """The server's words at its end, for example "Peer removed", or None while it lasts."""
        return None if self._state.end is None else self._state.end.reason

    @property
    def dropped(self) -> int:
        """How many chunks of audio were dropped because they were not received in time."""
        return self._state.inbox.dropped

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
            TypeError: `peer_id` is not an id, for example a whole peer.
            AgentBusyError: while iterating, when another task is waiting for a message.
            AgentConnectionError: while iterating, when the connection broke.
        """
        return _Messages(self._state, None if peer_id is None else _peers(peer_id))

    def __aiter__(self) -> AsyncIterator[IncomingAgentMessage]:
        return self.receive()

    async def add_track(self, options: OutgoingAudioTrackOptions | None = None) -> OutgoingTrack:
        """Begin to publish an audio track.

        Args:
            options: the form of the audio; without it 16-bit PCM, 16000 Hz, mono, no metadata.

        Raises:
            ValueError: an option cannot be used, or the metadata are not a dict that can be JSON;
                nothing was sent.
            TypeError: something else than options was passed, for example a dict.
            AgentSessionClosedError: the session has ended in order.
            AgentConnectionError: the connection is lost.
        """
        options = track_options(options)
        # The agent chooses the id, so that the track has the same one again after a loss.
        track_id = uuid.uuid4().hex
        frame = encode_add_track(track_id, options)
        track = OutgoingTrack(track_id, self, options)
        await self._state.add_track(track_id, frame)
        return track

    async def capture_image(self, track_id: str) -> None:
        """Ask for an image of a peer's video track, and return; `receive` gives it out.

        The server sends one image a second of each track at most.

        Args:
            track_id: the track, for example from a `TrackAdded` event.

        Raises:
            AgentSessionClosedError: the session has ended in order.
            AgentConnectionError: the connection is lost.
        """
        await self._state.images.capture(track_id)

    async def request_image(
        self,
        track_id: str,
        timeout: float = 5,  # noqa: ASYNC109 - it is public
    ) -> IncomingTrackImage:
        """Ask for an image of a peer's video track, and wait for it.

        It does not matter whether a task iterates over `receive`, which does not give this image
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
        # A whole number may be larger than what can be added to a time.
        seconds = min(timeout, sys.float_info.max)
        return await self._state.request_image(track_id, seconds)

    async def disconnect(self) -> None:
        """End the session; leaving its block does the same. Doing it again does nothing."""
        await self._state.close()


def _peers(peer_id: Any) -> frozenset[str]:
    """Check ids of peers: any other value would wait for audio that never comes."""
    several = isinstance(peer_id, Iterable) and not isinstance(peer_id, str)
    peers: tuple[Any, ...] = tuple(peer_id) if several else (peer_id,)
    for peer in peers:
        if not isinstance(peer, str):
            raise TypeError(
                f"receive: peer_id must be a string, or several, not {type(peer).__name__}: "
                "pass the id alone, for example peer.id"
            )
    return frozenset(peers)


# Not an async generator: that could not go on after a `break`, and would have to be closed.
class _Messages(AsyncMessages, AsyncIterator[IncomingAgentMessage]):
    """What a session receives, all of it or only the audio of certain peers."""

    def __init__(self, state: SessionState, peers: frozenset[str] | None) -> None:
        # It does not return None: the session's inbox raises at its end.
        self._take = cast("Callable[[], Awaitable[IncomingAgentMessage]]", state.inbox.take)
        self._peers = peers

    def __anext__(self) -> Awaitable[IncomingAgentMessage]:
        return self._take() if self._peers is None else self._take_of(self._peers)

    async def _take_of(self, peers: frozenset[str]) -> IncomingAgentMessage:
        while True:
            message = await self._take()
            if not isinstance(message, IncomingTrackData) or message.peer_id in peers:
                return message

    async def aclose(self) -> None:
        """Do nothing; an async generator, as older code expects it here, can be closed."""


@define(eq=False)
class OutgoingTrack:
    """An audio track of an agent; made by `AgentSession.add_track`.

    Attributes:
        id: the id of the track.
        session: the session that it belongs to.
        options: the form of its audio.
    """

    __module__ = "fishjam.agent"

    id: str
    """The id of the track."""
    session: AgentSession = field(repr=False)
    """The session that it belongs to."""
    options: OutgoingAudioTrackOptions
    """The form of its audio."""
    _audio: TrackFormat = field(init=False, repr=False)
    _unit: int = field(init=False, repr=False)
    _sender: FrameSender = field(init=False, repr=False)
    _framed: Callable[[bytes | bytearray], bytes] = field(init=False, repr=False)
    _removed: bool = field(init=False, default=False, repr=False)
    _interrupts: int = field(init=False, default=0, repr=False)
    _player: Player | None = field(init=False, default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        self._audio = TrackFormat.of(self.options)
        self._unit = self._audio.unit
        self._sender = self.session._state.sender
        self._framed = chunk_framer(self.id)

    async def send_chunk(self, data: AudioBytes) -> None:
        """Send audio to be played after all that was sent before.

        The server plays it in real time, so it may be sent faster than that; `interrupt` takes back
        what was not played yet. Under `Agent.run` it waits while the connection is lost; an
        `interrupt` meanwhile gives it up, and it returns without having sent anything. See `play`
        for audio that should be sent at its own pace.

        Args:
            data: audio in the form that the track was added with. Nothing is sent for no bytes.

        Raises:
            ValueError: a 16-bit sample is cut; nothing was sent.
            AgentTrackRemovedError: the track was removed.
            AgentSessionClosedError: the session has ended in order.
            AgentConnectionError: the connection is lost.
        """
        chunk = data if isinstance(data, bytes) else as_bytes(data)
        if len(chunk) % self._unit:
            check_whole(chunk, self._audio)
        if self._removed:
            self._check_there()
        if not chunk:
            await checkpoint()
        elif not self._sender.send_at_once(self._framed(chunk)):
            await self._send(chunk)

    async def interrupt(self) -> None:
        """Be silent at once: drop what was sent and not played yet, and end a `play`.

        A `send_chunk` that waits for a lost connection is given up. What is sent afterwards is
        played.

        Raises:
            AgentTrackRemovedError: the track was removed.
            AgentSessionClosedError: the session has ended in order.
            AgentConnectionError: the connection is lost.
        """
        self._check_there()
        # A number and not a flag: what is sent after this interrupt has to go out.
        self._interrupts += 1
        self._stop_playing()
        self._sender.recheck()
        await self._sender.tell(interrupt_track(self.id))

    async def play(self, source: AudioSource | os.PathLike[str]) -> float:
        """Play audio in real time, and return when it has been heard.

        It is sent in frames of 20 ms on a schedule that does not drift, a tenth of a second ahead,
        so that `interrupt` finds little to take back. When the source has nothing in time, there is
        a gap, and the rest is played after it. Cancelling leaves what was sent to be heard.

        Args:
            source: 16-bit PCM in the form of the track: bytes, an iterable of bytes or an async
                one, in chunks of any length. It is not closed when it is not used up. Bytes at its
                end that are not a whole sample are left out. Or the `Path` of a WAV file, for which
                see `play_wav`.

        Returns:
            The seconds that were heard, also when `interrupt` or `remove` ended it.

        Raises:
            ValueError: the track is not PCM, or the bytes are not a whole number of samples, or a
                whole WAV file.
            TypeError: the source is something else.
            AgentBusyError: the track plays already.
            AgentTrackRemovedError: the track was removed.
            AgentSessionClosedError: the session has ended in order.
            AgentConnectionError: the connection is lost.

        Example:
            >>> seconds = await track.play(Path("greeting.pcm").read_bytes())
        """
        if isinstance(source, os.PathLike):
            return await self.play_wav(source)
        if not self._audio.is_pcm:
            raise ValueError(
                "play() cannot tell how long Opus audio lasts; send it with send_chunk() instead."
            )
        self._check_there()
        if self._player is not None:
            raise AgentBusyError(
                f"The track {self.id!r} is playing already: interrupt() it first, or wait."
            )
        state = self.session._state
        player = Player(source, self._audio, state.clock, self._send)
        self._player = player
        try:
            return await player.play()
        finally:
            # After an interrupt something else may be playing already.
            if self._player is player:
                self._player = None

    async def play_wav(self, source: WavSource) -> float:
        """Play a WAV file in real time, and return when it has been heard.

        It may have any sample rate, any number of channels and samples of any usual kind (8 to 32
        bits, floating point, A-law, µ-law); it is converted to the form of the track while it
        plays. It is read in a worker thread, piece by piece. `interrupt` and cancelling work as
        with `play`. Needs the extra `audio`, which the extra `emulator` contains.

        Args:
            source: the path of the file, its bytes, or a binary file; a file is read from where it
                stands, and not closed.

        Returns:
            The seconds that were heard, also when `interrupt` or `remove` ended it.

        Raises:
            ValueError: it is not a WAV file, or it is empty, cut off, larger than 2 GiB or of an
                unknown kind, or the track is not PCM. Nothing was played.
            OSError: the file cannot be read.
            TypeError: the source is something else.
            MissingExtraError: the extra `audio` is not installed.
            AgentBusyError: the track plays already.
            AgentTrackRemovedError: the track was removed.
            AgentSessionClosedError: the session has ended in order.
            AgentConnectionError: the connection is lost.

        Example:
            >>> seconds = await track.play_wav("greeting.wav")
        """
        # Left to the garbage collector, it would keep the file open for an unknown time.
        async with aclosing(wav_blocks(source, self._audio)) as blocks:
            return await self.play(blocks)

    async def remove(self) -> None:
        """Remove the track from the room, also when this is cancelled; a `play` ends.

        A `send_chunk` that waits for a lost connection raises `AgentTrackRemovedError`. Removing
        the track again does nothing.
        """
        if not self._removed:
            # Before anything waits, so that a second call does not remove it again.
            self._removed = True
            self._stop_playing()
            self._sender.recheck()
            await self.session._state.drop_track(self.id)

    async def _send(self, chunk: bytes | bytearray) -> None:
        interrupts = self._interrupts

        def is_wanted() -> bool:
            self._check_there()
            return self._interrupts == interrupts

        await self._sender.send(self._framed(chunk), is_wanted)

    def _check_there(self) -> None:
        if self._removed:
            raise AgentTrackRemovedError(f"The track {self.id!r} was removed; add another one.")

    def _stop_playing(self) -> None:
        if self._player is not None:
            self._player.stop()
            # It is out of the way at once, so that something else can be played.
            self._player = None


resolve_annotations(globals(), OutgoingTrack)
