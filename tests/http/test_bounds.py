"""What a server can take of a client's time and memory: as much as the client allows."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import anyio
import httpx
import pytest

from fishjam import CompositionClient, FishjamClient, PeerOptions, RetryPolicy, errors
from fishjam._core.notes import explained
from fishjam._generated.fishjam_api import endpoints
from fishjam._http.bodies import ResponseBody
from fishjam._http.signals import BodyEncodingError, BodySizeError, InterimResponsesError
from fishjam._http.streams import MAX_INTERIM_RESPONSES, InterimCounter
from tests.support.clients import LEFT_BY_HTTPX, TOKEN, World
from tests.support.http_server import (
    Action,
    Close,
    Endless,
    Hang,
    Reply,
    ScriptedServer,
    StopReading,
)
from tests.support.limits import LIMITS

HEAD = b"HTTP/1.1 200 OK\r\n"
NOW = RetryPolicy(initial_delay=0)
ROOMS: dict[str, Any] = {"data": []}
INTERIM = b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"


def repr_short(value: object) -> str:
    return str(value)[:10] if isinstance(value, str) else "content"


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Demand that a block takes no longer, with patience for a busy machine."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds + 15


DRIPPING = [
    Endless(HEAD + b"content-length: 1000\r\n\r\n", b" ", 0.05),
    Endless(HEAD + b"transfer-encoding: chunked\r\n\r\n", b"1\r\n \r\n", 0.05),
    Endless(HEAD, b"x", 0.05),
    Endless(HEAD, b"x-more: 1\r\n", 0.05),
    Endless(b"", INTERIM, 0.05),
]


@pytest.mark.anyio
@pytest.mark.parametrize("dripping", DRIPPING)
async def test_seconds_bound_a_try_as_a_whole(world: World, dripping: Action) -> None:
    with ScriptedServer(otherwise=dripping) as server:
        async with world.client(server.url, timeout=0.4, retry=None) as client:
            with within(0.4), pytest.raises(errors.FishjamTimeoutError) as caught:
                await client.get_all_rooms()
    assert str(caught.value) == "The server did not answer in time."


@pytest.mark.anyio
async def test_a_timeout_by_phase_does_not(world: World) -> None:
    slow = Reply(200, {"data": [], "padding": "x" * 300}, trickle=True, pause=0.02)
    with ScriptedServer(slow) as server:
        timeout = httpx.Timeout(0.5)
        async with world.client(server.url, timeout=timeout, retry=None) as client:
            started = time.monotonic()
            assert await client.get_all_rooms() == []
            assert time.monotonic() - started > 0.5


@pytest.mark.anyio
async def test_with_a_client_of_ones_own_too(world: World) -> None:
    with ScriptedServer(otherwise=DRIPPING[0]) as server:
        async with world.http() as http:
            client = world.client(server.url, timeout=0.4, retry=None, http_client=http)
            with within(0.8), pytest.raises(errors.FishjamTimeoutError):
                await client.get_all_rooms()


@LEFT_BY_HTTPX
@pytest.mark.anyio
async def test_a_server_that_does_not_read(world: World) -> None:
    with ScriptedServer(StopReading()) as server:
        async with world.client(server.url, timeout=0.4, retry=None) as client:
            with within(0.4), pytest.raises(errors.FishjamTimeoutError):
                await client.create_peer("r", PeerOptions({"text": "x" * 30_000_000}))


@pytest.mark.anyio
async def test_each_try_has_the_whole_time(world: World) -> None:
    for limit in LIMITS:
        with ScriptedServer(Hang(), Close(), Reply(200, ROOMS)) as server:
            async with world.client(server.url, timeout=limit, retry=NOW) as client:
                with suppress(errors.FishjamTimeoutError):
                    assert await client.get_all_rooms() == []
                    break
    assert len(server.requests) == 3


@pytest.mark.anyio
async def test_all_tries_within_one_limit(world: World) -> None:
    request = endpoints.get_all_rooms()
    with ScriptedServer(otherwise=Hang()) as server:
        async with world.client(server.url, retry=NOW) as client:
            with within(0.3), pytest.raises(errors.FishjamTimeoutError):
                await client._transport.send(request, within=0.3)
    with ScriptedServer(otherwise=Reply(503)) as server:
        patient = RetryPolicy(initial_delay=60, max_delay=60)
        async with world.client(server.url, retry=patient) as client:
            for limit in LIMITS:
                with within(limit), pytest.raises(errors.FishjamError) as caught:
                    await client._transport.send(request, within=limit)
                if not isinstance(caught.value, errors.FishjamTimeoutError):
                    break
            assert isinstance(caught.value, errors.ServiceUnavailableError)
    with ScriptedServer(otherwise=Hang()) as server:
        async with world.http() as http:
            client = world.client(server.url, retry=None, http_client=http)
            with within(0.3), pytest.raises(errors.FishjamTimeoutError):
                await client._transport.send(request, within=0.3)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def bomb() -> Reply:
    """Sixty-odd KiB that are more than 64 MiB when they are decoded."""
    return Reply(200, gzip.compress(bytes(65 * 1024 * 1024)), (("content-encoding", "gzip"),))


ENDLESS = HEAD + b"transfer-encoding: chunked\r\n\r\n"
GZIP_HEAD = HEAD + b"transfer-encoding: chunked\r\ncontent-encoding: gzip\r\n\r\n"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "action",
    [
        Endless(ENDLESS, chunk(b" " * 1_000_000)),
        Endless(HEAD + b"\r\n", b" " * 1_000_000),
        bomb(),
    ],
    ids=["chunks", "until it closes", "bomb"],
)
async def test_an_answer_may_have_64_mib(world: World, action: Action) -> None:
    with ScriptedServer(action) as server:
        async with world.client(server.url, retry=NOW) as client:
            with pytest.raises(errors.ResponseTooLargeError) as caught:
                await client.get_all_rooms()
    # It is not asked for again: it would be as large.
    assert len(server.requests) == 1
    assert str(caught.value) == "The answer of the server is too large."
    assert "give the client a larger max_response_size" in explained(caught.value)
    assert isinstance(caught.value, errors.FishjamConnectionError)


@pytest.mark.anyio
async def test_the_limit_is_an_option(world: World) -> None:
    rooms = {"data": [], "padding": "x" * 2000}
    for headers in ((), (("content-encoding", "gzip"),)):
        body = httpx.Response(200, json=rooms).content
        content = gzip.compress(body) if headers else body
        with ScriptedServer(otherwise=Reply(200, content, headers)) as server:
            for size in (len(body), len(body) + 1, None):
                async with world.client(server.url, max_response_size=size) as client:
                    assert await client.get_all_rooms() == []
                    assert await client.with_options(timeout=9).get_all_rooms() == []
            async with world.client(server.url, max_response_size=len(body) - 1) as client:
                with pytest.raises(errors.ResponseTooLargeError):
                    await client.get_all_rooms()


@pytest.mark.anyio
async def test_an_error_may_be_as_large_as_an_answer(world: World) -> None:
    with ScriptedServer(otherwise=Reply(400, "x" * 2000)) as server:
        async with world.client(server.url, max_response_size=1999) as client:
            with pytest.raises(errors.ResponseTooLargeError):
                await client.create_room()


@pytest.mark.anyio
async def test_with_a_client_of_ones_own_the_size_counts_too(world: World) -> None:
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"data": [], "x": "y" * 99}))
    async with world.http(transport=answer) as http:
        client = world.client("https://fishjam.example", http_client=http, max_response_size=50)
        with pytest.raises(errors.ResponseTooLargeError):
            await client.get_all_rooms()


@pytest.mark.parametrize("bad", [0, -1, True, 1.5, "64"])
def test_sizes_that_make_no_sense(bad: Any) -> None:
    with pytest.raises(ValueError, match="max_response_size="):
        FishjamClient("abc", TOKEN, max_response_size=bad)
    with pytest.raises(ValueError, match="max_response_size="):
        CompositionClient(TOKEN, max_response_size=bad)


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISHJAM_ID", "abc")
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", TOKEN)
    for kind in (FishjamClient, CompositionClient):
        client: Any = kind.from_env(max_response_size=7)
        assert client._transport.settings.max_response_size == 7
        client.close()


@pytest.mark.anyio
async def test_interim_responses_are_passed_over(world: World) -> None:
    with ScriptedServer(otherwise=Reply(200, ROOMS, interim=INTERIM * 100)) as server:
        async with world.client(server.url, retry=None) as client:
            # The second time over the same connection.
            for _ in range(2):
                assert await client.get_all_rooms() == []
    assert server.connections == 1


@pytest.mark.anyio
async def test_not_without_end(world: World) -> None:
    with ScriptedServer(Endless(b"", INTERIM), Reply(200, ROOMS)) as server:
        async with world.client(server.url, retry=NOW) as client:
            with within(5), pytest.raises(errors.ResponseTooLargeError) as caught:
                await client.get_all_rooms()
            assert str(caught.value) == "The server sends interim responses without end."
            assert await client.get_all_rooms() == []


@pytest.mark.parametrize("step", [1, 7, 64, 100_000])
def test_interim_responses_in_pieces(step: int) -> None:
    counter = InterimCounter()
    final = b"HTTP/1.1 200 OK\n\n" + INTERIM * 500
    for _ in range(2):
        counter.sent()
        data = INTERIM * MAX_INTERIM_RESPONSES + final
        for start in range(0, len(data), step):
            counter.received(data[start : start + step])
    counter.sent()
    counter.received(INTERIM * MAX_INTERIM_RESPONSES)
    with pytest.raises(InterimResponsesError):
        counter.received(INTERIM)


def deflated(data: bytes) -> bytes:
    raw = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return raw.compress(data) + raw.flush()


@pytest.mark.parametrize("step", [1, 3, 1000])
@pytest.mark.parametrize("limit", [None, 5000])
@pytest.mark.parametrize(
    ("coding", "content"),
    [
        ("", b"x" * 5000),
        ("identity", b"x" * 5000),
        ("gzip", gzip.compress(b"x" * 5000)),
        (" X-GZIP ", gzip.compress(b"x" * 5000)),
        ("deflate", zlib.compress(b"x" * 5000)),
        ("deflate", deflated(b"x" * 5000)),
    ],
    ids=repr_short,
)
def test_bodies(coding: str, content: bytes, limit: int | None, step: int) -> None:
    body = ResponseBody({"content-encoding": coding}, limit)
    for start in range(0, len(content), step):
        body.add(content[start : start + step])
    assert body.end() == b"x" * 5000


@pytest.mark.parametrize(
    ("coding", "content"),
    [
        ("", b"x" * 5000),
        ("gzip", gzip.compress(b"x" * 5000)),
        ("gzip", gzip.compress(bytes(200_000_000))),
        ("deflate", deflated(b"x" * 5000)),
    ],
    ids=repr_short,
)
def test_bodies_that_are_too_large(coding: str, content: bytes) -> None:
    body = ResponseBody({"content-encoding": coding}, 4999)
    with pytest.raises(BodySizeError):
        body.add(content)
    assert sum(map(len, body._pieces)) <= 4999


@pytest.mark.parametrize(
    ("coding", "content"),
    [
        ("br", b"x"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"x"))),
        ("zstd", b"x"),
        ("gzip", b"not gzip"),
        ("gzip", deflated(b"x")),
        ("deflate", b"\xff\xff\xff"),
    ],
    ids=repr_short,
)
def test_bodies_that_cannot_be_decoded(coding: str, content: bytes) -> None:
    body = ResponseBody({"content-encoding": coding}, None)
    with pytest.raises(BodyEncodingError):
        body.add(content)


def test_an_unknown_encoding_is_not_quoted() -> None:
    body = ResponseBody({"content-encoding": "authorization: Bearer s3cret"}, None)
    with pytest.raises(BodyEncodingError) as caught:
        body.add(b"x")
    assert "s3cret" not in str(caught.value)


def test_an_empty_body_in_any_encoding() -> None:
    assert ResponseBody({"content-encoding": "br"}, None).end() == b""


DIGITS = b"9" * 5000


@pytest.mark.anyio
@pytest.mark.parametrize(
    "head",
    [
        b"content-length: " + DIGITS,
        b"content-length: 12, " + DIGITS,
        b"content-length: -1",
        b"content-length: 0x5",
        b"transfer-encoding: chunked\r\n\r\n" + DIGITS,
    ],
)
async def test_numbers_that_are_too_long(world: World, head: bytes) -> None:
    with ScriptedServer(Endless(HEAD + head + b"\r\n\r\n{}", b"x", 0.05)) as server:
        async with world.client(server.url, timeout=30, retry=None) as client:
            with within(0), pytest.raises(errors.FishjamConnectionError):
                await client.get_all_rooms()


@pytest.mark.anyio
async def test_an_age_to_wait(world: World) -> None:
    busy = Reply(429, "", (("retry-after", DIGITS.decode()),))
    with ScriptedServer(busy) as server:
        async with world.client(server.url, retry=None) as client:
            with pytest.raises(errors.RateLimitError):
                await client.get_all_rooms()


@pytest.mark.anyio
@pytest.mark.parametrize("world", ["asyncio", "trio"], indirect=True)
async def test_a_deadline_of_ones_own_stays_ones_own(world: World) -> None:
    with ScriptedServer(otherwise=Hang()) as server:
        async with world.client(server.url, timeout=30, retry=None) as client:
            with anyio.move_on_after(0.1) as scope:
                await client.get_all_rooms()
            assert scope.cancelled_caught


@pytest.mark.anyio
@pytest.mark.parametrize("world", ["asyncio", "trio"], indirect=True)
async def test_pieces_that_nobody_wants_any_more(world: World) -> None:
    async def body() -> AsyncIterator[bytes]:
        for number in range(3):
            yield bytes([number])
        await anyio.sleep_forever()

    async with world.client("https://fishjam.example") as client:
        connections = client._transport.pool.open("x")
        async with connections.pieces(body()) as pieces:
            async for piece in pieces:
                assert piece == b"\0"
                break
        assert [piece async for piece in pieces] == []
