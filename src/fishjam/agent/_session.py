"""A session: how it connects, and what comes in and goes out over its connections."""

from __future__ import annotations

import logging
import math
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import NoReturn

import anyio
from anyio.lowlevel import checkpoint
from attrs import field, frozen

from fishjam._concurrency.lazy_event import LazyEvent
from fishjam._concurrency.loop import background
from fishjam._concurrency.queue import BoundedQueue, ItemSize, Overflow
from fishjam._generated.protocol.events import IncomingTrackData, IncomingTrackImage
from fishjam._protocol.agent import (
    IncomingAgentMessage,
    auth_request,
    content_of,
    decode,
    remove_track,
)
from fishjam._protocol.messages import DecodeError
from fishjam._websocket._signals import UnexpectedText
from fishjam._websocket.connection import Introduction, WebSocket, introduced
from fishjam._websocket.options import SocketOptions
from fishjam.agent._close import CLOSED_BY_US, CONNECTION_GONE, SessionEnd
from fishjam.agent._images import Images
from fishjam.agent._options import SAMPLE_BYTES
from fishjam.clock._system import AsyncClock
from fishjam.errors import (
    AgentAuthError,
    AgentBusyError,
    AgentConnectionError,
    AgentError,
    AgentTimeoutError,
)

HAND_OVER = 0.2
"""Seconds for a frame that has to go out even when its caller is cancelled.

An engine takes a frame at once and as a whole; the rest of a send is a wait for the network.
"""

_log = logging.getLogger("fishjam")


def _check_overflow(_: object, __: object, value: object) -> None:
    if value not in ("wait", "drop_oldest"):
        raise ValueError(f'overflow={value!r}: use "wait" or "drop_oldest"')


def _check_seconds(_: object, __: object, value: float) -> None:
    # Written so that NaN is refused too; without an end the memory would be filled.
    if not 0 < value < math.inf:
        raise ValueError(f"buffer_seconds={value!r}: give seconds, more than 0")


@frozen(kw_only=True)
class SessionOptions:
    """How a session is kept; what cannot be used is a `ValueError`."""

    overflow: Overflow = field(validator=_check_overflow)
    buffer_seconds: float = field(validator=_check_seconds)
    socket: SocketOptions
    clock: AsyncClock


class FrameSender:
    """Sends frames while the session lasts, over one connection or over several in a row.

    One that reconnects gets another connection after a loss; until then a send waits.
    """

    def __init__(self, *, reconnects: bool) -> None:
        self._reconnects = reconnects
        self._socket: WebSocket | None = None
        self._changed: anyio.Event | None = None
        # The connection's own function: each call in between takes its part of a chunk's time.
        self.send_at_once: Callable[[bytes], bool] = _not_at_once
        """Send a frame if nothing has to be waited for; False means that `send` has to do it."""
        self.end: SessionEnd | None = None
        """How it all ended, once it has."""
        self.ended: LazyEvent = LazyEvent()

    @property
    def socket(self) -> WebSocket | None:
        """The connection there is."""
        return self._socket

    def attach(self, socket: WebSocket) -> None:
        """Send over this connection from now on, unless the session is over."""
        if self.end is None:
            self._socket = socket
            self.send_at_once = socket.send_at_once
            self.recheck()

    def detach(self) -> None:
        """Let sends wait for another connection."""
        self._socket = None
        self.send_at_once = _not_at_once

    def finish(self, end: SessionEnd) -> None:
        """Say that the session is over; the first word counts."""
        if self.end is None:
            self.end = end
            self.detach()
            self.recheck()
            self.ended.set()

    def recheck(self) -> None:
        """Let each send that waits look again at whether it can go out, and still should."""
        if self._changed is not None:
            self._changed.set()
            # An event of anyio cannot be cleared, so each change has its own.
            self._changed = None

    async def send(
        self,
        frame: bytes,
        is_wanted: Callable[[], bool] | None = None,
        undo: bytes | None = None,
    ) -> None:
        """Send a frame; raises the session's `AgentError` when it is over.

        Args:
            frame: what is sent.
            is_wanted: asked before each try to send, because the frame may have waited for a
                connection; the frame is given up when it returns False.
            undo: what is sent after the frame when the caller is cancelled on the way.
        """
        while is_wanted is None or is_wanted():
            socket = self._socket
            if socket is None:
                await self._wait_for_change()
                continue
            try:
                await socket.send(frame)
            except CONNECTION_GONE as error:
                self._note_loss(socket, error)
            except BaseException:
                # An engine may have taken the frame before the cancellation came.
                if undo is not None:
                    await self.hand_over(undo)
                raise
            else:
                break

    async def tell(self, frame: bytes) -> None:
        """Send a frame that only concerns this connection; without one it is not needed."""
        socket = self._socket
        if socket is None:
            if self.end is not None:
                raise self.end.error()
            return
        try:
            await socket.send(frame)
        except CONNECTION_GONE as error:
            self._note_loss(socket, error)

    async def hand_over(self, frame: bytes) -> None:
        """Send a frame like `tell`, also when the caller is cancelled; it raises nothing."""
        with anyio.move_on_after(HAND_OVER, shield=True), suppress(AgentError):
            await self.tell(frame)

    async def _wait_for_change(self) -> None:
        if self.end is not None:
            raise self.end.error()
        if self._changed is None:
            self._changed = anyio.Event()
        await self._changed.wait()

    def _note_loss(self, socket: WebSocket, error: Exception) -> None:
        if not self._reconnects:
            raise (self.end or SessionEnd.of(error)).error() from error
        # Another task may have noticed too, and the next connection be there already.
        if self._socket is socket:
            self.detach()


class SessionState:
    """Everything about a session that does not depend on how its connections are made."""

    def __init__(self, options: SessionOptions, sample_rate: int, *, reconnects: bool) -> None:
        self.clock: AsyncClock = options.clock
        self.sender: FrameSender = FrameSender(reconnects=reconnects)
        self.images: Images = Images(options.clock, self.sender.send)
        # Each track has the room by itself, so that many speakers are not heard for less time.
        size = int(options.buffer_seconds * sample_rate * SAMPLE_BYTES)
        self._overflow = options.overflow
        self.inbox: BoundedQueue[IncomingAgentMessage] = BoundedQueue(
            size, options.overflow, _busy, self._at_end
        )
        self._tracks: dict[str, bytes] = {}

    @property
    def end(self) -> SessionEnd | None:
        """How the session ended, once it has."""
        return self.sender.end

    async def read(self, socket: WebSocket) -> NoReturn:
        """Take in what comes over a connection, until it raises that it has ended."""
        if self._overflow == "drop_oldest":
            # Nothing has to wait, so it is taken in where it arrives.
            await socket.forward(self)
        while True:
            try:
                message = decode(await socket.receive())
            except (UnexpectedText, DecodeError) as error:
                self.leave_out(error)
                continue
            if isinstance(message, IncomingTrackData):
                await self.inbox.put(message, _size_of(message))
            elif message is not None:
                self._take_image(message)

    # What a socket needs of a receiver:

    def take(self, message: bytes) -> None:
        """Take in a frame where it arrives."""
        try:
            decoded = decode(message)
        except DecodeError as error:
            self.leave_out(error)
            return
        if isinstance(decoded, IncomingTrackData):
            # As `_size_of` says; it is written out where each chunk passes.
            self.inbox.push(decoded, (decoded.track.id, len(decoded.data) or 1))
        elif decoded is not None:
            self._take_image(decoded)

    def leave_out(self, error: Exception) -> None:
        """Say that a frame could not be taken."""
        _log.warning("a frame of the agent socket was left out: %s", error)

    def _take_image(self, image: IncomingTrackImage) -> None:
        if self.images.take(image):
            self.inbox.put_at_once(image)

    def _at_end(self) -> NoReturn:
        """End an `async for`: with the session's `AgentError` unless it has ended in order."""
        if self.end is not None and self.end.failure is not None:
            raise self.end.error()
        raise StopAsyncIteration

    async def add_track(self, track_id: str, frame: bytes) -> None:
        """Begin a track with a frame, and again with the same one on each later connection."""
        # A caller that is cancelled already leaves here, when there is nothing to take back yet.
        await checkpoint()
        await self.sender.send(frame, undo=remove_track(track_id))
        # Not before: a track whose frame never went out must not be added on later connections.
        self._tracks[track_id] = frame

    async def drop_track(self, track_id: str) -> None:
        """End a track, also when cancelled; when the connection is gone, it ended with that."""
        del self._tracks[track_id]
        await self.sender.hand_over(remove_track(track_id))

    async def request_image(self, track_id: str, seconds: float) -> IncomingTrackImage:
        """Ask for an image and wait for it, while the session lasts."""
        if self.end is not None:
            raise self.end.error()
        return await self.images.request(track_id, seconds)

    async def restore(self, socket: WebSocket) -> None:
        """Send over a new connection from now on, and the tracks that there are before all else."""
        # A copy, because tracks may come and go while these are sent.
        tracks = dict(self._tracks)
        for frame in tracks.values():
            await socket.send(frame)
        self.sender.attach(socket)
        if self.end is not None:
            # It was closed while this connection was not attached yet.
            await socket.aclose()
        else:
            for track_id in tracks.keys() - self._tracks.keys():
                # It was removed while it was added again.
                await socket.send(remove_track(track_id))

    async def close(self) -> None:
        """End the session, and close its connection in order, if there is one."""
        socket = self.sender.socket
        # First, so that a send that waits ends as closed here and not as a lost connection.
        self.finish(CLOSED_BY_US)
        if socket is not None:
            await socket.aclose()

    def finish(self, end: SessionEnd) -> None:
        """Say that the session is over; what has come can still be taken."""
        self.sender.finish(end)
        self.images.fail(end)
        self.inbox.end()


@frozen
class AgentAddress:
    """Where an agent's socket is, and the token that opens it."""

    url: str
    token: str = field(repr=False)
    options: SocketOptions

    def open(self) -> AbstractAsyncContextManager[WebSocket]:
        """Connect and authenticate; the body of the block runs while the socket is open.

        Raises `AgentAuthError` when the server refused the token, `FishjamConnectionError` when the
        connection could not be made, or ended on the way.
        """
        introduction = Introduction(
            name="agent socket",
            steps=[(auth_request(self.token), "authenticated")],
            content_of=content_of,
            refuse=AgentAuthError,
            secrets=[self.token],
            connection_error=AgentConnectionError,
            timeout_error=AgentTimeoutError,
        )
        return introduced(self.url, self.options, introduction)


@asynccontextmanager
async def connected(state: SessionState, address: AgentAddress) -> AsyncIterator[None]:
    """Connect a session; the body runs while it is, and longer if the connection ends by itself.

    On asyncio it may be entered in one task and left in another. What the body raises comes out as
    it is; the session's methods alone say how the connection ended.
    """
    async with address.open() as socket:
        state.sender.attach(socket)

        async def read() -> None:
            try:
                await state.read(socket)
            except Exception as error:
                state.finish(SessionEnd.of(error))

        # Not a task group: it has to be left in the task that entered it, and the fixtures of
        # pytest-asyncio leave it in another one.
        async with background(read):
            try:
                yield
            finally:
                state.finish(CLOSED_BY_US)


def _not_at_once(frame: bytes) -> bool:
    return False


def _size_of(message: IncomingTrackData) -> ItemSize:
    # A chunk without any audio fills something too, or there would be no limit to them.
    return message.track.id, max(1, len(message.data))


def _busy() -> AgentBusyError:
    return AgentBusyError(
        "Another task is waiting for messages of this session. One task should receive and hand "
        "them on."
    )
