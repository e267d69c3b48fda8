"""A real HTTP server on loopback that does what a test says, and remembers what it was sent."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from attrs import frozen

# A connection that ends in this way is reset, not closed in order.
_RESET = struct.pack("ii", 1, 0)
_NO_BODY = frozenset({204, 304})


@frozen
class Received:
    """One request as it came: `target` is the raw text of the request line."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key == name]
        return ", ".join(found) if found else None

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@frozen
class Reply:
    """An answer. `body` is sent as it is when it is bytes or text, else as JSON."""

    status: int = 200
    body: Any = b""
    headers: tuple[tuple[str, str], ...] = ()
    interim: bytes = b""
    trickle: bool = False
    pause: float = 0.0
    """Seconds between the pieces of a reply that trickles."""

    def wire(self) -> bytes:
        body = self.body
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        content = body.encode() if isinstance(body, str) else body
        lines = [f"HTTP/1.1 {self.status} Scripted"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.status in _NO_BODY or self.status < 200:
            content = b""
        else:
            lines.append(f"content-length: {len(content)}")
        head = "\r\n".join(lines) + "\r\n\r\n"
        return self.interim + head.encode("latin-1") + content


@frozen
class Raw:
    """These bytes and nothing more; then the connection ends."""

    data: bytes


@frozen
class Hang:
    """No answer, or only these bytes of one, for as long as the client waits."""

    data: bytes = b""


@frozen
class Close:
    """The request is read, and the connection ends without an answer."""


@frozen
class Reset:
    """The request is read, and the connection is reset."""


@frozen
class CloseUnread:
    """The connection is reset as soon as the request begins to arrive."""


@frozen
class StopReading:
    """The request begins to arrive, and nobody reads the rest of it."""


@frozen
class Endless:
    """These bytes, and then a piece again and again, for as long as the client takes it."""

    data: bytes
    piece: bytes
    pause: float = 0.0


Action = Endless | Reply | Raw | Hang | Close | Reset | CloseUnread | StopReading
Answerer = Callable[[Received], Action]


class ScriptedServer:
    """Plays a script, one action for each request; then goes on with `otherwise`."""

    def __init__(self, *script: Action, otherwise: Action | Answerer | None = None) -> None:
        self.script = deque(script)
        self.otherwise = otherwise
        self.requests: list[Received] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._stopped = threading.Event()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def targets(self) -> list[str]:
        return [request.target for request in self.requests]

    def __enter__(self) -> ScriptedServer:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        _end(self._listener)
        with self._lock:
            for connection in self._open:
                _end(connection)
        for thread in self._threads:
            thread.join()

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with self._listener:
            while not self._stopped.is_set():
                with contextlib.suppress(OSError):
                    connection, _ = self._listener.accept()
                    with self._lock:
                        self.connections += 1
                        self._open.add(connection)
                    self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, contextlib.suppress(OSError):
            while not self._stopped.is_set() and self._serve_one(connection):
                pass
        with self._lock:
            self._open.discard(connection)

    def _serve_one(self, connection: socket.socket) -> bool:
        begun = connection.recv(1, socket.MSG_PEEK)
        if not begun:
            return False
        if self.script and isinstance(self.script[0], (CloseUnread, StopReading)):
            return self._act(connection, self.script.popleft())
        received = _read(connection)
        with self._lock:
            self.requests.append(received)
            action = self._next(received)
        return self._act(connection, action)

    def _next(self, received: Received) -> Action:
        if self.script:
            return self.script.popleft()
        if callable(self.otherwise):
            return self.otherwise(received)
        return self.otherwise or Reply(599, "the script is over")

    def _act(self, connection: socket.socket, action: Action) -> bool:
        if isinstance(action, Reply):
            _send(connection, action)
            return True
        if isinstance(action, Raw):
            connection.sendall(action.data)
        elif isinstance(action, Endless):
            self._go_on(connection, action)
        elif isinstance(action, (Hang, StopReading)):
            connection.sendall(action.data if isinstance(action, Hang) else b"")
            self._wait_for_the_end(connection, reading=isinstance(action, Hang))
        elif isinstance(action, (Reset, CloseUnread)):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        return False

    def _go_on(self, connection: socket.socket, action: Endless) -> None:
        connection.sendall(action.data)
        while not self._stopped.wait(action.pause):
            connection.sendall(action.piece)

    def _wait_for_the_end(self, connection: socket.socket, *, reading: bool) -> None:
        if reading:
            connection.recv(1)
        else:
            self._stopped.wait()


def _send(connection: socket.socket, reply: Reply) -> None:
    data = reply.wire()
    step = 7 if reply.trickle else len(data)
    for start in range(0, len(data), step):
        connection.sendall(data[start : start + step])
        time.sleep(reply.pause)


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _read(connection: socket.socket) -> Received:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = tuple(_header(line) for line in lines)
    missing = int(dict(headers).get("content-length", "0")) - len(body)
    while missing > 0:
        more = _some(connection)
        body += more
        missing -= len(more)
    method, target, _ = first.split(" ")
    return Received(method, target, headers, body)


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("the client went away")
    return data


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


@contextlib.contextmanager
def refusing_port() -> Iterator[int]:
    """A port that belongs to somebody who does not listen: connecting is refused."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
