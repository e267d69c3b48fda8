"""What one task waits for, again and again, and how it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar

import anyio
import pytest
from anyio.lowlevel import checkpoint

from fishjam._concurrency.waiter import AsyncioWaiter, Waiter, waiter_of_loop

pytestmark = pytest.mark.anyio
only_asyncio = pytest.mark.parametrize("anyio_backend", ["asyncio"])

NAME: ContextVar[str] = ContextVar("NAME", default="nobody")


class Turns:
    """Waits in a task, and counts how often it goes on."""

    def __init__(self, waiter: Waiter) -> None:
        self._waiter = waiter
        self.count = 0

    async def wait(self) -> None:
        while True:
            await self._waiter
            self.count += 1


async def outside_tasks(function: Callable[[], None]) -> None:
    """Call a function as the loop calls back: while no task runs."""
    over = anyio.Event()

    def call() -> None:
        function()
        over.set()

    asyncio.get_running_loop().call_soon(call)
    await over.wait()


async def test_it_is_used_again() -> None:
    waiter = waiter_of_loop()
    turns = Turns(waiter)
    waiter.set()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(turns.wait)
        await anyio.wait_all_tasks_blocked()
        assert turns.count == 0
        for number in range(3):
            waiter.set()
            waiter.set()
            await anyio.wait_all_tasks_blocked()
            assert turns.count == number + 1
        tasks.cancel_scope.cancel()


async def test_a_cancelled_task_does_not_go_on() -> None:
    waiter = waiter_of_loop()
    turns = Turns(waiter)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await turns.wait()
    assert scope.cancelled_caught
    waiter.set()
    with anyio.move_on_after(0.01) as scope:
        await turns.wait()
    assert scope.cancelled_caught
    assert turns.count == 0


@only_asyncio
async def test_outside_tasks_it_goes_on_at_once_but_not_twice_in_a_row() -> None:
    waiter = waiter_of_loop()
    turns = Turns(waiter)
    counts = []

    def set_twice() -> None:
        for _ in range(2):
            waiter.set()
            counts.append(turns.count)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(turns.wait)
        await anyio.wait_all_tasks_blocked()
        waiter.set()
        # A task runs, and no second one can go on meanwhile.
        assert turns.count == 0
        await anyio.wait_all_tasks_blocked()
        assert turns.count == 1
        await outside_tasks(set_twice)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert counts == [2, 2]
    assert turns.count == 3


@only_asyncio
async def test_it_goes_on_as_the_task_that_it_is() -> None:
    waiter = waiter_of_loop()
    seen: list[tuple[str, bool]] = []

    async def wait() -> None:
        NAME.set("me")
        await waiter
        seen.append((NAME.get(), asyncio.current_task() is task))

    task = asyncio.ensure_future(wait())
    await checkpoint()

    def set_it() -> None:
        waiter.set()
        assert asyncio.current_task() is None
        seen.append((NAME.get(), False))

    await outside_tasks(set_it)
    await task
    assert seen == [("me", True), ("nobody", False)]


@only_asyncio
async def test_an_error_stays_in_its_task() -> None:
    waiter = waiter_of_loop()

    async def stumble() -> None:
        await waiter
        raise ZeroDivisionError

    task = asyncio.ensure_future(stumble())
    await checkpoint()
    await outside_tasks(waiter.set)
    with pytest.raises(ZeroDivisionError):
        await task


@only_asyncio
@pytest.mark.parametrize("message", [None, "why"])
async def test_a_cancellation_comes_once_and_with_its_message(message: str | None) -> None:
    waiter = waiter_of_loop()
    caught: list[tuple[object, ...]] = []

    async def wait() -> None:
        try:
            await waiter
        except asyncio.CancelledError as error:
            caught.append(error.args)
            raise

    task = asyncio.ensure_future(wait())
    await checkpoint()
    task.cancel(message)
    # It is about to go on, and does not do so twice.
    task.cancel("too late")
    waiter.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert caught == [() if message is None else (message,)]


@only_asyncio
async def test_a_cancellation_after_it_was_set_comes_out() -> None:
    waiter = waiter_of_loop()
    turns = Turns(waiter)
    task = asyncio.ensure_future(turns.wait())
    await checkpoint()
    waiter.set()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert turns.count == 0


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
def test_what_ends_the_program_ends_the_loop(error: BaseException) -> None:
    """The caller, which has to do with the network, has no part in it."""
    after = []

    async def main() -> None:
        waiter = AsyncioWaiter()

        def set_it() -> None:
            waiter.set()
            after.append("set")

        asyncio.get_running_loop().call_soon(set_it)
        await waiter
        raise error

    with pytest.raises(type(error)) as caught:
        asyncio.run(main())
    assert caught.value is error
    assert after == ["set"]
