"""The ASGI application without a server around it."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from fishjam.emulator._model.state import State
from fishjam.emulator._rest.apis import FISHJAM
from fishjam.emulator._rest.app import Application
from fishjam.emulator._rest.faults import Break, Faults
from fishjam.emulator._rest.operations import Operations
from fishjam.emulator._rest.request_log import RequestLog
from fishjam.emulator._rest.service import RestService

pytestmark = pytest.mark.anyio

CLIENT = ("127.0.0.1", 4)
END = {"type": "http.disconnect"}


def chunk(body: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


class TcpConnection:
    """Stands for the server: what it received, what was sent, who was cut off."""

    def __init__(self, *incoming: dict[str, Any]) -> None:
        self.incoming = list(incoming)
        self.sent: list[dict[str, Any]] = []
        self.dropped: list[object] = []
        self.faults = Faults(["create_room"])
        self.journal = RequestLog()

    def drop(self, client: object) -> None:
        self.dropped.append(client)

    async def call(self, **scope: Any) -> None:
        state = State(time.time, lambda: "id")
        operations = {FISHJAM: Operations(state, "http://o", "http://r")}
        service = RestService(operations, "t", threading.RLock())
        server: Any = self
        app = Application(service, self.faults, self.journal, server, {})
        await app({**SCOPE, **scope}, self._receive, self._send)

    async def _receive(self) -> dict[str, Any]:
        return self.incoming.pop(0)

    async def _send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)


SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/room",
    "raw_path": b"/room",
    "query_string": b"",
    "headers": [(b"authorization", b"Bearer t"), (b"content-type", b"application/json")],
    "client": CLIENT,
}


async def test_a_body_comes_in_chunks() -> None:
    wire = TcpConnection(chunk(b'{"maxPeers"', True), chunk(b"", True), chunk(b": 5}"))
    await wire.call()
    start, body = wire.sent
    assert start["status"] == 201
    assert b'"maxPeers": 5' in body["body"]


async def test_a_client_that_leaves_gets_nothing() -> None:
    wire = TcpConnection(chunk(b"{", True), END)
    await wire.call()
    assert wire.sent == []
    assert wire.journal.all() == []


async def test_a_broken_connection_is_seen_to_its_end() -> None:
    wire = TcpConnection(chunk(b"{}"), chunk(b"late"), END)
    wire.faults.add(Break(times=1, operation=None, after_effect=False))
    await wire.call()
    assert wire.dropped == [CLIENT]
    assert (wire.sent, wire.incoming) == ([], [])


async def test_of_repeated_headers_the_first_counts() -> None:
    headers = [(b"authorization", b"Bearer t"), (b"authorization", b"Bearer x")]
    wire = TcpConnection(chunk(b""))
    await wire.call(method="GET", headers=headers)
    assert wire.sent[0]["status"] == 200
    assert wire.journal.all()[0].headers == {"authorization": "Bearer ***, Bearer ***"}
