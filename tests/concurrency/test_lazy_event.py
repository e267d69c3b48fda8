"""The events that are made when a task waits for them."""

from __future__ import annotations

import anyio
import pytest

from fishjam._concurrency.lazy_event import LazyEvent, Signal

pytestmark = pytest.mark.anyio


async def test_all_that_wait_go_on() -> None:
    event = LazyEvent()
    passed: list[int] = []

    async def wait(number: int) -> None:
        await event.wait()
        passed.append(number)

    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            for number in range(3):
                group.start_soon(wait, number)
            await anyio.wait_all_tasks_blocked()
            assert not passed
            event.set()
        await event.wait()
    assert sorted(passed) == [0, 1, 2]


async def test_one_that_is_cancelled_takes_nobody_along() -> None:
    event = LazyEvent()
    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(event.wait)
            with anyio.move_on_after(0.01) as scope:
                await event.wait()
            assert scope.cancelled_caught
            event.set()


async def test_it_can_be_cleared() -> None:
    event = LazyEvent(is_set=True)
    await event.wait()
    event.clear()
    assert not event.is_set
    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(event.wait)
            await anyio.wait_all_tasks_blocked()
            event.set()
            event.clear()
            await anyio.wait_all_tasks_blocked()
            # It was cleared before the task had its turn.
            event.set()


async def test_a_signal_wakes_only_those_that_wait() -> None:
    signal = Signal()
    # Nobody waits, so that it is of no use later.
    signal.notify()
    with anyio.fail_after(10):
        for _ in range(2):
            async with anyio.create_task_group() as group:
                group.start_soon(signal.wait)
                group.start_soon(signal.wait)
                with anyio.move_on_after(0.01) as scope:
                    await signal.wait()
                assert scope.cancelled_caught
                signal.notify()
