"""Starting and stopping an emulator, from synchronous code and from both event loops."""

from __future__ import annotations

import asyncio
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest

import fishjam.emulator
from fishjam.clock import ManualClock
from fishjam.emulator import Emulator, EmulatorError
from fishjam.emulator._server import ServerThread
from fishjam.errors import FishjamError
from tests.support.plain_http import PLAIN

HEADERS = {"authorization": "Bearer development"}
WITHOUT_EXTRA = """
import sys
sys.modules[{missing!r}] = None
import fishjam.emulator.pytest_plugin
import fishjam.emulator
from fishjam.emulator import EmulatorError
try:
    from fishjam.emulator import Emulator
except ImportError as error:
    print(type(error).__name__, error)
"""
LIGHT = """
import sys
import fishjam.emulator, fishjam.emulator.pytest_plugin, fishjam.cli
heavy = {"openapi_core", "jwt", "python_multipart", "starlette", "uvicorn", "httpx", "anyio"}
print(sorted(heavy & set(sys.modules)))
"""


def get(emulator: Emulator, path: str = "/room") -> httpx.Response:
    return httpx.get(emulator.fishjam_id + path, headers=HEADERS, **PLAIN)


def server_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "fishjam-emulator"]


def run_python(code: str) -> str:
    result = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    return result.stdout.strip()


def test_with_gives_a_running_emulator_and_leaves_nothing() -> None:
    before = server_threads()
    with Emulator() as emulator:
        assert emulator.fishjam_id.startswith("http://127.0.0.1:")
        assert (emulator.management_token, emulator.webhook_secret) == ("development",) * 2
        assert get(emulator).status_code == 200
    assert server_threads() == before
    with pytest.raises(httpx.ConnectError):
        get(emulator)


@pytest.mark.anyio
async def test_async_with_gives_a_running_emulator() -> None:
    before = server_threads()
    async with Emulator(webhook_secret="w") as emulator:
        assert emulator.webhook_secret == "w"
        async with httpx.AsyncClient(headers=HEADERS, **PLAIN) as client:
            response = await client.get(f"{emulator.fishjam_id}/room")
        assert response.status_code == 200
    assert server_threads() == before


@pytest.mark.anyio
async def test_a_cancelled_task_stops_its_emulator() -> None:
    before = server_threads()
    with anyio.move_on_after(0.05) as scope:
        async with Emulator():
            await anyio.sleep_forever()
    assert scope.cancelled_caught
    assert server_threads() == before


def test_an_error_of_the_user_comes_out_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), Emulator():
        1 / 0  # noqa: B018


def test_starting_twice_is_an_error() -> None:
    with Emulator() as emulator:
        with pytest.raises(EmulatorError, match=r"is running already, at http://127\.0\.0\.1:"):
            emulator.start()
        assert get(emulator).status_code == 200


def test_stopping_twice_is_none() -> None:
    emulator = Emulator()
    emulator.stop()
    emulator.start()
    emulator.stop()
    emulator.stop()


def test_a_restart_keeps_the_address_and_the_state() -> None:
    emulator = Emulator()
    addresses, rooms = [], []
    for _ in range(2):
        with emulator:
            httpx.post(f"{emulator.fishjam_id}/room", headers=HEADERS, **PLAIN)
            addresses.append(emulator.fishjam_id)
            rooms.append(len(emulator.rooms))
    assert len(set(addresses)) == 1
    assert rooms == [1, 2]
    assert len(emulator.rooms) == 2


def test_there_is_no_address_before_the_start() -> None:
    with pytest.raises(EmulatorError, match="no address before it is started"):
        _ = Emulator(port=5002).fishjam_id


def test_a_taken_port_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(EmulatorError) as caught:
            Emulator(port=port).start()
    assert str(caught.value) == (
        f"cannot listen on 127.0.0.1 port {port}: another program uses this port"
    )
    assert isinstance(caught.value, (RuntimeError, FishjamError))
    with Emulator(port=port) as emulator:
        assert emulator.fishjam_id == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("host", ["host.invalid", "192.0.2.1"])
def test_a_host_that_is_not_here_is_an_error(host: str) -> None:
    with pytest.raises(EmulatorError, match=f"cannot listen on {host}"):
        Emulator(host=host).start()


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match="port must be from 0 to 65535"):
        Emulator(port=port)


def test_options_have_names() -> None:
    make: Callable[..., Any] = Emulator
    with pytest.raises(TypeError):
        make("127.0.0.1")


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:"),  # noqa: S104
        ("localhost", "http://localhost:"),
    ],
)
def test_the_address_is_one_that_can_be_reached(host: str, address: str) -> None:
    with Emulator(host=host) as emulator:
        assert emulator.fishjam_id.startswith(address)
        assert get(emulator).status_code == 200


@pytest.mark.parametrize("host", ["::1", "::"])
def test_ipv6(host: str) -> None:
    with Emulator(host=host) as emulator:
        assert emulator.fishjam_id.startswith("http://[::1]:")
        assert get(emulator).status_code == 200


def test_another_public_url_is_handed_out() -> None:
    with Emulator(public_url="http://fishjam.test:8080/") as emulator:
        assert emulator.fishjam_id == "http://fishjam.test:8080"
        url = f"http://127.0.0.1:{emulator._port}"
        with httpx.Client(base_url=url, headers=HEADERS, **PLAIN) as client:
            room = client.post("/room").json()["data"]["room"]["id"]
            body = {"type": "agent", "options": {}}
            answer = client.post(f"/room/{room}/peer", json=body).json()["data"]
    assert answer["peer_websocket_url"] == "ws://fishjam.test:8080/socket/peer/websocket"


def test_stopping_does_not_wait_for_anybody() -> None:
    """Neither for a delayed request nor for a half-sent one, nor for an idle connection."""
    emulator = Emulator()
    emulator.start()
    address = ("127.0.0.1", int(emulator.fishjam_id.rpartition(":")[2]))
    emulator.delay_next(60, operation="create_room")
    errors: list[BaseException] = []
    thread = threading.Thread(target=post_room, args=(emulator, errors))
    thread.start()
    with socket.create_connection(address) as half, socket.create_connection(address) as idle:
        half.sendall(b"POST /room HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n\r\n{")
        idle.sendall(b"GET /validate HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert b"404" in idle.recv(1000)
        while not emulator.requests[1:]:
            time.sleep(0.005)
        # While one request waits, others are answered.
        assert get(emulator).status_code == 200
        assert thread.is_alive()
        begin = time.monotonic()
        emulator.stop()
        assert time.monotonic() - begin < 30
        for connection in (half, idle):
            connection.settimeout(30)
            assert _end(connection)
    thread.join(30)
    assert [type(error) for error in errors] == [httpx.RemoteProtocolError]
    assert emulator.rooms == []


def _end(connection: socket.socket) -> bool:
    try:
        return connection.recv(1000) == b""
    except ConnectionResetError:
        return True


def post_room(emulator: Emulator, errors: list[BaseException]) -> None:
    url = f"{emulator.fishjam_id}/room"
    try:
        httpx.post(url, headers=HEADERS, timeout=60, **PLAIN)
    except httpx.HTTPError as error:
        errors.append(error)


def test_a_server_that_cannot_run_says_so() -> None:
    listener = socket.socket()
    listener.close()
    with pytest.raises(EmulatorError, match="did not start") as caught:
        ServerThread(listener).start(None)
    assert isinstance(caught.value.__cause__, (OSError, ValueError))


def test_emulators_stand_beside_each_other() -> None:
    with Emulator() as first, Emulator() as other:
        httpx.post(f"{first.fishjam_id}/room", headers=HEADERS, **PLAIN)
        assert (len(first.rooms), len(other.rooms)) == (1, 0)


def test_an_emulator_serves_clients_on_any_loop() -> None:
    async def count(emulator: Emulator) -> int:
        async with httpx.AsyncClient(headers=HEADERS, **PLAIN) as client:
            response = await client.get(f"{emulator.fishjam_id}/room")
            return response.status_code

    with Emulator() as emulator:
        assert asyncio.run(count(emulator)) == 200
        assert anyio.run(count, emulator, backend="trio") == 200


@pytest.mark.once
@pytest.mark.parametrize(
    "missing", ["openapi_core", "jwt", "python_multipart", "starlette", "uvicorn"]
)
def test_without_the_extra_the_error_names_it(missing: str) -> None:
    output = run_python(WITHOUT_EXTRA.format(missing=missing))
    assert output.startswith(
        "MissingExtraError the emulator needs more packages: "
        'pip install "fishjam-server-sdk[emulator]"'
    )
    assert missing in output


def test_the_package_and_the_plugin_are_light() -> None:
    assert run_python(LIGHT) == "[]"


def test_the_public_names() -> None:
    package: Any = fishjam.emulator
    assert "VirtualPeer" in package.__all__
    assert set(package.__all__) <= set(dir(package))
    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = package.Nothing


def test_the_access_log_of_another_server_stays_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("uvicorn.access")
    log.addHandler(caplog.handler)
    try:
        with Emulator() as emulator:
            assert get(emulator).status_code == 200
        assert log.handlers == [caplog.handler]
        assert log.propagate
    finally:
        log.removeHandler(caplog.handler)
    assert [record.name for record in caplog.records if record.name == log.name] == []


def test_it_writes_nothing_into_the_log_of_another_server(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "uvicorn.error"):
        with Emulator() as emulator:
            assert get(emulator).status_code == 200
        logging.getLogger("uvicorn.error").info("the other server")
    assert [record.message for record in caplog.records if record.name == "uvicorn.error"] == [
        "the other server"
    ]


def test_nonsense_of_clients_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with Emulator() as emulator:
        port = int(emulator.fishjam_id.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 60) as client:
            client.sendall(b"\x16\x03\x01 hello\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 400 ")
        with socket.create_connection(("127.0.0.1", port), 60) as client:
            client.sendall(
                f"GET /socket/peer/websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
            )
            assert b" 101 " in client.recv(1000)
            # A text frame that is not UTF-8.
            client.sendall(b"\x81\x82\0\0\0\0\xff\xff")
            received = b""
            while chunk := client.recv(1000):
                received += chunk
            assert received[2:4] == (1007).to_bytes(2, "big")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_manual_clock_goes_on_without_an_emulator_that_was_stopped() -> None:
    clock = ManualClock()
    emulator = Emulator(clock=clock)
    for _ in range(2):
        with emulator:
            clock.advance(1)
    assert clock._watchers == []
    clock.advance(1)
