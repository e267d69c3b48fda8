"""Frames on asyncio by `websockets`, driven where the bytes arrive."""

from __future__ import annotations

import asyncio
import time
from typing import cast

from websockets.client import ClientProtocol
from websockets.frames import (  # type: ignore[attr-defined,unused-ignore]
    Frame,
    Opcode,
    apply_mask,  # type: ignore[attr-defined,unused-ignore]
)
from websockets.protocol import State

from fishjam._concurrency.groups import root_of
from fishjam._websocket._asyncio_connection import AsyncioConnection, Framing
from fishjam._websocket._frames import FrameSplitter, client_frame
from fishjam._websocket.close_info import LOST, CloseInfo, CloseInitiator
from fishjam._websocket.opening import ConnectPlan, Progress

# What is sent within so many seconds of a write goes out together at the end of the turn: a system
# call takes longer than all else. A single message does not wait for that.
_TOGETHER = 0.001

_INVALID_DATA = 1007
_DATA = frozenset({Opcode.CONT, Opcode.TEXT, Opcode.BINARY})


class WebsocketsFraming(Framing):
    """The library's protocol without I/O, on a transport of asyncio."""

    def __init__(
        self, plan: ConnectPlan, progress: Progress, connection: AsyncioConnection
    ) -> None:
        super().__init__(plan, progress, connection)
        self._library = self.handshake.library
        self._splitter = FrameSplitter(plan.options.max_message_size)
        self._fragments: list[bytes] = []
        self._is_text = False
        self._deaf = False
        """Whether what still comes does not count: the server has closed, or broken the rules."""
        self._outgoing: list[bytes] = []
        self._last_write = 0.0

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent: neither side has begun to close."""
        return self._library.state is State.OPEN

    def send_message(self, data: bytes) -> None:
        """Send a binary message, alone or together with what else this turn of the loop sends."""
        frame = client_frame(data, apply_mask)
        if self._outgoing:
            self._outgoing.append(frame)
        elif time.monotonic() - self._last_write > _TOGETHER:
            self._write_out(frame)
        else:
            self._outgoing.append(frame)
            asyncio.get_running_loop().call_soon(self._write)

    def send_ping(self, payload: bytes) -> None:
        """Send a ping."""
        self._library.send_ping(payload)
        self._write()

    def send_close(self, code: int, reason: str) -> None:
        """Send a close frame."""
        self._library.send_close(code, reason)
        self._write()

    # Called by the transport

    def data_received(self, data: bytes) -> None:
        """Take bytes of the response, then of frames."""
        if self.handshake.is_under_way:
            data = self.handshake.take(data)
        self._connection.hear()
        for is_message, part in self._splitter.split(data):
            if not is_message:
                self._give_to_library(part)
            elif not self._deaf:
                self._connection.feed(part)

    def eof_received(self) -> None:
        """Take the end of what the server sends; then the transport closes."""
        self._library.receive_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take notice that it is over."""
        self._lose(exc)
        self._connection.lose(_close_info(self._library, exc))

    def _give_to_library(self, data: bytes) -> None:
        self._library.receive_data(data)
        for event in self._library.events_received():
            self._take_frame(cast("Frame", event))
        self._write()
        self._deaf = self._library.state is not State.OPEN
        if self._deaf:
            self._await_end(_close_info(self._library))

    def _take_frame(self, frame: Frame) -> None:
        if frame.opcode is Opcode.PONG:
            self._connection.take_pong(bytes(frame.data))
        if frame.opcode not in _DATA:
            return
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        self._fragments.append(bytes(frame.data))
        if frame.fin:
            message, self._fragments = b"".join(self._fragments), []
            self._pass_on(message)

    def _pass_on(self, message: bytes) -> None:
        if not self._is_text:
            self._connection.feed(message)
            return
        try:
            text = message.decode()
        except UnicodeDecodeError as error:
            self._library.fail(_INVALID_DATA, f"{error.reason} at position {error.start}")
        else:
            self._connection.feed(text)

    def _write(self) -> None:
        # What the library has to say comes last: it may be a close frame.
        data = b"".join([*self._outgoing, *self._library.data_to_send()])
        self._outgoing.clear()
        if data:
            self._write_out(data)

    def _write_out(self, data: bytes) -> None:
        # The connection may have been reset since, and uvloop's transport would raise then.
        if not self.transport.is_closing():
            self.transport.write(data)
            self._last_write = time.monotonic()


def _close_info(library: ClientProtocol, broken_by: Exception | None = None) -> CloseInfo:
    error = broken_by or library.parser_exc
    cause = None if error is None else root_of(error)
    received, sent = library.close_rcvd, library.close_sent
    if received is not None and (sent is None or library.close_rcvd_then_sent):
        return CloseInfo(CloseInitiator.SERVER, received.code, received.reason, cause)
    if sent is not None:
        return CloseInfo(CloseInitiator.FAILURE, sent.code, sent.reason, cause)
    return CloseInfo(CloseInitiator.LOST, LOST, cause=cause)
