"""The queue between a task that always reads and one that takes what was read."""

from __future__ import annotations

import anyio
import pytest
from anyio.lowlevel import checkpoint

from fishjam._concurrency.queue import MAX_KEYS, BoundedQueue, Overflow

pytestmark = pytest.mark.anyio


def inbox_of(size: int, overflow: Overflow) -> BoundedQueue[str]:
    return BoundedQueue(size, overflow, lambda: RuntimeError("two readers"))


async def all_of(inbox: BoundedQueue[str]) -> list[str]:
    found = []
    while (item := await inbox.take()) is not None:
        found.append(item)
    return found


async def test_each_kind_has_room_of_its_own_and_its_oldest_goes_first() -> None:
    inbox = inbox_of(10, "drop_oldest")
    for index in range(4):
        await inbox.put(f"a{index}", ("a", 4))
        await inbox.put(f"b{index}", ("b", 1))
        inbox.put_at_once(f"kept{index}")
    inbox.end()
    items = await all_of(inbox)
    assert inbox.dropped == 2
    assert [one for one in items if one.startswith("a")] == ["a2", "a3"]
    assert [one for one in items if one.startswith("b")] == ["b0", "b1", "b2", "b3"]
    assert [one for one in items if one.startswith("kept")] == ["kept0", "kept1", "kept2", "kept3"]


async def test_what_is_larger_than_all_room_is_taken_alone() -> None:
    inbox = inbox_of(10, "drop_oldest")
    await inbox.put("small", ("a", 1))
    await inbox.put("huge", ("a", 1000))
    inbox.end()
    assert await all_of(inbox) == ["huge"]


async def test_kinds_that_come_and_are_never_taken_do_not_pile_up_without_end() -> None:
    inbox = inbox_of(10, "drop_oldest")
    inbox.put_at_once("kept")
    for index in range(2 * MAX_KEYS):
        await inbox.put(str(index), (f"track {index}", 10))
    inbox.end()
    assert inbox.dropped == MAX_KEYS
    assert await all_of(inbox) == ["kept", *map(str, range(MAX_KEYS, 2 * MAX_KEYS))]


async def test_a_writer_waits_until_there_is_room() -> None:
    inbox = inbox_of(2, "wait")
    written: list[int] = []

    async def write() -> None:
        for index in range(5):
            await inbox.put(str(index), ("a", 1))
            written.append(index)
        inbox.end()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(write)
        await anyio.wait_all_tasks_blocked()
        assert written == [0, 1]
        # What must not wait does not.
        inbox.put_at_once("now")
        assert await all_of(inbox) == ["0", "1", "now", "2", "3", "4"]
    assert inbox.dropped == 0


async def test_a_second_reader_is_told_and_the_first_goes_on() -> None:
    inbox = inbox_of(2, "wait")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(inbox.take)
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(RuntimeError, match="two readers"):
            await inbox.take()
        await inbox.put("a", ("a", 1))


async def test_a_failure_comes_after_what_was_there_before() -> None:
    inbox = inbox_of(2, "wait")
    await inbox.put("a", ("a", 1))
    inbox.end(LookupError("mine"))
    assert await inbox.take() == "a"
    for _ in range(2):
        with pytest.raises(LookupError, match="mine"):
            await inbox.take()


async def test_a_backlog_lets_other_tasks_have_their_turn() -> None:
    queue: BoundedQueue[int] = BoundedQueue(100, "wait", RuntimeError)
    for number in range(50):
        queue.put_at_once(number)
    turns: list[int] = []

    async def other() -> None:
        while True:
            turns.append(len(turns))
            await checkpoint()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(other)
        for number in range(50):
            assert await queue.take() == number
        tasks.cancel_scope.cancel()
    # trio chooses by chance which of two tasks goes first, so the last turn may be missing.
    assert len(turns) >= 49


async def test_a_cancellation_in_the_middle_of_a_backlog_loses_nothing() -> None:
    queue: BoundedQueue[int] = BoundedQueue(100, "wait", RuntimeError)
    for number in range(3):
        queue.put_at_once(number)
    with anyio.CancelScope() as scope:
        assert await queue.take() == 0
        scope.cancel()
        await queue.take()
    assert scope.cancelled_caught
    assert [await queue.take(), await queue.take()] == [1, 2]


async def test_the_end_of_a_queue_can_be_cancelled_too() -> None:
    queue: BoundedQueue[int] = BoundedQueue(100, "wait", RuntimeError)
    queue.end()
    with anyio.move_on_after(0.05) as scope:
        while await queue.take() is None:
            pass
    assert scope.cancelled_caught
