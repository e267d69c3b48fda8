"""The thread in which the emulator's web server runs."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import uvicorn

from fishjam.emulator._errors import EmulatorError

KEEP_ALIVE = 75
"""Seconds that an idle connection stays open; long, so that clients seldom meet a closing one."""


class _Server(uvicorn.Server):
    """A uvicorn server that says when it is ready, and does not wait for slow clients."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self.closing = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve and say so."""
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End at once: nothing that is still open is worth waiting for."""
        self.closing.set()
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

    def start(self, app: Any) -> None:
        """Begin to serve; returns when requests are answered.

        Raises:
            EmulatorError: if the server cannot run.
        """
        self._server = _Server(_config(app))
        self._thread = threading.Thread(target=self._run, name="fishjam-emulator", daemon=True)
        self._thread.start()
        self._server.ready.wait()
        if self._error is not None:
            self.stop()
            raise EmulatorError("the emulator's server did not start") from self._error

    def stop(self) -> None:
        """End all connections and wait until the thread is gone."""
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()

    async def pause(self, seconds: float) -> bool:
        """Wait inside the server; tells whether it is still to go on afterwards."""
        try:
            await asyncio.wait_for(self._server.closing.wait(), seconds)
        except asyncio.TimeoutError:
            return True
        return False

    def drop(self, client: tuple[str, int]) -> None:
        """End the connection of a client without a word, from inside the server."""
        for connection in self._server.server_state.connections:
            if getattr(connection, "client", None) == client:
                connection.transport.abort()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listener])
        except BaseException as error:
            self._error = error
        finally:
            self._server.ready.set()


def _config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=1,
    )
