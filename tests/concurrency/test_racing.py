"""Functions side by side, whose errors come out as they are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
import pytest

from fishjam._concurrency.racing import Tasks, all_of, race, with_tasks
from fishjam.errors import CallbackCancelledError
from tests.support.cancelled import fail_in_a_task_group

pytestmark = pytest.mark.anyio


async def fail() -> None:
    raise LookupError("mine")


async def interrupt() -> None:
    raise KeyboardInterrupt


async def test_what_is_started_ends_with_the_function_that_started_it() -> None:
    ended: list[str] = []

    async def last() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append("last")

    async def work(tasks: Tasks) -> None:
        tasks.start(last)
        await anyio.wait_all_tasks_blocked()

    await with_tasks(work)
    assert ended == ["last"]


@pytest.mark.parametrize(
    ("failing", "error"), [(fail, LookupError), (interrupt, KeyboardInterrupt)]
)
async def test_the_first_error_stops_all_and_is_raised_as_it_is(
    failing: Callable[[], Awaitable[None]], error: type[BaseException]
) -> None:
    async def work(tasks: Tasks) -> None:
        tasks.start(failing)
        await anyio.sleep_forever()

    calls: tuple[Callable[[], Awaitable[None]], ...] = (
        lambda: with_tasks(work),
        lambda: all_of(anyio.sleep_forever, failing),
        lambda: race(anyio.sleep_forever, failing),
    )
    for call in calls:
        with pytest.raises(error):
            await call()


async def test_a_cancellation_from_outside_is_one() -> None:
    async def work(tasks: Tasks) -> None:
        tasks.start(anyio.sleep_forever)
        await anyio.sleep_forever()

    with anyio.move_on_after(0.01) as scope:
        await with_tasks(work)
    assert scope.cancelled_caught


async def test_a_cancellation_of_its_own_is_an_error() -> None:
    """It would end all without a word, and what called them would take them for done."""

    async def work(tasks: Tasks) -> None:
        tasks.start(fail_in_a_task_group)
        await anyio.sleep_forever()

    calls: tuple[Callable[[], Awaitable[None]], ...] = (
        lambda: with_tasks(work),
        lambda: all_of(anyio.sleep_forever, fail_in_a_task_group),
        lambda: race(anyio.sleep_forever, fail_in_a_task_group),
    )
    for call in calls:
        with pytest.raises(CallbackCancelledError):
            await call()


async def test_the_first_result_wins() -> None:
    async def quick() -> int:
        return 1

    async def slow() -> int:
        await anyio.sleep_forever()
        return 2

    assert await race(slow, quick) == 1
