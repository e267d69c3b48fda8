"""Frames on asyncio by `picows`, which is written in Cython."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any

import aiofastnet
from attrs import evolve
from picows import WSAutoPingStrategy, WSFrame, WSListener, WSMsgType, WSTransport
from picows.picows import WSProtocol  # type: ignore[attr-defined,unused-ignore]
from websockets.exceptions import ProtocolError
from websockets.frames import Close

from fishjam._concurrency.groups import root_of
from fishjam._websocket._asyncio_connection import AsyncioConnection, CreateConnection, Framing
from fishjam._websocket.close_info import LOST, CloseInfo, CloseInitiator
from fishjam._websocket.opening import ConnectPlan, Progress

_TEXT, _BINARY = WSMsgType.TEXT, WSMsgType.BINARY
_CONTINUATION, _CLOSE = WSMsgType.CONTINUATION, WSMsgType.CLOSE
_PING, _PONG = WSMsgType.PING, WSMsgType.PONG

_PROTOCOL_ERROR, _INVALID_DATA, _TOO_BIG = 1002, 1007, 1009

# It grows with the frames that come; a frame of audio has about 700 bytes.
_READ_BUFFER = 4096

# What it logs are frames that cannot be read, and errors that come out as our own.
_log = logging.LoggerAdapter(logging.getLogger("fishjam.websocket.picows"), {})
_log.setLevel(logging.CRITICAL + 1)

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class PicowsFraming(Framing):
    """The library on a transport of asyncio, which has it as its protocol while it is open.

    The handshake, fragments and closing are not left to it: it would not behave as the other
    engines do. This is the transport's protocol before and after.
    """

    def __init__(
        self, plan: ConnectPlan, progress: Progress, connection: AsyncioConnection
    ) -> None:
        super().__init__(plan, progress, connection)
        self.feed = connection.feed
        self.longest = plan.options.max_message_size
        self.expects_message = True
        """Whether a frame of data is a message: it is not within one, nor after the end."""
        self._library: _Library
        self._wire: WSTransport
        self._is_attached = False
        self._is_open = False
        self._deaf = False
        """Whether what still comes does not count: the server has closed, or broken the rules."""
        self._close_info: CloseInfo | None = None
        self._fragments: list[bytes] = []
        self._size = 0
        self._is_text = False

    def create_connection(self, tls: ssl.SSLContext | None) -> CreateConnection:
        """Return the function that makes a transport in Cython, which `picows` takes by itself.

        It makes TLS with what OpenSSL keeps in the context, past any method of it. So the loop
        has to do it for a context that is not the standard library's, such as truststore's.
        """
        if tls is not None and type(tls).__module__ != ssl.__name__:
            return super().create_connection(tls)
        return partial(aiofastnet.create_connection, asyncio.get_running_loop())

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent: neither side has begun to close."""
        return self._is_open

    def send_message(self, data: bytes) -> None:
        """Send a binary message."""
        self._wire.send(_BINARY, data)

    def send_ping(self, payload: bytes) -> None:
        """Send a ping."""
        self._wire.send_ping(payload)

    def send_close(self, code: int, reason: str) -> None:
        """Send a close frame."""
        self._is_open = False
        self._close_info = CloseInfo(CloseInitiator.FAILURE, code, reason)
        self._wire.send(_CLOSE, Close(code, reason).serialize())

    # Called by the transport

    def data_received(self, data: bytes) -> None:
        """Take bytes of the response; after the end of the connection none count."""
        if not self.handshake.is_under_way:
            return
        frames = self.handshake.take(data)
        if self.handshake.is_complete:
            self._attach(frames)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take notice that it is over."""
        if self._is_attached:
            # So that it does not write to a file descriptor which is another connection's by then.
            self._library.connection_lost(exc)
        else:
            self.note_lost(exc)

    # Called by the library

    def note_lost(self, error: Exception | None) -> None:
        """Take notice that it is over."""
        self._lose(error)
        self._connection.lose(self._closing(error))
        self._is_open = False

    def take_frame(self, frame: WSFrame) -> None:
        """Take a frame that is not a message by itself, or the last one before a failure."""
        self._connection.hear()
        # The library reads one frame ahead; and it hands one that is too long over as well, when
        # more comes after it has objected.
        if not self._deaf and frame.payload_size <= self.longest:
            self._take_frame(frame)
        self.look_for_failure()

    def look_for_failure(self) -> None:
        """Find out whether the library has ended the connection, because of what it cannot read."""
        # It is not asked to close in any other case, so that this flag is about that alone.
        if self._wire.is_close_frame_sent and not self._deaf:
            handshake: Any = self._wire.close_handshake
            sent = handshake.sent
            self._close_info = CloseInfo(CloseInitiator.FAILURE, int(sent.code), sent.reason)
            self._stop_listening()

    def _attach(self, frames: bytes) -> None:
        self._library = library = _Library(self)
        library.open(self.transport)
        self._wire = library.transport
        self._is_attached = self._is_open = True
        # Reading is started again, or uvloop would go on as for the protocol before.
        self.transport.pause_reading()
        self.transport.set_protocol(library)
        self.transport.resume_reading()
        library.feed(frames)

    def _take_frame(self, frame: WSFrame) -> None:
        kind = frame.msg_type
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._fail(_PROTOCOL_ERROR, "reserved bits must be 0")
        elif kind == _PING:
            # Not after a close frame of our own (RFC 6455, 5.5.1).
            if self._is_open:
                self._wire.send_pong(frame.get_payload_as_bytes())
        elif kind == _PONG:
            self._connection.take_pong(frame.get_payload_as_bytes())
        elif kind == _CLOSE:
            self._take_close(frame.get_payload_as_bytes())
        elif (kind == _CONTINUATION) == self.expects_message:
            self._fail(_PROTOCOL_ERROR, "a message in fragments out of order")
        else:
            self._take_fragment(frame)

    def _take_fragment(self, frame: WSFrame) -> None:
        if self.expects_message:
            self._is_text = frame.msg_type == _TEXT
            self._size = 0
        self._size += frame.payload_size
        self._fragments.append(frame.get_payload_as_bytes())
        self.expects_message = frame.fin
        if self._size > self.longest:
            self._fail(_TOO_BIG, "the fragments of a message are too long")
        elif frame.fin:
            message, self._fragments = b"".join(self._fragments), []
            self._pass_on(message)

    def _pass_on(self, message: bytes) -> None:
        if not self._is_text:
            self.feed(message)
            return
        try:
            text = message.decode()
        except UnicodeDecodeError as error:
            self._fail(_INVALID_DATA, f"{error.reason} at position {error.start}")
        else:
            self.feed(text)

    def _take_close(self, payload: bytes) -> None:
        try:
            close = Close.parse(payload)
        except ProtocolError as error:
            self._fail(_PROTOCOL_ERROR, str(error))
            return
        if self._is_open:
            self._close_info = CloseInfo(CloseInitiator.SERVER, close.code, close.reason)
            self._wire.send(_CLOSE, payload)
        self._stop_listening()

    def _fail(self, code: int, reason: str) -> None:
        self.send_close(code, reason)
        self._stop_listening()

    def _stop_listening(self) -> None:
        self._is_open = self.expects_message = False
        self._deaf = True
        # The library would go on reading, into a buffer that grows with what a frame claims to be.
        self.transport.set_protocol(self)
        self._await_end(self._closing(None))

    def _closing(self, error: Exception | None) -> CloseInfo:
        if self._is_attached:
            self.look_for_failure()
            error = error or self._library.error
        cause = None if error is None else root_of(error)
        if self._close_info is None:
            return CloseInfo(CloseInitiator.LOST, LOST, cause=cause)
        return evolve(self._close_info, cause=cause)


class _Listener(WSListener):  # type: ignore[misc,unused-ignore]
    """Gets each frame; most are messages by themselves."""

    def __init__(self, framing: PicowsFraming) -> None:
        self._framing = framing

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take a frame."""
        framing = self._framing
        if (
            frame.msg_type is _BINARY
            and frame.fin
            and not (frame.rsv1 or frame.rsv2 or frame.rsv3)
            and framing.expects_message
            and not transport.is_close_frame_sent
        ):
            framing.feed(frame.get_payload_as_bytes())
        else:
            framing.take_frame(frame)


class _Library(WSProtocol):  # type: ignore[misc,unused-ignore]
    """The library's protocol, which begins with a handshake that was done before."""

    def __init__(self, framing: PicowsFraming) -> None:
        super().__init__(
            host_port="",
            ws_path="/",
            is_client_side=True,
            ws_listener_factory=lambda: _Listener(framing),
            logger=_log,
            disconnect_on_exception=False,
            websocket_handshake_timeout=None,
            enable_auto_ping=False,
            auto_ping_idle_timeout=0,
            auto_ping_reply_timeout=0,
            auto_ping_strategy=WSAutoPingStrategy.PING_WHEN_IDLE,
            # Pings are not answered by it: it does not look at their reserved bits.
            enable_auto_pong=False,
            max_frame_size=framing.longest,
            extra_headers=None,
            read_buffer_init_size=_READ_BUFFER,
        )
        self._framing = framing
        self.error: Exception | None = None
        """What ended the connection, where it was the library."""

    def open(self, transport: asyncio.Transport) -> None:
        """Begin on a transport over which the server has agreed to a WebSocket already."""
        pipe = _Pipe(transport, self._framing.look_for_failure)
        self.connection_made(pipe)
        pipe.is_open = True
        key = self.transport.request.headers["Sec-WebSocket-Key"].encode()
        accepted = base64.b64encode(hashlib.sha1(key + _GUID).digest())  # noqa: S324 - RFC 6455
        self.feed(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accepted + b"\r\n\r\n"
        )

    def feed(self, data: bytes) -> None:
        """Take bytes that have come before this was the transport's protocol."""
        while data:
            buffer = self.get_buffer(-1)
            part, data = data[: len(buffer)], data[len(buffer) :]
            buffer[: len(part)] = part
            self.buffer_updated(len(part))

    def pause_writing(self) -> None:
        """Hold senders back."""
        self._framing.pause_writing()

    def resume_writing(self) -> None:
        """Let senders go on."""
        self._framing.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take notice that it is over."""
        super().connection_lost(exc)
        try:
            # It is over, so this ends at once; an error that is not fetched would be logged.
            self.transport.wait_disconnected().send(None)
        except StopIteration:
            pass
        except Exception as error:
            self.error = error
        finally:
            self._framing.note_lost(exc)


class _Pipe:
    """The transport as the library sees it: the request is not sent, and closing is not its own."""

    def __init__(self, transport: asyncio.Transport, on_close: Callable[[], None]) -> None:
        self.is_open = False
        """Whether the request is over."""
        self.get_extra_info = transport.get_extra_info
        self.get_write_buffer_size = transport.get_write_buffer_size
        # What the library does 10 ms after it has sent a close frame by itself. The server should
        # have time to read it.
        self.close = on_close
        self._transport = transport

    def write(self, data: Any) -> None:
        """Send, unless it is the library's own request."""
        if self.is_open:
            self._transport.write(data)
