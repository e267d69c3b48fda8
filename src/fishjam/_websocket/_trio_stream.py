"""The bytes beneath trio-websocket: whole writes, and a look at the server's response."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import trio
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection

from fishjam._concurrency.groups import root_of
from fishjam._websocket._frames import FrameSplitter, client_frame
from fishjam._websocket.http_response import HttpResponseReader
from fishjam._websocket.websocket import WebSocket

# As asyncio's transports do it: a sender waits above the one, and goes on at the other.
_HIGH_WATER = 32 * 1024
_LOW_WATER = 8 * 1024

# FIN and opcode 8. A control frame is never split (RFC 6455, 5.5), so one byte tells.
_CLOSE_FRAME = 0x88


_READ_BYTES = 64 * 1024


Stream = trio.SocketStream | trio.SSLStream[Any]


class PlainSocket:
    """A socket that is used without trio's own functions for it.

    Those try to read before they wait, which is in vain for every chunk of a room, and take longer
    for it than for all else.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    async def receive(self) -> bytes:
        """Wait until something has come, and read it; empty at the end."""
        while True:
            await trio.lowlevel.wait_readable(self._socket)
            try:
                return self._socket.recv(_READ_BYTES)
            except BlockingIOError:
                continue
            except OSError as error:
                raise trio.BrokenResourceError from error

    def send(self, data: bytes) -> int:
        """Send what goes at once, and return how much; an error comes out when the rest is sent."""
        try:
            return self._socket.send(data)
        except OSError:
            return 0


class BufferedStream:
    """Stands between the library and the stream, as asyncio's transport does on the other loop.

    What the library writes is kept, and written by a task of its own: so a cancelled sender leaves
    no half frame behind, and a server that does not read does not keep this side from reading.
    """

    def __init__(
        self, stream: Stream, response: HttpResponseReader, plain: PlainSocket | None = None
    ) -> None:
        self.close_sent = False
        """Whether a close frame has gone out."""
        self.failure: BaseException | None = None
        """What broke the connection."""
        self._stream = stream
        self._plain = plain
        self._response = response
        self._handshake_done = False
        self._closed = False
        self._at_end = False
        self._outgoing = bytearray()
        self._under_way = 0
        self._work = trio.Event()
        self._waiting = trio.lowlevel.ParkingLot()

    async def send_all(self, data: bytes) -> None:
        """Take what the library writes; it goes out later, and as a whole."""
        if self._closed:
            raise trio.ClosedResourceError
        self.close_sent = self.close_sent or data[0] == _CLOSE_FRAME
        self._put(data)

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Give the library the response to the handshake, if it is a good one."""
        while not self._response.complete:
            try:
                self._response.feed(await self._read())
            except trio.BrokenResourceError as error:
                # The library would wait for ever.
                raise ConnectionError from error
        if not self._response.is_positive or self._closed:
            raise ConnectionError("the server's response opens no WebSocket")
        self._handshake_done = True
        return bytes(self._response.raw)

    async def aclose(self) -> None:
        """Note that the library wants no more; closing the stream is not its business."""
        self._closed = True
        self._handshake_done = False

    def send_message(self, data: bytes) -> bool:
        """Take a message, to go out as a whole; False when no more can be sent."""
        if self._closed:
            return False
        frame = client_frame(data)
        sent = 0 if self._plain is None or self._pending else self._plain.send(frame)
        if sent < len(frame):
            self._put(frame[sent:])
        return True

    def send_close(self, code: int, reason: str) -> None:
        """Let the last thing that goes out be a close frame, and refuse everything else."""
        self._closed = True
        if not self.close_sent:
            self.close_sent = True
            frame = CloseConnection(code=code, reason=reason)
            self._put(Connection(ConnectionType.CLIENT).send(frame))

    def let_go(self) -> None:
        """Wake all that wait: the stream is gone."""
        self._closed = True
        self._outgoing.clear()
        self._under_way = 0
        self._waiting.unpark_all()

    async def write(self) -> None:
        """Write what there is to write, until the stream breaks."""
        try:
            while True:
                await self._work.wait()
                self._work = trio.Event()
                data, self._outgoing = self._outgoing, bytearray()
                self._under_way = len(data)
                await self._stream.send_all(data)
                self._under_way = 0
                self._waiting.unpark_all()
        except trio.BrokenResourceError as error:
            self._fail(error)
            self.let_go()

    async def drained(self) -> None:
        """Wait until not too much waits to go out; raises when it never will."""
        if self._pending > _HIGH_WATER:
            while self._pending > _LOW_WATER:
                await self._waiting.park()
        if self.failure is not None:
            raise trio.BrokenResourceError

    async def linger(self) -> None:
        """Wait until the server has hung up, and all that there was to say has gone out."""
        try:
            while not self._at_end:
                await self._read()
        except trio.BrokenResourceError:
            return
        while self._pending and self.failure is None:
            await self._waiting.park()

    @property
    def _pending(self) -> int:
        return len(self._outgoing) + self._under_way

    def _put(self, data: bytes) -> None:
        self._outgoing += data
        self._work.set()

    async def _read(self, max_bytes: int | None = None) -> bytes:
        try:
            if self._plain is None:
                data = bytes(await self._stream.receive_some(max_bytes))
            else:
                data = await self._plain.receive()
        except trio.BrokenResourceError as error:
            self._fail(error)
            raise
        self._at_end = not data
        return data

    def _fail(self, error: BaseException) -> None:
        self.failure = self.failure or root_of(error)
        self._at_end = True


class ForwardingStream(BufferedStream):
    """Hands plain messages over itself while the WebSocket forwards; the rest is the library's.

    That is done in the library's own task, so that no other one has to wake up for a message.
    """

    def __init__(
        self,
        stream: Stream,
        plain: PlainSocket | None,
        response: HttpResponseReader,
        receiver: WebSocket,
        longest: int,
    ) -> None:
        super().__init__(stream, response, plain)
        self._receiver = receiver
        self._splitter = FrameSplitter(longest)
        self._parts: Iterator[tuple[bool, bytes]] = iter(())
        self._taken = 0
        self._caught_up = trio.Event()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Give the library what it has to read."""
        if not self._handshake_done:
            response = await super().receive_some()
            frames = self._response.surplus
            self._parts = self._split(frames)
            return response[: len(response) - len(frames)]
        while (part := await self._next_part()) is None:
            data = await self._read(max_bytes)
            if not data:
                return data
            self._receiver.hear()
            self._parts = self._split(data)
        return part

    def note_taken(self) -> None:
        """Note that a message which the library has read goes to the WebSocket now."""
        self._taken += 1
        self._caught_up.set()

    def _split(self, data: bytes) -> Iterator[tuple[bool, bytes]]:
        self._splitter.takes_plain = self._receiver.is_forwarding
        return self._splitter.split(data)

    async def _next_part(self) -> bytes | None:
        """Hand messages over up to the next bytes for the library, and return these."""
        for is_message, part in self._parts:
            if not is_message:
                return part
            while self._taken < self._splitter.messages_left:
                # One that the library has read is on its way, and comes first.
                self._caught_up = trio.Event()
                await self._caught_up.wait()
            self._receiver.feed(part)
        return None
