"""The health endpoint of a process: whether it lives, whether it takes work, and its metrics."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import anyio
from anyio.abc import ByteStream, Listener, SocketListener
from attrs import define, frozen

from fishjam._concurrency.racing import Tasks, with_tasks
from fishjam.errors import ConfigurationError
from fishjam.fleet._metrics import CONTENT_TYPE

MAX_HEAD = 8 * 1024
"""Bytes that a request may have."""

PATIENCE = 5.0
"""Seconds that a request may take to arrive and its answer to leave."""

NO_MORE = 0.2
"""Seconds until the next try to accept a connection, when the process can have no more."""

_LIMIT = 65_535
_PLAIN = "text/plain; charset=utf-8"
_REASONS = {
    200: "OK",
    404: "Not Found",
    405: "Method Not Allowed",
    500: "Internal Server Error",
    503: "Service Unavailable",
}

_log = logging.getLogger("fishjam")


@frozen
class Reply:
    """What a request is answered with."""

    status: int
    text: str
    content_type: str = _PLAIN

    def to_bytes(self, *, with_body: bool) -> bytes:
        """Write it as HTTP; the connection ends with it."""
        body = self.text.encode()
        head = (
            f"HTTP/1.1 {self.status} {_REASONS[self.status]}\r\n"
            f"content-type: {self.content_type}\r\ncontent-length: {len(body)}\r\n"
            "cache-control: no-store\r\nconnection: close\r\n\r\n"
        )
        return head.encode() + (body if with_body else b"")


@frozen
class Place:
    """Where to listen: a host and a port, or the path of a Unix socket."""

    host: str
    port: int
    path: str | None = None

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read "HOST:PORT", ":PORT" or "PORT" (on 127.0.0.1), or "unix:PATH".

        Raises `ConfigurationError` for anything else.
        """
        if text.startswith("unix:"):
            return cls("", 0, text.removeprefix("unix:"))
        host, _, port = text.rpartition(":")
        if not port.isascii() or not port.isdigit() or int(port) > _LIMIT:
            raise ConfigurationError(
                f"health={text!r}: give a host and a port, such as 127.0.0.1:9464"
            )
        # Not all addresses, unless asked for: what it reports is not public.
        return cls(host.removeprefix("[").removesuffix("]") or "127.0.0.1", int(port))


@define
class Health:
    """Answers requests for the health of a process, or of several.

    Attributes:
        place: where it listens.
        trouble: returns why no new work is taken, or None if it is.
        metrics: makes the OpenMetrics text.
        lifeless: returns what does not answer any more, or None if all does.
    """

    place: Place
    trouble: Callable[[], Awaitable[str | None]]
    metrics: Callable[[], Awaitable[str]]
    lifeless: Callable[[], Awaitable[str | None]] | None = None

    async def run(self) -> None:
        """Answer until cancelled.

        Raises:
            OSError: the address cannot be listened on.
        """
        place = self.place
        listener: Listener[Any]
        # Typed as what has only a loop of its own.
        listeners: Sequence[Any]
        if place.path is not None:
            listener = unix = await anyio.create_unix_listener(place.path)
            listeners = [unix]
        else:
            # One for each address of the host.
            listener = tcp = await anyio.create_tcp_listener(
                local_host=place.host, local_port=place.port
            )
            listeners = tcp.listeners
        async with listener:
            await with_tasks(partial(self._listen, listeners))

    async def _listen(self, listeners: Sequence[Any], tasks: Tasks) -> None:
        for listener in listeners:
            tasks.start(partial(self._accept_for_ever, listener, tasks))
        await anyio.sleep_forever()

    async def _accept_for_ever(self, listener: SocketListener, tasks: Tasks) -> None:
        # Not the listener's own loop: it ends when there are too many open files.
        while True:
            try:
                stream = await listener.accept()
            except (OSError, anyio.BrokenResourceError) as error:
                _log.warning("the health endpoint cannot take a connection: %r", error)
                await anyio.sleep(NO_MORE)
            else:
                tasks.start(partial(self._serve, stream))

    async def _serve(self, stream: ByteStream) -> None:
        # A client that breaks off or sends nothing harms only itself.
        with anyio.move_on_after(PATIENCE):
            try:
                async with stream:
                    await self._answer(stream)
            except (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream):
                return

    async def _answer(self, stream: ByteStream) -> None:
        method, path = await _read_request(stream)
        try:
            reply = await self.reply(path)
        except Exception:
            # What cannot be told must not end what it tells of.
            _log.exception("the health endpoint cannot answer for %s", path)
            reply = Reply(500, "see the log\n")
        if method not in ("GET", "HEAD"):
            reply = Reply(405, "use GET\n")
        await stream.send(reply.to_bytes(with_body=method != "HEAD"))

    async def reply(self, path: str) -> Reply:
        """Return the answer for a path."""
        if path == "/livez":
            # That it is written at all shows that the loop runs.
            return _reply_of(await self.lifeless() if self.lifeless else None)
        if path == "/readyz":
            return _reply_of(await self.trouble())
        if path == "/metrics":
            return Reply(200, await self.metrics(), CONTENT_TYPE)
        return Reply(404, "there are /livez, /readyz and /metrics\n")


def _reply_of(complaint: str | None) -> Reply:
    return Reply(200, "ok\n") if complaint is None else Reply(503, f"{complaint}\n")


async def _read_request(stream: ByteStream) -> tuple[str, str]:
    """Return the method and the path of a request; empty texts for what is not one."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) < MAX_HEAD:
        head += await stream.receive()
    words = head.partition(b"\r\n")[0].decode("latin-1").split(" ")
    if len(words) != 3:
        return "", ""
    return words[0], words[1].partition("?")[0]


async def fetch(path: str, resource: str) -> tuple[int, str]:
    """Ask the health endpoint at a Unix socket; returns the status and the text.

    Raises:
        OSError: nothing listens there.
    """
    async with await anyio.connect_unix(path) as stream:
        await stream.send(f"GET {resource} HTTP/1.1\r\nhost: worker\r\n\r\n".encode())
        answer = b"".join([part async for part in stream])
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), body.decode()
