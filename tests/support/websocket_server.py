"""A WebSocket server that follows a script, made of plain sockets and threads.

It shares no code with the libraries behind the engines, and can do all that a server must not.
"""

from __future__ import annotations

import base64
import hashlib
import queue
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

import anyio.to_thread
from typing_extensions import Self

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
_PATIENCE = 30.0
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

Script = Callable[["Peer"], None]


class Peer:
    """One connection, as the server sees it. Every call blocks, for 10 seconds at most."""

    def __init__(self, sock: socket.socket, server: Server) -> None:
        self.sock = sock
        self.server = server
        self.request = b""
        self._unread = b""

    # Raw bytes

    def read(self, size: int) -> bytes:
        """Read exactly so many bytes, or what there is before the end."""
        while len(self._unread) < size:
            data = self._receive()
            if not data:
                break
            self._unread += data
        data, self._unread = self._unread[:size], self._unread[size:]
        return data

    def read_until_end(self) -> bytes:
        """Read until the client has hung up."""
        while data := self._receive():
            self._unread += data
        data, self._unread = self._unread, b""
        return data

    def write(self, data: bytes) -> None:
        self.sock.sendall(data)

    def hang_up(self) -> None:
        """End the TCP connection in order."""
        self.sock.close()

    def reset(self) -> None:
        """End the TCP connection with a RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def read_quickly(self) -> None:
        """Have room for more: with a small buffer megabytes take seconds on a busy machine."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024 * 1024)

    def _receive(self) -> bytes:
        try:
            return self.sock.recv(65536)
        except ConnectionError:
            return b""

    # HTTP

    def read_request(self) -> bytes:
        """Read the head of an HTTP request."""
        while b"\r\n\r\n" not in self._unread:
            data = self._receive()
            if not data:
                raise ConnectionAbortedError("the client left")
            self._unread += data
        self.request, _, self._unread = self._unread.partition(b"\r\n\r\n")
        return self.request

    @property
    def headers(self) -> dict[str, str]:
        lines = self.request.decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    def answer(self, status: str, *headers: str, body: bytes = b"") -> None:
        """Answer with an HTTP status."""
        lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
        self.write("\r\n".join(lines).encode("latin-1") + body)

    def upgrade_answer(self, *headers: str) -> bytes:
        """Return the good answer to the handshake."""
        key = self.headers["sec-websocket-key"].encode()
        accept = base64.b64encode(hashlib.sha1(key + _MAGIC).digest()).decode()  # noqa: S324
        lines = [
            "HTTP/1.1 101 Switching Protocols",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Accept: {accept}",
            *headers,
        ]
        return "\r\n".join([*lines, "", ""]).encode()

    def accept(self, *headers: str) -> None:
        """Go through the handshake."""
        self.read_request()
        self.write(self.upgrade_answer(*headers))

    # Frames

    def send_frame(self, opcode: int, payload: bytes = b"", *, fin: bool = True) -> None:
        self.write(frame(opcode, payload, fin=fin))

    def send(self, message: bytes) -> None:
        self.send_frame(BINARY, message)

    def close(self, code: int, reason: str = "") -> None:
        """Send a close frame."""
        self.send_frame(CLOSE, struct.pack("!H", code) + reason.encode())

    def read_frame(self) -> tuple[int, bytes] | None:
        """Read a frame; None when the client has hung up between two."""
        head = self.read(2)
        if not head:
            return None
        length = head[1] & 127
        if length == 126:
            (length,) = struct.unpack("!H", self.read(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self.read(8))
        assert head[0] & 128, "the client sent a fragment"
        assert head[1] & 128, "the client did not mask"
        mask = self.read(4)
        payload = self.read(length)
        assert len(payload) == length, "the client sent half a frame"
        return head[0] & 15, unmask(payload, mask)

    def receive(self) -> bytes:
        """Read a message; a client that has left is survived, as one that resets the connection."""
        received = self.read_frame()
        if received is None:
            raise ConnectionResetError("the client has left")
        assert received[0] == BINARY
        return received[1]

    def read_close(self) -> tuple[int, str]:
        """Read frames up to a close frame, and return what it says."""
        while (received := self.read_frame()) is not None:
            if received[0] == CLOSE:
                (code,) = struct.unpack("!H", received[1][:2])
                return code, received[1][2:].decode()
        raise AssertionError("the client left without a close frame")

    def end_in_order(self) -> tuple[int, str]:
        """Take part in the client's closing handshake, and return what it said."""
        code, reason = self.read_close()
        self.close(code)
        return code, reason

    def tell(self, news: Any) -> None:
        """Leave something for the test to see."""
        self.server.news.put(news)


class Server:
    """Listens on loopback; every connection runs the script in a thread of its own."""

    def __init__(
        self,
        script: Script,
        *,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        receive_buffer: int | None = None,
    ) -> None:
        self.news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.go = threading.Event()
        self._script = script
        self._tls = tls
        self._host = host
        self._listener = socket.socket()
        if receive_buffer is not None:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(128)
        self._threads = [threading.Thread(target=self._accept)]
        self._errors: list[BaseException] = []

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        scheme = "ws" if self._tls is None else "wss"
        return f"{scheme}://{self._host}:{self.port}/socket"

    async def wait(self) -> Any:
        """Wait for the next news from the script."""
        return await anyio.to_thread.run_sync(lambda: self.news.get(timeout=_PATIENCE))

    async def wait_for(self, count: int) -> list[Any]:
        """Wait for the next so many news from the script."""

        def take() -> list[Any]:
            return [self.news.get(timeout=_PATIENCE) for _ in range(count)]

        return await anyio.to_thread.run_sync(take)

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.go.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(_PATIENCE)
        self._listener.close()
        if error is None and self._errors:
            raise self._errors[0]

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=[sock])
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(_PATIENCE)
        try:
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
            with sock:
                self._script(Peer(sock, self))
        except (ConnectionError, ssl.SSLError):
            sock.close()
        except BaseException as error:
            sock.close()
            self._errors.append(error)


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """Return a frame as a server sends it."""
    first = (128 if fin else 0) | opcode
    if len(payload) < 126:
        return bytes([first, len(payload)]) + payload
    if len(payload) < 65536:
        return struct.pack("!BBH", first, 126, len(payload)) + payload
    return struct.pack("!BBQ", first, 127, len(payload)) + payload


def unmask(payload: bytes, mask: bytes) -> bytes:
    """Undo the masking of a client's payload."""
    size = len(payload)
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
    return (int.from_bytes(payload, "big") ^ key).to_bytes(size, "big")


def echo(peer: Peer) -> None:
    """Send every message back, answer pings, and close when the client does."""
    peer.accept()
    while (received := peer.read_frame()) is not None:
        opcode, payload = received
        if opcode == CLOSE:
            peer.send_frame(CLOSE, payload)
            peer.tell((struct.unpack("!H", payload[:2])[0], payload[2:].decode()))
            return
        peer.send_frame(PONG if opcode == PING else opcode, payload)
