"""The emulator's web server, in a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Sequence
from typing import Any, Protocol, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from fishjam.emulator._errors import EmulatorError

KEEP_ALIVE = 75
"""Seconds that an idle connection stays open.

Longer than clients keep one idle: a request on a connection that is being closed fails.
"""


MAX_MESSAGE = 16 * 1024 * 1024
"""Bytes of a WebSocket message that a client may send."""
PING_INTERVAL = 30.0
"""Seconds between two pings to a WebSocket client."""
PING_TIMEOUT = 30.0
"""Seconds that the client has to answer a ping."""
_THREAD = "fishjam-emulator"


class TcpConnection:
    """The TCP connection of one client; used inside the server's loop."""

    def __init__(self, transports: Sequence[asyncio.Transport]) -> None:
        # At most one; none if the client has disconnected already.
        self._transports = transports

    def abort(self) -> None:
        """Abort the connection."""
        for transport in self._transports:
            transport.abort()

    def backlog(self) -> int:
        """Return how many bytes are buffered in the transport."""
        return sum(transport.get_write_buffer_size() for transport in self._transports)


class Service(Protocol):
    """A part that works inside the server's loop beside the requests."""

    async def open(self) -> None:
        """Start working."""

    async def aclose(self) -> None:
        """Stop working."""


# uvicorn (seen in 0.54) logs these as warnings and errors, the last one with a traceback: a
# handshake that was refused on purpose, and nonsense of clients, which have their answer.
_NOT_LOGGED = (
    "without completing handshake",
    "Invalid HTTP request received",
    "Invalid UTF-8 sequence received",
)


def _is_worth_logging(record: logging.LogRecord) -> bool:
    # Of a uvicorn server of the user's everything is, and our lines would seem to be of that one.
    return record.threadName != _THREAD or (
        record.levelno >= logging.WARNING
        and not any(text in record.getMessage() for text in _NOT_LOGGED)
    )


logging.getLogger("uvicorn.error").addFilter(_is_worth_logging)


class _Server(uvicorn.Server):
    """A uvicorn server that signals when it is ready, and stops without waiting for clients."""

    def __init__(self, config: uvicorn.Config, services: tuple[Service, ...]) -> None:
        super().__init__(config)
        self._services = services
        self.ready = threading.Event()
        self.closing = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving and signal it."""
        await super().startup(sockets)
        for service in self._services:
            await service.open()
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop at once and abort what is still open."""
        # First, so that requests that are being delayed come to an end.
        self.closing.set()
        for service in self._services:
            await service.aclose()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await super().shutdown(sockets)


class ServerThread:
    """Serves an ASGI application on a socket, on an event loop of its own.

    Args:
        listener: a socket that listens; it is closed with the server.
    """

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._server: _Server
        self._thread: threading.Thread
        self._error: BaseException | None = None

    def start(self, app: Any, *services: Service) -> None:
        """Start serving; returns when requests are answered.

        Args:
            app: the application.
            services: the parts that work in the same loop until the end.

        Raises:
            EmulatorError: if the server cannot run.
        """
        self._server = _Server(_config(app), services)
        # A daemon, so that a program that forgets `stop` can still end.
        self._thread = threading.Thread(target=self._run, name=_THREAD, daemon=True)
        self._thread.start()
        self._server.ready.wait()
        if self._error is not None:
            self.stop()
            raise EmulatorError("the emulator's server did not start") from self._error

    def stop(self) -> None:
        """Close all connections and wait for the thread to end."""
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()

    async def pause(self, seconds: float) -> bool:
        """Wait inside the server; returns False if the server stops meanwhile."""
        try:
            await asyncio.wait_for(self._server.closing.wait(), seconds)
        except asyncio.TimeoutError:
            return True
        return False

    def drop(self, client: tuple[str, int]) -> None:
        """Abort the connection of a client, from inside the server."""
        self.tcp(client).abort()

    def tcp(self, client: tuple[str, int]) -> TcpConnection:
        """Return the present connection of a client."""
        return TcpConnection(
            [
                connection.transport
                for connection in self._server.server_state.connections
                if getattr(connection, "client", None) == client
            ]
        )

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listener])
        except BaseException as error:
            self._error = error
        finally:
            # Also after a failure, or `start` would wait for ever.
            self._server.ready.set()


class _Protocol(H11Protocol):
    """HTTP without an access log.

    The setting of uvicorn would disable the log of every other uvicorn server in the process.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False


class _SocketProtocol(WebSocketsSansIOProtocol):
    """A WebSocket whose reading pauses only where that makes a difference."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Work over a transport."""
        super().connection_made(PatientTransport(cast("asyncio.Transport", transport)))


class PatientTransport(asyncio.Transport):
    """Pauses reading at the end of the turn, if it still should then.

    uvicorn (seen in 0.54) pauses for each message and goes on as soon as the application has taken
    it. Two system calls for that take longer than all that the emulator does with a chunk of audio.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._should_pause = False
        self._is_paused = False

    def pause_reading(self) -> None:
        """Pause, unless `resume_reading` is called before the turn ends."""
        self._should_pause = True
        self._loop.call_soon(self._pause)

    def resume_reading(self) -> None:
        """Read again."""
        self._should_pause = False
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()

    def _pause(self) -> None:
        if self._should_pause and not self._is_paused and not self._transport.is_closing():
            self._is_paused = True
            self._transport.pause_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what the transport knows."""
        return self._transport.get_extra_info(name, default)

    def get_write_buffer_size(self) -> int:
        """Return how many bytes wait to go out."""
        return self._transport.get_write_buffer_size()

    def is_closing(self) -> bool:
        """Tell whether it is being closed."""
        return self._transport.is_closing()

    def write(self, data: Any) -> None:
        """Send bytes."""
        self._transport.write(data)

    def close(self) -> None:
        """Close it once all is sent."""
        self._transport.close()

    def abort(self) -> None:
        """Close it at once."""
        self._transport.abort()


def _config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Protocol,
        loop="asyncio",
        ws=_SocketProtocol,
        ws_max_size=MAX_MESSAGE,
        ws_ping_interval=PING_INTERVAL,
        ws_ping_timeout=PING_TIMEOUT,
        ws_per_message_deflate=False,
        # The services are opened and closed by `_Server`.
        lifespan="off",
        # uvicorn would set up the logging of the whole process.
        log_config=None,
        # A header could replace the address of the client, by which `tcp` finds its connection.
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=1,
    )
