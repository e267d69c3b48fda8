"""Requests that no well-behaved client sends: none may get a 5xx, none may stop the server."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

import httpx
import pytest

from fishjam.emulator import Emulator
from tests.support.api_contract import ROUTES
from tests.support.plain_http import PLAIN

AUTH = b"host: localhost\r\nauthorization: Bearer development\r\n"
JSON = b"content-type: application/json\r\n"


def exchange(emulator: Emulator, *chunks: bytes, end: bool = True) -> bytes:
    """Send bytes as they are and return all that comes back until the server ends it."""
    _, _, port = emulator.fishjam_id.rpartition(":")
    received = b""
    with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as connection:
        # The server may have had enough before everything is sent.
        with suppress(OSError):
            for chunk in chunks:
                connection.sendall(chunk)
            if end:
                connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while chunk := connection.recv(65536):
                received += chunk
    return received


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.fixture(autouse=True)
def _still_well(emulator: Emulator) -> object:
    yield
    response = httpx.get(f"{emulator.fishjam_id}/validate", **PLAIN)
    assert response.status_code == 404


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"GET /room HTTP/1.1\r\n", 200),
        (b"GET /room HTTP/1.0\r\n", 200),
        (b"GET //room// HTTP/1.1\r\n", 200),
        (b"GET /room/%2F%2e%2e%2f HTTP/1.1\r\n", 404),
        (b"GET /room/%00%ff%zz HTTP/1.1\r\n", 404),
        (b"GET /room/../validate HTTP/1.1\r\n", 404),
        (b"GET http://x/room HTTP/1.1\r\n", 404),
        (b"OPTIONS * HTTP/1.1\r\n", 404),
        (b"GET ? HTTP/1.1\r\n", 404),
        (b"GET /room?%ff%00&&=&;&metadata[ HTTP/1.1\r\n", 200),
        (b"GET /recordings?" + b"metadata[a]" * 1000 + b"=1 HTTP/1.1\r\n", 200),
        (b"GET /recordings?metadata" + b"[a]" * 5000 + b"=1 HTTP/1.1\r\n", 200),
        (b"GET /recordings?" + b"&".join([b"metadata[a]=1"] * 1000) + b" HTTP/1.1\r\n", 200),
        (b"GET /recordings?metadata[%ed%a0%80]=1 HTTP/1.1\r\n", 400),
        (b"GET /recordings?status=active&status=finished HTTP/1.1\r\n", 200),
        (b"GET /recordings?status[]=active HTTP/1.1\r\n", 200),
        (b"DELETE /recordings/%F0%9F%8D%93 HTTP/1.1\r\n", 204),
        (b"get /room HTTP/1.1\r\n", 405),
        (b"GET /room HTTP/1.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n", 200),
    ],
)
def test_odd_targets(emulator: Emulator, head: bytes, expected: int) -> None:
    answer = exchange(emulator, head + AUTH + b"connection: close\r\n\r\n")
    assert status(answer) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /room\r\n\r\n",
        b"GET /r\xff HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET /room HTTP/1.1\r\n\r\n",
        b"GET /room HTTP/1.1\r\nhost: localhost\r\nx: " + b"y" * 200_000 + b"\r\n\r\n",
        b"POST /room HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n",
        b"POST /room HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_no_http(emulator: Emulator, data: bytes) -> None:
    answer = exchange(emulator, data)
    assert answer == b"" or status(answer) == 400


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (b"application/json", b"\x00"),
        (b"application/json", b'{"a":' * 2000),
        (b"application/json", b'{"maxPeers": 1e400}'),
        (b"application/json", b'{"maxPeers": ' + b"1" * 10_000 + b"}"),
        (b"application/json", b'{"webhookUrl": "\\ud800"}'),
        (b"application/json; charset=utf-16", b"{"),
        (b"application/json;;;=\xff", b"["),
        (b"\xff\xfe", b"{}"),
        (b"multipart/form-data; boundary=" + b"x" * 300, b"{}"),
        (b"multipart/form-data; boundary*=utf-8''x", b"--x--"),
        (b'multipart/form-data; boundary="', b'--"--'),
        (b"multipart/form-data; boundary=\xff", b"--\xff\r\n\r\n\r\n--\xff--"),
    ],
)
@pytest.mark.parametrize("path", [b"/room", b"/recordings", b"/room/r/peer"])
def test_odd_bodies(emulator: Emulator, path: bytes, content_type: bytes, body: bytes) -> None:
    head = b"POST " + path + b" HTTP/1.1\r\n" + AUTH + b"connection: close\r\n"
    head += b"content-type: " + content_type + b"\r\ncontent-length: %d\r\n\r\n" % len(body)
    assert status(exchange(emulator, head + body)) == 400


def test_a_chunked_body_is_read_to_the_limit_only(emulator: Emulator) -> None:
    head = b"POST /room HTTP/1.1\r\n" + AUTH + JSON + b"transfer-encoding: chunked\r\n\r\n"
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    # The end of the body is never sent.
    answer = exchange(emulator, head, *[chunk] * 4, b"1\r\nx\r\n", end=False)
    assert status(answer) == 400
    assert b"more than 4194304 bytes" in answer


@pytest.mark.parametrize(
    "head",
    [
        b"content-length: " + b"9" * 5000,
        b"content-length: " + b"0" * 5000 + b"2",
        b"transfer-encoding: chunked\r\n\r\n" + b"f" * 5000,
        b"keep-alive: " + b"9" * 5000 + b"\r\ncontent-length: x",
    ],
    ids=["length", "zeros", "chunk", "text"],
)
def test_a_number_of_5000_digits_is_refused(emulator: Emulator, head: bytes) -> None:
    answer = exchange(emulator, b"POST /room HTTP/1.1\r\n" + AUTH + JSON + head + b"\r\n\r\n{}")
    assert status(answer) == 400


def test_a_client_that_leaves_within_its_body_is_forgotten(emulator: Emulator) -> None:
    head = b"POST /room HTTP/1.1\r\n" + AUTH + JSON + b"content-length: 10\r\n\r\n{"
    assert exchange(emulator, head) == b""
    assert emulator.requests == []


def test_a_client_that_waits_to_be_asked_for_its_body(emulator: Emulator) -> None:
    head = b"POST /room HTTP/1.1\r\n" + AUTH + JSON + b"content-length: 2\r\n"
    head += b"expect: 100-continue\r\nconnection: close\r\n\r\n"
    answer = exchange(emulator, head, b"{}")
    assert answer.startswith(b"HTTP/1.1 100 ")
    assert b"HTTP/1.1 201 " in answer


def test_requests_in_one_go_are_answered_in_order(emulator: Emulator) -> None:
    first = b"POST /room HTTP/1.1\r\n" + AUTH + JSON + b"content-length: 2\r\n\r\n{}"
    second = b"GET /x HTTP/1.1\r\n" + AUTH + b"connection: close\r\n\r\n"
    answer = exchange(emulator, first * 2 + second)
    statuses = [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [201, 201, 404]


def test_noise_never_gets_a_5xx(emulator: Emulator) -> None:
    noise = random.Random(20)  # noqa: S311
    paths = [operation.path.encode() for operation in ROUTES.operations.values()]
    pieces = [*b'{}[]":,\\%&=?/\x00\xff\r\n-ab019', *paths]
    for _ in range(300):
        body = b"".join(_piece(noise.choice(pieces)) for _ in range(noise.randrange(40)))
        kind = noise.choice([JSON, b"content-type: multipart/form-data; boundary=a\r\n", b""])
        head = noise.choice([b"POST ", b"GET ", b"DELETE "]) + noise.choice(paths)
        head += noise.choice([b"", b"?metadata[a]=%ff", b"?peer_id=x&status=active"])
        head += b" HTTP/1.1\r\n" + AUTH + kind + b"connection: close\r\n"
        answer = exchange(emulator, head + b"content-length: %d\r\n\r\n" % len(body) + body)
        assert status(answer) < 500


def _piece(value: int | bytes) -> bytes:
    return bytes([value]) if isinstance(value, int) else value
