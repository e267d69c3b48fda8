"""Connections: whose they are, who shares them, who closes them, and on which event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import trio

from fishjam import AsyncFishjamClient, FishjamClient, RetryPolicy, errors
from fishjam.recording import Recording, RecordingFile, RecordingStatus
from tests.support.calls import CALLS, OUTPUT
from tests.support.clients import TOKEN, World
from tests.support.http_server import Reply, ScriptedServer, refusing_port

EMPTY = Reply(200, {"data": []})
IN_TASKS = pytest.mark.parametrize("world", ["asyncio", "trio"], indirect=True)


def runner(name: str) -> Callable[[Callable[[], Awaitable[Any]]], Any]:
    def run(function: Callable[[], Awaitable[Any]]) -> Any:
        return trio.run(function) if name == "trio" else asyncio.run(function())  # type: ignore[arg-type]

    return run


@pytest.mark.anyio
async def test_a_connection_is_used_again(world: World) -> None:
    with ScriptedServer(otherwise=EMPTY) as server:
        async with world.client(server.url) as client:
            for _ in range(5):
                await client.get_all_rooms()
    assert (server.connections, len(server.requests)) == (1, 5)


@pytest.mark.anyio
async def test_a_derived_client_shares_the_connections_and_leaves_the_first_alone(
    world: World,
) -> None:
    busy = Reply(429, "", (("retry-after", "0"),))
    with ScriptedServer(EMPTY, busy, EMPTY, busy, busy) as server:
        async with world.client(server.url, retry=None) as client:
            await client.get_all_rooms()
            patient = client.with_options(retry=RetryPolicy(initial_delay=0))
            await patient.get_all_rooms()
            for hasty in (client, patient.with_options(retry=None)):
                with pytest.raises(errors.RateLimitError):
                    await hasty.get_all_rooms()
    assert server.connections == 1


@pytest.mark.anyio
async def test_closing_a_derived_client_does_nothing(world: World) -> None:
    with ScriptedServer(otherwise=EMPTY) as server:
        async with world.client(server.url) as client:
            async with client.with_options(timeout=5) as derived:
                await derived.get_all_rooms()
            await derived.aclose()
            await client.get_all_rooms()
            await derived.get_all_rooms()
        for closed in (client, derived):
            with pytest.raises(errors.ClientClosedError):
                await closed.get_all_rooms()
    assert server.connections == 1


@pytest.mark.anyio
async def test_no_call_works_after_closing(world: World) -> None:
    with ScriptedServer(otherwise=EMPTY) as server:
        client = world.client(server.url)
        await client.aclose()
        await client.aclose()
        for call in CALLS:
            with pytest.raises(errors.ClientClosedError, match="was closed") as caught:
                await call.on(client)
            assert isinstance(caught.value, RuntimeError)
    assert server.connections == 0


@pytest.mark.anyio
async def test_leaving_the_block_closes_after_an_error_too(world: World) -> None:
    client = world.client("https://fishjam.example")
    with pytest.raises(KeyError):
        async with client:
            raise KeyError
    with pytest.raises(errors.ClientClosedError):
        await client.get_all_rooms()


@pytest.mark.anyio
async def test_an_http_client_of_ones_own_is_never_closed(world: World) -> None:
    with ScriptedServer(otherwise=EMPTY) as server:
        async with world.http() as http:
            async with world.client(server.url, http_client=http) as client:
                await client.get_all_rooms()
            assert not http.is_closed
            with pytest.raises(errors.ClientClosedError):
                await client.get_all_rooms()
            await world.client(server.url, http_client=http).get_all_rooms()
    assert server.connections == 1


@pytest.mark.anyio
async def test_an_http_client_of_ones_own_that_its_owner_closed(world: World) -> None:
    async with world.http() as http:
        client = world.client("https://fishjam.example", http_client=http)
    with pytest.raises(errors.ClientClosedError):
        await client.get_all_rooms()
    await client.aclose()


@pytest.mark.anyio
async def test_an_http_client_of_ones_own_cannot_replace_our_credentials(world: World) -> None:
    with ScriptedServer(otherwise=EMPTY) as server:
        async with world.http(auth=("user", "password"), headers={"x-own": "1"}) as http:
            await world.client(server.url, http_client=http).get_all_rooms()
    (request,) = server.requests
    assert request.header("authorization") == f"Bearer {TOKEN}"
    assert request.header("x-own") == "1"


@pytest.mark.parametrize("second", ["asyncio", "trio"])
@pytest.mark.parametrize("first", ["asyncio", "trio"])
def test_an_async_client_on_a_second_event_loop_says_so(first: str, second: str) -> None:
    with refusing_port() as port:
        client = AsyncFishjamClient(f"http://127.0.0.1:{port}", TOKEN, retry=None)

        async def use() -> None:
            with pytest.raises(errors.FishjamConnectionError):
                await client.get_all_rooms()

        async def use_again() -> None:
            derived = client.with_options(retry=None)
            for attempt in (client.get_room("r"), derived.get_all_rooms(), client.aclose()):
                with pytest.raises(errors.EventLoopError, match="another event loop") as caught:
                    await attempt
                assert isinstance(caught.value, RuntimeError)

        runner(first)(use)
        runner(second)(use_again)


def test_the_loop_counts_for_an_http_client_of_ones_own_too() -> None:
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"data": []}))
    http = httpx.AsyncClient(transport=answer)
    client = AsyncFishjamClient("https://fishjam.example", TOKEN, http_client=http)

    async def use_again() -> None:
        with pytest.raises(errors.EventLoopError):
            await client.get_all_rooms()
        await client.aclose()
        assert not http.is_closed
        await http.aclose()

    assert runner("asyncio")(client.get_all_rooms) == []
    runner("trio")(use_again)


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_closed_client_says_that_it_is_closed_on_any_loop(loop: str) -> None:
    client = AsyncFishjamClient("https://fishjam.example", TOKEN)
    runner("asyncio")(client.aclose)

    async def use() -> None:
        await client.aclose()
        with pytest.raises(errors.ClientClosedError):
            await client.get_all_rooms()

    runner(loop)(use)


@pytest.mark.anyio
@IN_TASKS
async def test_many_tasks_share_a_client(world: World) -> None:
    with ScriptedServer(otherwise=EMPTY) as server:
        async with world.client(server.url) as client, anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(client.get_all_rooms)
    assert len(server.requests) == 20


def test_a_client_needs_no_event_loop_to_be_made() -> None:
    client = AsyncFishjamClient("https://fishjam.example", TOKEN)
    assert repr(client) == "AsyncFishjamClient('https://fishjam.example')"
    runner("trio")(client.aclose)


def test_a_client_of_a_class_of_ones_own_keeps_its_class() -> None:
    class Mine(FishjamClient):
        def count(self) -> int:
            return len(self.get_all_rooms())

    with ScriptedServer(otherwise=EMPTY) as server, Mine(server.url, TOKEN) as client:
        assert client.with_options(timeout=3).count() == 0


@pytest.mark.anyio
async def test_the_first_error_of_create_and_verify_closes_what_it_made(world: World) -> None:
    with ScriptedServer(Reply(200), Reply(401, {"errors": "no"})) as server:
        options = {"fishjam_id": server.url, "management_token": TOKEN, "retry": None}
        async with await world.create_and_verify(**options) as client:
            assert isinstance(client.livestream_whip_url(), str)
        with pytest.raises(errors.InvalidFishjamCredentialsError):
            await world.create_and_verify(**options)
    assert server.targets == ["/validate", "/validate"]


@pytest.mark.anyio
async def test_create_and_verify_takes_the_same_options(world: World) -> None:
    async with world.http(transport=httpx.MockTransport(lambda _: httpx.Response(404))) as http:
        with pytest.raises(errors.InvalidFishjamCredentialsError):
            await world.create_and_verify(
                fishjam_id="https://fishjam.example",
                management_token=TOKEN,
                timeout=3,
                retry=None,
                http_client=http,
            )
        assert not http.is_closed


@pytest.mark.anyio
async def test_a_client_that_is_closed_while_a_call_waits_to_be_tried_again(world: World) -> None:
    with ScriptedServer(otherwise=Reply(503)) as server:
        client = world.client(server.url, retry=RetryPolicy(initial_delay=0.5))

        async def close() -> None:
            while not server.requests:  # noqa: ASYNC110 - it is a thread
                await anyio.sleep(0.01)
            await client.aclose()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(close)
            with pytest.raises((errors.ClientClosedError, errors.FishjamConnectionError)):
                await client.get_all_rooms()
        with pytest.raises(errors.ClientClosedError):
            await client.get_all_rooms()


@pytest.mark.anyio
@pytest.mark.parametrize("closed", [True, False])
async def test_what_the_library_says_of_a_client_that_is_closed_meanwhile(
    world: World, tmp_path: Path, closed: bool
) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        client._transport.pool.closed = closed
        raise RuntimeError("the client has been closed, or something else")

    file = RecordingFile("https://files.example/a.mp4")
    recording = Recording([file], "r1", OUTPUT, RecordingStatus("available"))
    async with world.http(transport=httpx.MockTransport(handle)) as http:
        for call in ("get_all_rooms", "download_recording"):
            client: Any = world.client("https://fishjam.example", http_client=http)
            args = [recording, tmp_path] if call == "download_recording" else []
            with pytest.raises(RuntimeError) as caught:
                await getattr(client, call)(*args)
            assert isinstance(caught.value, errors.ClientClosedError) is closed
