"""The WebSocket endpoints as an ASGI application."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from fishjam.emulator._clock import EmulatorClock
from fishjam.emulator._delivery.outbox import Outbox
from fishjam.emulator._rest.responses import RestResponse, json_response
from fishjam.emulator._rest.routes import split_path
from fishjam.emulator._server import ServerThread
from fishjam.emulator._sockets.connection import SocketConnection
from fishjam.emulator._sockets.connection_registry import (
    ConnectionRegistry,
    LingeringSession,
    SocketKind,
)
from fishjam.emulator._sockets.session import SocketSession


class SocketEndpoints:
    """Serves WebSockets under `/socket/{kind}/websocket`.

    Args:
        connections: registers the open sockets.
        sessions: create the session for an outbox, by the kind of socket.
        lock: the emulator's lock.
        clock: the emulator's clock.
        server: the server that runs the application.
    """

    def __init__(
        self,
        connections: ConnectionRegistry,
        sessions: Mapping[SocketKind, Callable[[Outbox], SocketSession]],
        lock: threading.RLock,
        clock: EmulatorClock,
        server: ServerThread,
    ) -> None:
        self._connections = connections
        self._sessions = sessions
        self._lock = lock
        self._clock = clock
        self._server = server

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one WebSocket from its handshake to its end."""
        # ASGI announces the handshake with a message before it may be answered.
        await receive()
        kind = self._kind(scope["raw_path"].decode())
        if kind is None:
            await _refuse(send, json_response(404, {"errors": "no such socket"}))
        elif self._connections.refusal is not None:
            text = "connections are refused on request"
            await _refuse(send, json_response(self._connections.refusal, {"errors": text}))
        else:
            tcp = self._server.tcp(scope["client"])
            await self._serve(SocketConnection(receive, send, tcp), kind)

    def _kind(self, raw_path: str) -> SocketKind | None:
        segments, _ = split_path(raw_path)
        for kind in self._sessions:
            if segments == ["socket", kind, "websocket"]:
                return kind
        return None

    async def _serve(self, connection: SocketConnection, kind: SocketKind) -> None:
        session = LingeringSession(self._sessions[kind](connection.outbox))
        # Before the handshake is answered, so that a test that knows of the socket can drop it.
        with self._lock:
            self._connections.add(connection.outbox, kind, session)
        try:
            await connection.run(session, self._lock, self._clock)
        finally:
            with self._lock:
                self._connections.remove(connection.outbox)


async def _refuse(send: Any, response: RestResponse) -> None:
    headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]
    # An extension of ASGI: to close the socket before it is accepted could only answer 403.
    start = {"type": "websocket.http.response.start", "status": response.status, "headers": headers}
    await send(start)
    await send({"type": "websocket.http.response.body", "body": response.content})
