"""Pings on asyncio: when they are sent, and what is left of the timer behind them."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import MutableMapping
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
import pytest

from fishjam._websocket._asyncio_pings import Timetable
from fishjam._websocket.connection import connect_websocket
from fishjam._websocket.options import SocketOptions
from fishjam._websocket.websocket import ConnectionEnded
from tests.support.websocket_server import PING, PONG, Peer
from tests.websocket.conftest import Serve

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.usefixtures("nothing_left"),
    pytest.mark.parametrize("anyio_backend", ["asyncio"]),
]


def timetables() -> MutableMapping[Any, Timetable]:
    """Return those of loops that have something to call."""
    return Timetable._of_loops


async def test_calls_come_in_the_order_of_their_time() -> None:
    called: list[str] = []
    over = asyncio.Event()
    table = Timetable.of_loop()
    table.set("third", 0.09, over.set)
    table.set("second", 0.05, lambda: called.append("second"))
    table.set("first", 0.01, lambda: called.append("first"))
    assert Timetable.of_loop() is table
    with anyio.fail_after(10):
        await over.wait()
    assert called == ["first", "second"]
    await asyncio.sleep(0)
    assert asyncio.get_running_loop() not in timetables()


async def test_the_last_word_of_an_owner_counts() -> None:
    called: list[str] = []
    over = asyncio.Event()
    table = Timetable.of_loop()
    table.set("ada", 0.01, lambda: called.append("too early"))
    table.set("ada", 0.05, lambda: called.append("in time"))
    table.set("bob", 0.02, lambda: called.append("never"))
    table.clear("bob")
    table.set("end", 0.08, over.set)
    with anyio.fail_after(10):
        await over.wait()
    assert called == ["in time"]


async def test_nothing_is_left_of_what_was_taken_back() -> None:
    table = Timetable.of_loop()
    table.set("ada", 1000, lambda: None)
    assert timetables()[asyncio.get_running_loop()] is table
    table.clear("ada")
    table.clear("ada")
    assert asyncio.get_running_loop() not in timetables()


async def test_a_loop_that_is_closed_too_early_is_not_kept() -> None:
    async def forget() -> None:
        Timetable.of_loop().set("ada", 1000, lambda: None)

    def close_too_early() -> weakref.ref[asyncio.AbstractEventLoop]:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(forget())
        loop.close()
        return weakref.ref(loop)

    closed = await anyio.to_thread.run_sync(close_too_early)
    gc.collect()
    assert closed() is None


async def test_all_connections_of_a_loop_share_it(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.end_in_order()

    loop = asyncio.get_running_loop()
    async with connect_websocket(serve(script).url), connect_websocket(serve(script).url):
        assert len(timetables()[loop]._due) == 2
    assert loop not in timetables()


async def test_an_answer_may_take_for_ever(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        for _ in range(2):
            received = peer.read_frame()
            assert received is not None
            assert received[0] == PING
            assert not peer.server.go.wait(0.1)
            peer.send_frame(PONG, received[1])
        peer.send(b"two pings came")
        peer.end_in_order()

    options = SocketOptions(ping_interval=0.02, ping_timeout=None)
    async with connect_websocket(serve(script).url, options) as socket:
        with anyio.fail_after(10):
            assert await socket.receive() == b"two pings came"


async def test_a_ping_by_itself(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        received = peer.read_frame()
        assert received is not None
        # Nobody waits for the first one, which is allowed.
        peer.send_frame(PONG, b"by the way")
        peer.send_frame(PONG, received[1])
        peer.end_in_order()

    async with connect_websocket(serve(script).url) as socket:
        with anyio.fail_after(10):
            await socket._connection.ping()
    with anyio.fail_after(10), pytest.raises(ConnectionEnded):
        await socket._connection.ping()


async def test_an_answer_to_the_latest_of_several_pings(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        pings = [peer.read_frame() for _ in range(3)]
        peer.send_frame(PONG, (pings[1] or (PING, b""))[1])
        peer.end_in_order()

    async with connect_websocket(serve(script).url) as socket:
        answered: list[int] = []
        second = asyncio.Event()
        connection: Any = socket._connection
        connection.start_ping(lambda: answered.append(1))
        connection.start_ping(second.set)
        connection.start_ping(lambda: answered.append(3))
        with anyio.fail_after(10):
            await second.wait()
        assert answered == [1]


async def test_pings_without_an_answer_are_forgotten(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        for _ in range(19):
            peer.read_frame()
        last = peer.read_frame()
        peer.send_frame(PONG, (last or (PING, b""))[1])
        peer.end_in_order()

    async with connect_websocket(serve(script).url) as socket:
        answered: list[int] = []
        last = asyncio.Event()
        connection: Any = socket._connection
        for number in range(19):
            connection.start_ping(partial(answered.append, number))
        connection.start_ping(last.set)
        with anyio.fail_after(10):
            await last.wait()
        assert answered == list(range(4, 19))
