"""The workings of a session: what comes in over its connections, and what goes out."""

from __future__ import annotations

import logging
from contextlib import suppress

from fishjam._concurrency.queue import Inbox
from fishjam._generated.protocol.events import IncomingTrackData, IncomingTrackImage
from fishjam._protocol.agent import IncomingAgentMessage, decode, remove_track
from fishjam._protocol.messages import DecodeError
from fishjam._websocket._signals import UnexpectedText
from fishjam._websocket.connection import WebSocket
from fishjam.agent._ending import CLOSED_BY_US, SessionEnd
from fishjam.agent._images import Images
from fishjam.agent._link import Link
from fishjam.agent._options import SAMPLE_BYTES, SessionOptions
from fishjam.clock._system import AsyncClock
from fishjam.errors import AgentBusyError, AgentError

_log = logging.getLogger("fishjam")


class Core:
    """Everything about a session that does not depend on how its connections are made."""

    def __init__(self, options: SessionOptions, sample_rate: int, *, lasting: bool) -> None:
        self.clock: AsyncClock = options.clock
        self.link: Link = Link(lasting=lasting)
        self.images: Images = Images(options.clock, self.link.send)
        # Each track has the room by itself, so that many speakers are not heard for less time.
        size = int(options.buffer_seconds * sample_rate * SAMPLE_BYTES)
        self.inbox: Inbox[IncomingAgentMessage] = Inbox(size, options.overflow, _busy)
        self._tracks: dict[str, bytes] = {}

    async def read(self, socket: WebSocket) -> None:
        """Take in what comes over a connection, until it raises that it has ended."""
        while True:
            try:
                message = decode(await socket.receive())
            except (DecodeError, UnexpectedText) as error:
                _log.warning("a frame of the agent socket was left out: %s", error)
                continue
            if isinstance(message, IncomingTrackData):
                # Chunks of no length would have room without end.
                await self.inbox.put(message, (message.track.id, max(1, len(message.data))))
            elif message is not None and self.images.take(message):
                self.inbox.put_at_once(message)

    async def take(self) -> IncomingAgentMessage | None:
        """Wait for the next message; None when the session has ended in order."""
        message = await self.inbox.take()
        if message is None and self.link.end is not None and self.link.end.failure is not None:
            raise self.link.end.error()
        return message

    async def add_track(self, track_id: str, frame: bytes) -> None:
        """Begin a track with a frame, and again with the same one on each later connection."""
        await self.link.send(frame)
        self._tracks[track_id] = frame

    async def drop_track(self, track_id: str) -> None:
        """End a track; when the connection is gone, it has ended with that."""
        del self._tracks[track_id]
        with suppress(AgentError):
            await self.link.tell(remove_track(track_id))

    async def request_image(self, track_id: str, seconds: float) -> IncomingTrackImage:
        """Ask for an image and wait for it, while the session lasts."""
        if self.link.end is not None:
            raise self.link.end.error()
        return await self.images.request(track_id, seconds)

    async def restore(self, socket: WebSocket) -> None:
        """Send over a new connection from now on, and the tracks that there are before all else."""
        tracks = dict(self._tracks)
        for frame in tracks.values():
            await socket.send(frame)
        self.link.attach(socket)
        if self.link.end is not None:
            # It was closed meanwhile, when this connection was not known yet.
            await socket.aclose()
            return
        for track_id in tracks.keys() - self._tracks.keys():
            # It was removed while it was added again.
            await socket.send(remove_track(track_id))

    async def close(self) -> None:
        """End the session, and close its connection in order, if there is one."""
        socket = self.link.socket
        self.finish(CLOSED_BY_US)
        if socket is not None:
            await socket.aclose()

    def finish(self, end: SessionEnd) -> None:
        """Say that the session is over; what has come can still be taken."""
        self.link.finish(end)
        self.images.fail(end)
        self.inbox.end()


def _busy() -> AgentBusyError:
    return AgentBusyError(
        "Another task is waiting for messages of this session. One task should receive and hand "
        "them on."
    )
