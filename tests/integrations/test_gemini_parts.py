"""The parts of the Gemini bridge that need no network: several tasks that end together."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.lowlevel
import pytest

from fishjam._concurrency.racing import all_of, race
from fishjam.errors import CallbackCancelledError
from tests.support.cancelled import NEEDS_COUNTING, wait_for_something_cancelled

asynchronous = pytest.mark.anyio


@asynchronous
async def test_the_first_to_end_ends_all() -> None:
    cancelled: list[str] = []

    async def endless() -> str:
        try:
            await anyio.sleep_forever()
        finally:
            cancelled.append("endless")
        return "never"

    async def short() -> str:
        await anyio.lowlevel.checkpoint()
        return "short"

    assert await race(endless, short) == "short"
    assert cancelled == ["endless"]


@asynchronous
async def test_the_first_error_comes_as_it_is() -> None:
    async def endless() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            raise KeyError("on the way out")

    async def fail() -> None:
        raise LookupError("first")

    for run in (race, all_of):
        with pytest.raises(LookupError, match="first") as caught:
            await run(endless, fail)
        assert not isinstance(caught.value, KeyError)


@asynchronous
async def test_all_are_waited_for() -> None:
    done: list[int] = []

    async def work() -> None:
        await anyio.lowlevel.checkpoint()
        done.append(1)

    await all_of(work, work)
    await all_of()
    assert done == [1, 1]


@asynchronous
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("run", [race, all_of])
async def test_an_interruption_comes_as_it_is(run: Any, kind: type[BaseException]) -> None:
    async def interrupt() -> None:
        await anyio.lowlevel.checkpoint()
        raise kind("now")

    with pytest.raises(kind, match="now"):
        await run(anyio.sleep_forever, interrupt)


@asynchronous
async def test_a_cancellation_goes_through() -> None:
    with anyio.move_on_after(0) as scope:
        await race(anyio.sleep_forever, anyio.sleep_forever)
    assert scope.cancelled_caught


@NEEDS_COUNTING
@pytest.mark.parametrize("run", [race, all_of])
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@asynchronous
async def test_a_part_that_ends_with_a_cancellation_of_its_own_says_so(run: Any) -> None:
    with pytest.raises(CallbackCancelledError, match="wait_for_something_cancelled"):
        await run(anyio.sleep_forever, wait_for_something_cancelled)
