"""The clock that stands still until it is moved, across tasks, threads and event loops."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint

from fishjam.clock import AsyncClock, ManualClock

BOTH_LOOPS = ["asyncio", "trio"]


class Sleepers:
    """Tasks that note the moments at which they were woken."""

    def __init__(self, clock: AsyncClock, tasks: TaskGroup) -> None:
        self._clock = clock
        self._tasks = tasks
        self.woken: list[float] = []

    async def start(self, *moments: float) -> None:
        for moment in moments:
            self._tasks.start_soon(self._sleep, moment)
        await anyio.wait_all_tasks_blocked()

    async def _sleep(self, moment: float) -> None:
        await self._clock.sleep_until(moment)
        self.woken.append(moment)


def test_it_stands_still_until_it_is_moved() -> None:
    clock = ManualClock(start=100)
    assert clock.now() == 100
    clock.advance(2.5)
    clock.advance(0)
    assert clock.now() == 102.5
    assert ManualClock().now() == 0


@pytest.mark.parametrize("seconds", [-0.1, float("nan"), float("inf"), 10**400])
def test_it_does_not_go_back(seconds: float) -> None:
    clock = ManualClock(5)
    with pytest.raises(ValueError, match="can only be advanced"):
        clock.advance(seconds)
    assert clock.now() == 5


@pytest.mark.anyio
async def test_who_sleeps_is_woken_when_the_moment_has_come() -> None:
    clock = ManualClock()
    async with anyio.create_task_group() as tasks:
        sleepers = Sleepers(clock, tasks)
        await sleepers.start(3, 1, 2)
        clock.advance(0.5)
        await anyio.wait_all_tasks_blocked()
        assert sleepers.woken == []
        clock.advance(0.5)
        await anyio.wait_all_tasks_blocked()
        assert sleepers.woken == [1]
        clock.advance(10)
    assert sorted(sleepers.woken) == [1, 2, 3]


@pytest.mark.anyio
async def test_a_moment_that_has_come_is_not_waited_for_but_others_have_their_turn() -> None:
    clock, turns = ManualClock(7), []
    async with anyio.create_task_group() as tasks:

        async def other() -> None:
            turns.append("other")

        tasks.start_soon(other)
        for _ in range(3):
            await clock.sleep_until(7)
        assert turns == ["other"]


@pytest.mark.anyio
async def test_sums_of_floats_do_no_harm() -> None:
    clock, step, count = ManualClock(1_700_000_000.1), 0.02, 500
    start = clock.now()
    async with anyio.create_task_group() as tasks:

        async def pace() -> None:
            for number in range(1, count + 1):
                moment = start + number * step
                await clock.sleep_until(moment)
                assert clock.now() >= moment
            tasks.cancel_scope.cancel()

        tasks.start_soon(pace)
        for _ in range(count):
            await checkpoint()
            clock.advance(step)
            await checkpoint()
        await anyio.sleep_forever()
    assert clock.now() == pytest.approx(start + count * step, abs=1e-5)
    await clock.sleep_until(clock.now() + 1e-9)


@pytest.mark.anyio
async def test_a_sleeper_can_be_cancelled() -> None:
    clock = ManualClock()
    with anyio.move_on_after(0.01) as scope:
        await clock.sleep_until(1)
    assert scope.cancelled_caught
    clock.advance(1)


@pytest.mark.anyio
async def test_it_may_be_moved_by_another_thread() -> None:
    clock = ManualClock()
    async with anyio.create_task_group() as tasks:
        sleepers = Sleepers(clock, tasks)
        await sleepers.start(1, 2)
        await anyio.to_thread.run_sync(clock.advance, 2)
    assert sorted(sleepers.woken) == [1, 2]


@pytest.mark.anyio
@pytest.mark.parametrize("other", BOTH_LOOPS)
async def test_it_may_be_shared_with_another_event_loop(other: str) -> None:
    clock, asleep, woken = ManualClock(), threading.Event(), threading.Event()

    async def sleep_there() -> None:
        async with anyio.create_task_group() as tasks:
            await Sleepers(clock, tasks).start(1)
            asleep.set()
        woken.set()

    thread = threading.Thread(target=anyio.run, args=(sleep_there,), kwargs={"backend": other})
    thread.start()
    await anyio.to_thread.run_sync(asleep.wait, 30)
    async with anyio.create_task_group() as tasks:
        here = Sleepers(clock, tasks)
        await here.start(1)
        # It does not wait for the other loop, which might be waiting for this one.
        clock.advance(1)
    assert here.woken == [1]
    assert await anyio.to_thread.run_sync(woken.wait, 30)
    thread.join()


@pytest.mark.parametrize("backend", BOTH_LOOPS)
def test_a_loop_that_has_ended_has_nobody_to_be_woken(backend: str) -> None:
    clock, before = ManualClock(), set(threading.enumerate())
    coroutines = []

    async def leave_a_sleeper() -> None:
        coroutine = clock.sleep_until(1)
        coroutine.send(None)
        coroutines.append(coroutine)

    anyio.run(leave_a_sleeper, backend=backend)
    clock.advance(1)
    for thread in set(threading.enumerate()) - before:
        thread.join()
    coroutines.clear()
    gc.collect()


def test_watchers_are_called_after_each_advance() -> None:
    clock, seen = ManualClock(), []

    def watcher(name: str) -> Callable[[], object]:
        return lambda: seen.append((name, clock.now()))

    first, second = watcher("first"), watcher("second")
    clock.watch(first)
    clock.advance(1)
    clock.watch(second)
    clock.advance(2)
    clock.unwatch(first)
    clock.advance(3)
    assert seen == [("first", 1), ("first", 3), ("second", 3), ("second", 6)]
    with pytest.raises(ValueError, match="not in list"):
        clock.unwatch(first)


def test_a_watcher_may_use_the_clock() -> None:
    clock = ManualClock()

    def once() -> None:
        clock.unwatch(once)
        clock.advance(1)

    clock.watch(once)
    clock.advance(1)
    assert clock.now() == 2
