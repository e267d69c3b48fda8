"""Mistakes with event loops: blocking one, and the wrong kind of block."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import types
from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest

from fishjam import (
    AsyncCompositionClient,
    AsyncFishjamClient,
    CompositionClient,
    FishjamClient,
    errors,
)
from tests.support.clients import TOKEN
from tests.support.messages import text_of
from tests.support.recorded_warnings import recorded


def answering() -> httpx.Client:
    return httpx.Client(
        transport=httpx.MockTransport(lambda _: httpx.Response(200, json={"data": []}))
    )


@pytest.fixture
def client() -> FishjamClient:
    return FishjamClient("https://fishjam.example", TOKEN, http_client=answering())


class Hints(logging.Handler):
    """Collects what the SDK's logger warns of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


def hints_of(call: Callable[[], object]) -> list[str]:
    logger, handler = logging.getLogger("fishjam"), Hints()
    logger.addHandler(handler)
    try:
        call()
    finally:
        logger.removeHandler(handler)
    return handler.texts


async def in_debug_mode(call: Callable[[], list[str]]) -> list[str]:
    loop = asyncio.get_running_loop()
    before = loop.get_debug()
    loop.set_debug(True)
    try:
        return call()
    finally:
        loop.set_debug(before)


def test_a_sync_client_works_in_an_async_function_without_a_word(client: FishjamClient) -> None:
    async def main() -> list[str]:
        with recorded() as seen:
            hints = hints_of(client.get_all_rooms)
        return [*hints, *(str(one.message) for one in seen)]

    assert asyncio.run(main(), debug=False) == []


def test_in_debug_mode_the_logger_says_once_that_it_blocks_the_loop(client: FishjamClient) -> None:
    async def main() -> None:
        (text,) = await in_debug_mode(lambda: hints_of(client.get_all_rooms))
        assert text == (
            "get_all_rooms blocks the event loop of this thread: everything else on it waits for "
            "the answer. Use the async client, AsyncFishjamClient or AsyncCompositionClient, or "
            "call the method in a thread, for example with asyncio.to_thread."
        )
        again = client.with_options(timeout=1)
        assert await in_debug_mode(lambda: hints_of(client.get_all_rooms)) == []
        assert await in_debug_mode(lambda: hints_of(again.get_all_rooms)) == []
        other = FishjamClient("https://fishjam.example", TOKEN, http_client=answering())
        assert len(await in_debug_mode(lambda: hints_of(other.get_all_rooms))) == 1

    asyncio.run(main())


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_in_the_development_mode_of_python_too(loop: str) -> None:
    code = f"""
import anyio, httpx
from fishjam import FishjamClient
answer = httpx.MockTransport(lambda _: httpx.Response(200, json={{"data": []}}))
async def main():
    with httpx.Client(transport=answer) as http:
        FishjamClient("https://fishjam.example", "t", http_client=http).get_all_rooms()
anyio.run(main, backend={loop!r})
"""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-X", "dev", "-W", "error::UserWarning", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "get_all_rooms blocks the event loop" in done.stderr


def test_in_a_thread_it_blocks_none(client: FishjamClient) -> None:
    async def main() -> list[str]:
        return await asyncio.to_thread(hints_of, client.get_all_rooms)

    assert asyncio.run(main(), debug=True) == []


def test_without_a_loop_it_blocks_none(client: FishjamClient) -> None:
    anyio.run(anyio.sleep, 0, backend="trio")
    anyio.run(anyio.sleep, 0)
    assert hints_of(client.get_all_rooms) == []


def test_a_loop_that_runs_no_task_here_is_none(client: FishjamClient) -> None:
    # Tools with a sync face over an async core leave their loop so between two calls.
    seen: list[str] = []

    async def main() -> None:
        ready = asyncio.Event()

        def between() -> None:
            seen.extend(hints_of(client.get_all_rooms))
            ready.set()

        asyncio.get_running_loop().call_soon(between)
        await ready.wait()

    asyncio.run(main(), debug=True)
    assert seen == []


def test_in_a_notebook_there_is_nothing_to_say(
    client: FishjamClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))

    async def main() -> list[str]:
        return hints_of(client.get_all_rooms)

    assert asyncio.run(main(), debug=True) == []


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: AsyncFishjamClient("abc", TOKEN), "AsyncFishjamClient"),
        (lambda: AsyncCompositionClient(TOKEN), "AsyncCompositionClient"),
    ],
)
def test_an_async_client_in_a_plain_with(make: Callable[[], Any], name: str) -> None:
    async def main() -> None:
        client = make()

        def enter() -> None:
            with client:
                """Never comes here."""

        assert text_of(TypeError, enter) == (
            f"{name} is async: write `async with {name}(...) as client:`"
        )
        await client.aclose()

    anyio.run(main)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: FishjamClient("abc", TOKEN), "FishjamClient"),
        (lambda: CompositionClient(TOKEN), "CompositionClient"),
    ],
)
async def test_a_sync_client_in_an_async_with(make: Callable[[], Any], name: str) -> None:
    with make() as client:
        with pytest.raises(TypeError) as caught:
            async with client:
                """Never comes here."""
        assert str(caught.value) == (
            f"{name} is sync: write `with {name}(...) as client:`. "
            f"In an async function use Async{name}."
        )


def test_an_async_client_on_a_second_loop() -> None:
    http = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(200, json={"data": []}))
    )
    client = AsyncFishjamClient("https://fishjam.example", TOKEN, http_client=http)
    asyncio.run(client.get_all_rooms())
    assert text_of(errors.EventLoopError, lambda: asyncio.run(client.get_all_rooms())) == (
        "This client was first used on another event loop, and its connections belong to that "
        "loop. Make one client for each loop (each asyncio.run or trio.run)."
    )
    asyncio.run(http.aclose())


def test_a_client_is_used_after_it_was_closed() -> None:
    with FishjamClient("abc", TOKEN) as client:
        """Nothing is asked here."""
    assert text_of(errors.ClientClosedError, client.get_all_rooms) == (
        "This client was closed; make a new one, or close it later."
    )
