# ruff: noqa: S301 (only what was pickled here is unpickled)
"""Whatever the HTTP library raises is an error of the SDK that says what was being done."""

from __future__ import annotations

import copy
import pickle
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from fishjam import AsyncFishjamClient, RetryPolicy, errors
from fishjam._core.notes import explained
from fishjam._http.signals import BodyEncodingError
from tests.support.calls import by_name
from tests.support.clients import LEFT_BY_HTTPX, TOKEN, World
from tests.support.http_server import (
    Action,
    Close,
    CloseUnread,
    Hang,
    Raw,
    Reply,
    Reset,
    ScriptedServer,
    StopReading,
    refusing_port,
)

pytestmark = pytest.mark.anyio

NOW = RetryPolicy(initial_delay=0)

# Each error that httpx can raise for a request: can the server have acted on the request?
MAY_HAVE_ARRIVED = {
    "CloseError": True,
    "ConnectError": False,
    "ConnectTimeout": False,
    "DecodingError": True,
    "LocalProtocolError": True,
    "NetworkError": True,
    "PoolTimeout": False,
    "ProtocolError": True,
    "ProxyError": False,
    "ReadError": True,
    "ReadTimeout": True,
    "RemoteProtocolError": True,
    "RequestError": True,
    "TimeoutException": True,
    "TooManyRedirects": True,
    "TransportError": True,
    "UnsupportedProtocol": True,
    "WriteError": True,
    "WriteTimeout": True,
}


def family(base: type[httpx.RequestError]) -> Iterator[type[httpx.RequestError]]:
    yield base
    for one in base.__subclasses__():
        # Other packages may add their own below these; httpx's list is what is held here.
        if one.__module__ == "httpx":
            yield from family(one)


def raising(error: httpx.RequestError) -> Callable[[httpx.Request], httpx.Response]:
    def handle(request: httpx.Request) -> httpx.Response:
        raise error

    return handle


async def connection_failure(call: Any) -> errors.FishjamConnectionError:
    with pytest.raises(errors.FishjamConnectionError) as caught:
        await call
    error = caught.value
    assert TOKEN not in explained(error)
    assert TOKEN.encode() not in pickle.dumps(error)
    return error


def test_no_error_of_the_http_library_is_forgotten() -> None:
    assert {one.__name__ for one in family(httpx.RequestError)} == set(MAY_HAVE_ARRIVED)


@pytest.mark.parametrize("kind", list(family(httpx.RequestError)), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("text", ["", "the library's own words"])
async def test_each_becomes_an_error_of_ours(
    world: World, kind: type[httpx.RequestError], text: str
) -> None:
    cause = kind(text)
    async with world.http(transport=httpx.MockTransport(raising(cause))) as http:
        client = world.client("https://fishjam.example/base", retry=None, http_client=http)
        error = await connection_failure(client.get_room("r 1"))
    timed_out = issubclass(kind, httpx.TimeoutException)
    wanted = errors.FishjamTimeoutError if timed_out else errors.FishjamConnectionError
    assert type(error) is wanted
    assert error.__cause__ is cause
    assert error.operation == "get_room"
    assert error.method == "GET"
    assert error.url == "https://fishjam.example/base/room/r%201"
    explanation = explained(error)
    assert "get_room: GET https://fishjam.example/base/room/r%201 got no answer" in explanation
    assert (
        f"({kind.__name__}: {text})" in explanation if text else f"({kind.__name__})" in explanation
    )
    assert str(error).endswith(".")
    for hidden in ("\n", "http", "fishjam", "r%201", *([text] if text else [])):
        assert hidden not in str(error)
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(other) is wanted
        assert (str(other), vars(other)) == (str(error), vars(error))


async def test_the_query_is_left_out(world: World) -> None:
    with refusing_port() as port:
        async with world.client(f"http://127.0.0.1:{port}", retry=None) as client:
            error = await connection_failure(client.get_all_recordings({"customer": "Ada"}))
    assert (error.url or "").endswith("/recordings")
    assert "Ada" not in explained(error)


@pytest.mark.parametrize(
    "repeated",
    [
        f"{TOKEN} \r\n\r\n",
        f"HTTP/1.1 200 OK\r\n{TOKEN}\r\n\r\n",
        f"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{TOKEN}\r\n",
    ],
)
async def test_a_token_that_a_broken_server_repeats_is_not_shown(
    world: World, repeated: str
) -> None:
    with ScriptedServer(Raw(repeated.encode())) as server:
        async with world.client(server.url, retry=None) as client:
            error = await connection_failure(client.get_all_rooms())
    shown = explained(error) + "".join(traceback.format_exception(error))
    assert "illegal" in shown
    assert TOKEN not in shown


@pytest.mark.parametrize("kind", list(family(httpx.RequestError)), ids=lambda kind: kind.__name__)
async def test_a_post_is_repeated_only_when_it_cannot_have_arrived(
    world: World, kind: type[httpx.RequestError]
) -> None:
    sent: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        raise kind("no")

    async with world.http(transport=httpx.MockTransport(handle)) as http:
        client = world.client("https://fishjam.example", retry=NOW, http_client=http)
        await connection_failure(client.create_room())
        assert len(sent) == (1 if MAY_HAVE_ARRIVED[kind.__name__] else 3)
        await connection_failure(client.get_all_rooms())
        await connection_failure(client.delete_room("r"))
    assert [request.method for request in sent[-6:]] == ["GET"] * 3 + ["DELETE"] * 3


@LEFT_BY_HTTPX
@pytest.mark.parametrize(
    ("action", "cause"),
    [
        (Close(), httpx.RemoteProtocolError),
        (Reset(), httpx.ReadError),
        (CloseUnread(), (httpx.ReadError, httpx.RemoteProtocolError)),
        (Raw(b"this is not HTTP\r\n\r\n"), httpx.RemoteProtocolError),
        (Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"), httpx.RemoteProtocolError),
        (Raw(b"HTTP/1.1 200 OK\r\ncontent-le"), httpx.RemoteProtocolError),
        (Reply(200, "no gzip", (("content-encoding", "gzip"),)), BodyEncodingError),
    ],
)
async def test_a_connection_that_breaks(
    world: World, action: Action, cause: type[Exception]
) -> None:
    with ScriptedServer(action) as server:
        async with world.client(server.url, retry=None) as client:
            error = await connection_failure(client.get_all_rooms())
    assert type(error) is errors.FishjamConnectionError
    assert isinstance(error.__cause__, cause)
    assert error.url == f"{server.url}/room"


async def test_nobody_listens(world: World) -> None:
    with refusing_port() as port:
        async with world.client(f"http://127.0.0.1:{port}", retry=NOW) as client:
            error = await connection_failure(client.create_room())
    assert type(error) is errors.FishjamConnectionError
    assert isinstance(error.__cause__, httpx.ConnectError)
    assert str(error) == "The server could not be reached."


async def timeout_of(client: AsyncFishjamClient, cause: type[Exception]) -> str:
    error = await connection_failure(by_name("create_template_recording").on(client))
    assert type(error) is errors.FishjamTimeoutError
    assert isinstance(error.__cause__, cause)
    return str(error)


async def test_the_server_never_answers(world: World) -> None:
    with ScriptedServer(Hang()) as server:
        limits = httpx.Timeout(30, read=0.1)
        async with world.client(server.url, retry=None, timeout=limits) as client:
            message = await timeout_of(client, httpx.ReadTimeout)
    assert message == "The server did not answer in time."


async def test_connecting_takes_too_long(world: World) -> None:
    # The TLS handshake belongs to connecting, and this server never begins it.
    with ScriptedServer(StopReading()) as server:
        url = f"https://127.0.0.1:{server.port}"
        limits = httpx.Timeout(30, connect=0.1)
        async with world.client(url, retry=None, timeout=limits) as client:
            message = await timeout_of(client, httpx.ConnectTimeout)
    assert message == "Connecting to the server took too long."


@LEFT_BY_HTTPX
async def test_sending_takes_too_long(world: World) -> None:
    big = b"x" * 30_000_000
    call = by_name("create_template_recording")
    with ScriptedServer(StopReading()) as server:
        limits = httpx.Timeout(30, write=0.1)
        async with world.client(server.url, retry=None, timeout=limits) as client:
            error = await connection_failure(call.on(client, template=big))
    assert type(error) is errors.FishjamTimeoutError
    assert isinstance(error.__cause__, httpx.WriteTimeout)
    assert str(error) == "Sending the request took too long."


async def test_no_connection_becomes_free(world: World) -> None:
    one, limits = httpx.Limits(max_connections=1), httpx.Timeout(30, pool=0.1)
    with ScriptedServer(Reply(200, "kept open", trickle=True)) as server:
        async with world.http(limits=one) as http:
            client = world.client(server.url, retry=None, timeout=limits, http_client=http)
            held = http.send(http.build_request("GET", server.url), stream=True)
            response = held if world.is_sync else await held
            message = await timeout_of(client, httpx.PoolTimeout)
            response.close() if world.is_sync else await response.aclose()
    assert message == "No connection became free in time."


async def test_the_proxy_refuses(world: World) -> None:
    with ScriptedServer(Reply(403, "not through me")) as proxy:
        async with world.http(proxy=proxy.url) as http:
            client = world.client("https://fishjam.example", retry=None, http_client=http)
            error = await connection_failure(client.get_all_rooms())
    assert isinstance(error.__cause__, httpx.ProxyError)
    assert str(error) == "The server could not be reached."
    assert proxy.requests[0].header("authorization") is None


async def test_a_request_that_the_library_does_not_send(world: World) -> None:
    with ScriptedServer() as server:
        async with world.http(headers={"x-own": "line\nbreak"}) as http:
            client = world.client(server.url, retry=None, http_client=http)
            error = await connection_failure(client.get_all_rooms())
    assert isinstance(error.__cause__, httpx.LocalProtocolError)
    assert server.requests == []
