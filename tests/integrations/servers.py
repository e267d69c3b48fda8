"""Real web servers on loopback, one of each kind, in threads."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import uvicorn
import werkzeug.serving
from aiohttp import web


def url_of(sock: socket.socket) -> str:
    return f"http://127.0.0.1:{sock.getsockname()[1]}"


@contextmanager
def in_thread(run: Callable[[], object], stop: Callable[[], object]) -> Iterator[None]:
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join()


@contextmanager
def uvicorn_server(app: Any, lifespan: Any = "off") -> Iterator[str]:
    """Serve an ASGI application; a request may come before the server has started."""
    config = uvicorn.Config(app, lifespan=lifespan, ws="none", log_config=None)
    server = uvicorn.Server(config)

    def stop() -> None:
        server.should_exit = True

    with (
        socket.create_server(("127.0.0.1", 0)) as sock,
        in_thread(lambda: server.run(sockets=[sock]), stop),
    ):
        yield url_of(sock)


@contextmanager
def werkzeug_server(app: Any) -> Iterator[str]:
    """Serve a WSGI application with what `flask run` uses."""
    server = werkzeug.serving.make_server("127.0.0.1", 0, app, threaded=True)
    with in_thread(server.serve_forever, server.shutdown):
        yield url_of(server.socket)
    server.server_close()


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


class _WSGIServer(ThreadingMixIn, WSGIServer):
    """Has a thread for each request, and waits for them at the end."""


@contextmanager
def wsgiref_server(app: Any) -> Iterator[str]:
    """Serve a WSGI application with what `manage.py runserver` is made of."""
    with _WSGIServer(("127.0.0.1", 0), _QuietHandler) as server:
        server.set_app(app)
        with in_thread(server.serve_forever, server.shutdown):
            yield url_of(server.socket)


@contextmanager
def aiohttp_server(app: web.Application) -> Iterator[str]:
    """Serve an application of aiohttp."""
    stopper: Future[Callable[[], object]] = Future()

    async def serve(sock: socket.socket) -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        stopper.set_result(lambda: loop.call_soon_threadsafe(stopped.set))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.SockSite(runner, sock).start()
        await stopped.wait()
        await runner.cleanup()

    with (
        socket.create_server(("127.0.0.1", 0)) as sock,
        in_thread(lambda: asyncio.run(serve(sock)), lambda: stopper.result()()),
    ):
        yield url_of(sock)
