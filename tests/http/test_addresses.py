"""A host with several addresses: one that is dead does not keep the others from being used.

Only of the sync client: on an event loop anyio and trio do it.
"""

from __future__ import annotations

import errno
import os
import socket
import time

import pytest

from fishjam import FishjamClient, errors
from fishjam._core.notes import explained
from tests.support.addresses import NAME, resolve
from tests.support.clients import TOKEN
from tests.support.http_server import Reply, ScriptedServer

ROOMS = Reply(200, {"data": []})


def test_the_first_address_is_silent(full_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(ROOMS) as server:
        port = int(server.url.rpartition(":")[2])
        resolve(monkeypatch, ("127.0.0.1", full_port), ("127.0.0.1", port))
        before = time.monotonic()
        # A timeout in seconds bounds all of it, so that the dead address must not use it up.
        with FishjamClient(f"http://{NAME}", TOKEN, timeout=30, retry=None) as client:
            assert client.get_all_rooms() == []
        assert time.monotonic() - before < 15


def test_the_first_address_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(ROOMS) as server, socket.socket() as refusing:
        refusing.bind(("127.0.0.1", 0))
        port = int(server.url.rpartition(":")[2])
        resolve(monkeypatch, refusing.getsockname(), ("127.0.0.1", port))
        with FishjamClient(f"http://{NAME}", TOKEN, timeout=None, retry=None) as client:
            assert client.get_all_rooms() == []


def test_all_addresses_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        resolve(monkeypatch, one.getsockname(), two.getsockname())
        client = FishjamClient(f"http://{NAME}", TOKEN, retry=None)
        with client, pytest.raises(errors.FishjamConnectionError) as caught:
            client.create_room()
    assert not isinstance(caught.value, errors.FishjamTimeoutError)
    assert os.strerror(errno.ECONNREFUSED) in explained(caught.value)


def test_all_addresses_are_silent(
    full_port: int, other_full_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each is tried several times, for longer each time, until the time is over.
    resolve(monkeypatch, ("127.0.0.1", full_port), ("127.0.0.1", other_full_port))
    client = FishjamClient(f"http://{NAME}", TOKEN, timeout=2, retry=None)
    with client, pytest.raises(errors.FishjamTimeoutError):
        client.create_room()


def test_a_name_that_has_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    client = FishjamClient(f"http://{NAME}", TOKEN, retry=None)
    with client, pytest.raises(errors.FishjamConnectionError) as caught:
        client.get_all_rooms()
    assert "Name or service not known" in explained(caught.value)
