"""A receiver of webhooks on loopback, which answers as the test wants."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from attrs import Factory, define

from fishjam.events import Notification
from fishjam.webhooks import receive_webhook
from tests.support.local_http import Quiet, serving

PATIENCE = 60.0
DEVELOPMENT = "development"


@define
class Hook:
    """One request, as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    def events(self, secret: str = DEVELOPMENT) -> list[Notification]:
        """Check the signature and return the events."""
        return receive_webhook(self.headers, self.body, secret)


@define
class Receiver:
    """What came in, and what is answered: first the ordered statuses, then always 204.

    A status 0 breaks the connection. While `open` is not set, no request is answered.
    """

    url: str = ""
    statuses: queue.SimpleQueue[int] = Factory(queue.SimpleQueue)
    hooks: queue.SimpleQueue[Hook] = Factory(queue.SimpleQueue)
    open: threading.Event = Factory(threading.Event)
    headers: dict[str, str] = Factory(dict)
    body: bytes = b""

    def answer(self, *statuses: int) -> None:
        for status in statuses:
            self.statuses.put(status)

    def take(self) -> Hook:
        """Return the next request; it has to come within twenty seconds."""
        return self.hooks.get(timeout=PATIENCE)

    def events(self, count: int) -> list[Notification]:
        """Return the events of the next requests."""
        return [event for _ in range(count) for event in self.take().events()]

    def next_status(self) -> int:
        try:
            return self.statuses.get_nowait()
        except queue.Empty:
            return 204


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.open.set()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.hooks.put(Hook(self.path, headers, body))
            # It is set at the end of the test at the latest.
            receiver.open.wait()
            status = receiver.next_status()
            if not status:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if status != 204:
                self.wfile.write(receiver.body)

    with serving(Handler) as url:
        receiver.url = f"{url}/hook?x=1"
        try:
            yield receiver
        finally:
            receiver.open.set()
