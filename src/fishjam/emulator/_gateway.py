"""The ASGI application that the server runs: REST on one side, sockets on the other."""

from __future__ import annotations

from typing import Any

from fishjam.emulator._rest.app import Application
from fishjam.emulator._sockets.endpoints import Sockets


class Gateway:
    """Passes every connection on to the side that it is for."""

    def __init__(self, rest: Application, sockets: Sockets) -> None:
        self._rest = rest
        self._sockets = sockets

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request, or one WebSocket."""
        side = self._sockets if scope["type"] == "websocket" else self._rest
        await side(scope, receive, send)
