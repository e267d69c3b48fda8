"""Clients that were used before the process forked: each process has connections of its own."""

from __future__ import annotations

import os
import ssl
import sys
import threading
import warnings
from collections.abc import Callable, Iterator

import anyio
import httpx
import pytest

from fishjam import AsyncFishjamClient, CompositionClient, FishjamClient, errors
from fishjam._http.pool import Connections
from tests.support.clients import TOKEN
from tests.support.http_server import Received, Reply, ScriptedServer

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason=f"{sys.platform} has no fork")


@pytest.fixture(autouse=True)
def forks_are_meant() -> Iterator[None]:
    with warnings.catch_warnings():
        # From 3.12 on Python warns of forks beside threads, which are the subject here.
        warnings.filterwarnings("ignore", r".*multi-threaded.*fork", DeprecationWarning)
        yield


def in_a_child(call: Callable[[], object]) -> str:
    """Run something in a forked process; return what it printed there, or its error."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            text = str(call())
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
        os.write(writing, text.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    return text


def room_of_its_path(request: Received) -> Reply:
    room = {"id": request.target.rpartition("/")[2], "config": {}, "peers": []}
    return Reply(200, {"data": room})


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(otherwise=room_of_its_path) as server:
        yield server


def test_each_process_has_its_own_connection(server: ScriptedServer) -> None:
    with FishjamClient(server.url, TOKEN, retry=None) as client:
        derived = client.with_options(timeout=9)
        assert client.get_room("parent").id == "parent"
        assert in_a_child(lambda: client.get_room("child").id) == "child"
        assert in_a_child(lambda: derived.get_room("derived").id) == "derived"
        assert client.get_room("parent").id == "parent"
    assert server.connections == 3


def test_closing_in_the_child_leaves_the_parent_alone(server: ScriptedServer) -> None:
    def close() -> str:
        client.get_room("child")
        client.close()
        client.get_room("again")
        return "it works after closing"

    with FishjamClient(server.url, TOKEN, retry=None) as client:
        client.get_room("parent")
        assert in_a_child(client.close) == "None"
        assert in_a_child(close).startswith("ClientClosedError")
        assert client.get_room("parent").id == "parent"
    assert server.connections == 2


def test_a_lock_that_was_held_at_the_fork(server: ScriptedServer) -> None:
    with FishjamClient(server.url, TOKEN, retry=None) as client:
        client.get_room("parent")
        connections: Connections = client._transport.pool.open("x")
        assert connections._slots is not None
        held, done = threading.Event(), threading.Event()

        def hold(condition: threading.Condition) -> None:
            with condition:
                held.set()
                done.wait()

        thread = threading.Thread(target=hold, args=[connections._slots._freed])
        thread.start()
        held.wait()
        assert in_a_child(lambda: client.get_room("child").id) == "child"
        done.set()
        thread.join()


def test_a_client_of_ones_own_is_a_clear_error(server: ScriptedServer) -> None:
    with httpx.Client() as http:
        client = FishjamClient(server.url, TOKEN, http_client=http)
        compositions = CompositionClient(TOKEN, server.url, http_client=http)
        # As long as it was not used, any process may be the first.
        assert in_a_child(lambda: client.get_room("child").id) == "child"
        client.get_room("parent")
        compositions.start_composition("parent")
        for call in (client.get_room, compositions.start_composition):
            text = in_a_child(lambda call=call: call("child"))  # type: ignore[misc]
            assert text.startswith("ForkedClientError: This client was used before the process fo")
        client.get_room("parent")


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_an_async_client_on_a_loop_of_the_child(loop: str) -> None:
    # Closed after each answer, so that no connection outlives the first loop.
    closing = Reply(200, {"data": []}, (("connection", "close"),))
    with ScriptedServer(otherwise=closing) as server:
        client = AsyncFishjamClient(server.url, TOKEN, retry=None)
        assert anyio.run(client.get_all_rooms, backend=loop) == []
        assert in_a_child(lambda: anyio.run(client.get_all_rooms, backend=loop)) == "[]"


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_an_async_client_of_ones_own(server: ScriptedServer, loop: str) -> None:
    http = httpx.AsyncClient(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    client = AsyncFishjamClient(server.url, TOKEN, retry=None, http_client=http)

    async def use() -> None:
        await client.get_room("r")

    async def main() -> None:
        await use()
        await http.aclose()

    anyio.run(main, backend=loop)
    assert in_a_child(lambda: anyio.run(use, backend=loop)).startswith("ForkedClientError")


@pytest.mark.anyio
async def test_the_same_seen_from_the_child(anyio_backend_name: str) -> None:
    """What happens in a child is not measured, so here the parent passes for one."""
    with httpx.Client() as http:
        sync = FishjamClient("https://fishjam.example", TOKEN, http_client=http)
        _of_another_process(sync)
        with pytest.raises(errors.ForkedClientError):
            sync.get_all_rooms()
    async with httpx.AsyncClient() as own:
        client = AsyncFishjamClient("https://fishjam.example", TOKEN, http_client=own)
        _of_another_process(client)
        with pytest.raises(errors.ForkedClientError):
            await client.get_all_rooms()


def _of_another_process(client: FishjamClient | AsyncFishjamClient) -> None:
    pool = client._transport.pool
    pool.open("x")
    pool._connections[-1] = pool._connections.pop(os.getpid())  # type: ignore[assignment]
