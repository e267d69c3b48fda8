"""The header by which a server says that this SDK is getting old."""

from __future__ import annotations

import json
import threading
import warnings
from typing import Any

import httpx
import pytest

from fishjam import AsyncFishjamClient, FishjamClient
from tests.support.calls import CALLS
from tests.support.clients import TOKEN, World
from tests.support.http_server import Received, Reply, ScriptedServer
from tests.support.recorded_warnings import here, recorded, where

HEADER = "x-fishjam-api-deprecated"


def saying(value: Any, status: int = 200) -> Reply:
    text = value if isinstance(value, str) else json.dumps(value)
    return Reply(status, {"data": []}, ((HEADER, text),))


DEPRECATED = saying({"status": "deprecated", "message": "please upgrade"})
UNSUPPORTED = saying({"status": "unsupported", "message": "too old"})


def test_it_points_at_the_callers_line() -> None:
    with (
        ScriptedServer(DEPRECATED) as server,
        FishjamClient(server.url, TOKEN) as client,
        recorded() as seen,
    ):
        _, line = client.get_all_rooms(), here()
    (warning,) = seen
    assert where(warning) == (__file__, line)
    assert warning.category is DeprecationWarning
    assert str(warning.message) == "please upgrade"


@pytest.mark.anyio
@pytest.mark.parametrize("world", ["asyncio", "trio"], indirect=True)
async def test_it_points_at_the_awaiting_line(world: World) -> None:
    with ScriptedServer(DEPRECATED) as server:
        async with AsyncFishjamClient(server.url, TOKEN) as client:
            with recorded() as seen:
                _, line = await client.get_all_rooms(), here()
    (warning,) = seen
    assert where(warning) == (__file__, line)
    assert warning.category is DeprecationWarning
    assert str(warning.message) == "please upgrade"


@pytest.mark.anyio
async def test_it_comes_once_for_a_client_and_those_derived_from_it(world: World) -> None:
    with ScriptedServer(otherwise=DEPRECATED) as server:
        async with world.client(server.url) as client, world.client(server.url) as other:
            with recorded() as seen:
                await client.get_all_rooms()
                await client.get_all_rooms()
                await client.with_options(retry=None).get_all_rooms()
            assert len(seen) == 1
            with recorded() as seen:
                await other.with_options(retry=None).get_all_rooms()
                await other.get_all_rooms()
            assert len(seen) == 1


@pytest.mark.anyio
async def test_an_unsupported_sdk_is_another_category(world: World) -> None:
    with ScriptedServer(UNSUPPORTED, otherwise=DEPRECATED) as server:
        async with world.client(server.url) as client:
            with recorded() as seen:
                await client.get_all_rooms()
                await client.get_all_rooms()
    assert [(one.category, str(one.message)) for one in seen] == [(UserWarning, "too old")]


@pytest.mark.anyio
async def test_a_failed_answer_tells_it_too(world: World) -> None:
    failed = Reply(404, "", DEPRECATED.headers)
    with ScriptedServer(failed) as server:
        async with world.client(server.url) as client:
            with (
                pytest.warns(DeprecationWarning, match="upgrade"),
                pytest.raises(Exception, match="404"),
            ):
                await client.get_room("r")


@pytest.mark.anyio
@pytest.mark.parametrize("status", ["deprecated", "unsupported"])
@pytest.mark.parametrize("rest", [{}, {"message": ""}, {"message": 5}, {"message": None}])
async def test_without_a_message_there_is_one_of_ours(
    world: World, status: str, rest: dict[str, Any]
) -> None:
    with ScriptedServer(saying({"status": status, **rest})) as server:
        async with world.client(server.url) as client:
            with pytest.warns(Warning, match=f"calls this version of the SDK {status}"):
                await client.get_all_rooms()


GARBAGE = [
    "",
    "deprecated",
    "{",
    "null",
    "[]",
    "5",
    '"deprecated"',
    "{}",
    '{"message": "no status"}',
    '{"status": "fine", "message": "m"}',
    '{"status": null}',
    '{"status": ["deprecated"]}',
    '{"status": {"deprecated": 1}}',
    '{"status": "Deprecated"}',
    "[" * 50_000,
    '{"status": "deprecated"',
    "\xff\xfe",
]


@pytest.mark.anyio
async def test_what_cannot_be_read_is_ignored_and_does_not_count(world: World) -> None:
    # Only the last one is a warning, which also shows that it was still to come.
    with ScriptedServer(*[saying(text) for text in GARBAGE], DEPRECATED) as server:
        async with world.client(server.url) as client:
            for _ in GARBAGE:
                assert await client.get_all_rooms() == []
            with pytest.warns(DeprecationWarning, match="please upgrade"):
                await client.get_all_rooms()


@pytest.mark.anyio
async def test_every_call_looks_at_it(world: World) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(500, headers=dict(DEPRECATED.headers))

    async with world.http(transport=httpx.MockTransport(answer)) as http:
        for call in CALLS:
            client = world.client("https://fishjam.example", http_client=http)
            with (
                pytest.warns(DeprecationWarning, match="upgrade"),
                pytest.raises(Exception, match="500"),
            ):
                await call.on(client)


@pytest.mark.anyio
async def test_as_an_error_it_comes_out_of_the_call(world: World) -> None:
    with ScriptedServer(otherwise=DEPRECATED) as server:
        async with world.client(server.url) as client:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                with pytest.raises(DeprecationWarning, match="please upgrade"):
                    await client.get_all_rooms()
            assert await client.get_all_rooms() == []


def test_threads_that_see_it_at_the_same_moment_warn_once() -> None:
    together = threading.Barrier(8)

    def answer(received: Received) -> Reply:
        return DEPRECATED

    def call() -> None:
        together.wait()
        client.get_all_rooms()

    with (
        ScriptedServer(otherwise=answer) as server,
        FishjamClient(server.url, TOKEN) as client,
        recorded() as seen,
    ):
        threads = [threading.Thread(target=call) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(seen) == 1
