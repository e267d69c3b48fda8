"""Many calls at once: cancelled, interrupted by signals, waiting; no slot is ever lost."""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from importlib.metadata import version

import anyio
import pytest

from fishjam import AsyncFishjamClient, FishjamClient
from fishjam._http.pool import MAX_REQUESTS, AsyncSlots, Slots
from fishjam._http.signals import PoolTimeoutError, TotalTimeoutError
from fishjam._http.streams import deadline
from fishjam._http.timeouts import Timeouts
from tests.support.clients import TOKEN, World
from tests.support.http_server import Hang, Reply, ScriptedServer

# Before 4.16 anyio leaves the socket of a cancelled connect to the garbage collector.
if tuple(map(int, version("anyio").split(".")[:2])) < (4, 16):
    LEFT_BEHIND = "ignore:.*unclosed (transport|<socket):pytest.PytestUnraisableExceptionWarning"
    pytestmark = pytest.mark.filterwarnings(LEFT_BEHIND, "ignore:unclosed:ResourceWarning")

EMPTY = Reply(200, {"data": []})
IN_TASKS = pytest.mark.parametrize("world", ["asyncio", "trio"], indirect=True)


class InterruptedCallError(Exception):
    """What a signal handler of the user raises."""


@pytest.mark.once
@pytest.mark.anyio
@IN_TASKS
async def test_a_flood_of_cancelled_calls_leaves_the_client_alive(world: World) -> None:
    """With httpx's own limit of 100 connections a client is dead after a few of these rounds."""
    with ScriptedServer(otherwise=Hang()) as server:
        async with AsyncFishjamClient(server.url, TOKEN, retry=None) as client:

            async def impatient(seconds: float) -> None:
                with anyio.move_on_after(seconds):
                    await client.get_all_rooms()

            for round_ in range(16):
                async with anyio.create_task_group() as tasks:
                    for number in range(200):
                        tasks.start_soon(impatient, 0.02 + (number + round_) % 20 * 0.005)
            server.otherwise = EMPTY
            done = []

            async def call() -> None:
                done.append(await client.get_all_rooms())

            with anyio.fail_after(20):
                async with anyio.create_task_group() as tasks:
                    for _ in range(150):
                        tasks.start_soon(call)
    assert done == [[]] * 150
    # What was left behind belongs to this test, and not to a later one.
    gc.collect()


@pytest.mark.anyio
@IN_TASKS
async def test_not_more_than_so_many_are_under_way(world: World) -> None:
    waiting = 20
    with ScriptedServer(otherwise=Hang()) as server:
        client = AsyncFishjamClient(server.url, TOKEN, retry=None)
        slots = client._transport.pool.open("x")._slots
        assert slots is not None
        async with client, anyio.create_task_group() as tasks:
            for _ in range(MAX_REQUESTS + waiting):
                tasks.start_soon(client.get_all_rooms)
            with anyio.fail_after(20):
                while len(server.requests) < MAX_REQUESTS:  # noqa: ASYNC110 - it is a thread
                    await anyio.sleep(0.01)
            assert slots._limiter.statistics().tasks_waiting == waiting
            tasks.cancel_scope.cancel()
    assert len(server.requests) == MAX_REQUESTS


@pytest.mark.anyio
async def test_a_full_pool_names_itself() -> None:
    slots = AsyncSlots(1)
    async with slots.slot(None):
        with pytest.raises(PoolTimeoutError):
            async with slots.slot(Timeouts(pool=0.01)):
                pytest.fail("two at once")
    async with slots.slot(Timeouts(pool=30)):
        pass


def test_the_same_with_threads() -> None:
    slots = Slots(1)
    with slots.slot(None):
        with pytest.raises(PoolTimeoutError), slots.slot(Timeouts(pool=0.01)):
            pytest.fail("two at once")
        with pytest.raises(TotalTimeoutError), deadline(0.01), slots.slot(None):
            pytest.fail("two at once")
    with slots.slot(Timeouts(pool=30)):
        pass


def test_a_thread_waits_for_another() -> None:
    slots = Slots(2)
    order: list[str] = []

    def wait() -> None:
        with slots.slot(Timeouts(pool=30)):
            order.append("second")

    with ExitStack() as held:
        held.enter_context(slots.slot(None))
        held.enter_context(slots.slot(None))
        thread = threading.Thread(target=wait)
        thread.start()
        while not slots._freed._waiters:  # type: ignore[attr-defined]
            time.sleep(0.001)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def interrupt(call: Callable[[], object], seconds: float) -> None:
    """Raise in the main thread after so many seconds, as a signal handler of the user may."""
    before = signal.signal(signal.SIGUSR1, _raise)
    main = threading.main_thread().ident or 0
    timer = threading.Timer(seconds, signal.pthread_kill, (main, signal.SIGUSR1))
    try:
        timer.start()
        call()
        pytest.fail("it returned")
    except InterruptedCallError:
        timer.join()
    finally:
        signal.signal(signal.SIGUSR1, before)


def _raise(*_: object) -> None:
    raise InterruptedCallError


# An interrupt at the right moment leaves a socket to the garbage collector, which tells of it.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_signals_take_no_slot_away() -> None:
    """Each call is interrupted at another moment: while it waits, connects, sends or begins."""
    with ScriptedServer(otherwise=Hang()) as server, FishjamClient(server.url, TOKEN) as client:
        connections = client._transport.pool.open("get_all_rooms")
        for number in range(100):
            interrupt(client.get_all_rooms, number % 50 * 0.0002)
        slots = connections._slots
        assert slots is not None
        assert slots._holders == set()
        server.otherwise = EMPTY
        assert client.get_all_rooms() == []


def test_a_signal_while_it_waits_for_a_slot() -> None:
    slots = Slots(1)
    with slots.slot(None):
        for number in range(30):
            interrupt(slots.slot(None).__enter__, number * 0.0002)
    with slots.slot(Timeouts(pool=30)):
        pass


def test_ctrl_c_in_a_program_of_its_own() -> None:
    code = f"""
import os, signal, sys, threading
from fishjam import FishjamClient
client = FishjamClient(sys.argv[1], {TOKEN!r}, retry=None)
for _ in range(5):
    try:
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        client.get_all_rooms()
    except KeyboardInterrupt:
        print("interrupted")
slots = client._transport.pool.open("x")._slots
print(len(slots._holders))
"""
    with ScriptedServer(otherwise=Hang()) as server:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", code, server.url], capture_output=True, text=True, check=True
        )
    assert done.stdout.split() == [*["interrupted"] * 5, "0"]
