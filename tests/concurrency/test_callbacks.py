"""Functions of the user: called, waited for, and their own cancellations told from ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from fishjam._concurrency.callbacks import call, check_handler, failures_of
from fishjam.errors import CallbackCancelledError, FishjamError
from tests.support.cancelled import NEEDS_COUNTING, wait_for_something_cancelled

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]


async def test_plain_and_async_functions_are_called() -> None:
    seen: list[int] = []

    async def later(number: int) -> None:
        await checkpoint()
        seen.append(number)

    await call(seen.append, 1)
    await call(later, 2)
    assert seen == [1, 2]


async def test_what_a_function_raises_comes_out_as_it_is() -> None:
    def fail(_: object) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await call(fail, 1)


@pytest.mark.parametrize("what", [None, "name"])
def test_what_cannot_be_called(what: object) -> None:
    with pytest.raises(TypeError, match="is not a handler"):
        check_handler(what)


@NEEDS_COUNTING
async def test_a_cancellation_of_its_own_is_a_failure() -> None:
    with pytest.raises(CallbackCancelledError, match="wait_for_something_cancelled") as caught:
        await call(wait_for_something_cancelled, 1)
    assert isinstance(caught.value, FishjamError)
    assert isinstance(caught.value.__cause__, asyncio.CancelledError)


@NEEDS_COUNTING
async def test_a_task_of_the_functions_that_was_cancelled(anyio_backend_name: str) -> None:
    if anyio_backend_name == "trio":
        return

    async def wait(_: object) -> None:
        task = asyncio.create_task(asyncio.sleep(9))
        await checkpoint()
        task.cancel()
        await task

    with pytest.raises(CallbackCancelledError):
        await call(wait, 1)


async def test_a_cancellation_from_outside_stays_one(anyio_backend_name: str) -> None:
    async def stay(_: object) -> None:
        await anyio.sleep_forever()

    with anyio.move_on_after(0.01) as scope:
        await call(stay, 1)
    assert scope.cancelled_caught
    if anyio_backend_name == "trio":
        return

    async def cancel(_: object) -> None:
        scope.cancel()
        await wait_for_something_cancelled()

    caught: type[BaseException] | None = None
    with anyio.CancelScope() as scope:
        try:
            await call(cancel, 1)
        except BaseException as error:
            caught = type(error)
            await checkpoint()
    assert scope.cancelled_caught
    assert caught is asyncio.CancelledError


async def test_a_task_that_was_cancelled_stays_cancelled(anyio_backend_name: str) -> None:
    if anyio_backend_name == "trio":
        return
    task = asyncio.create_task(call(lambda _: asyncio.sleep(9), 1))
    await checkpoint()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_without_an_event_loop_there_is_nothing_to_cancel() -> None:
    with pytest.raises(CallbackCancelledError), failures_of("handler"):
        raise asyncio.CancelledError


async def wait_in_a_task_group() -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(anyio.sleep_forever)
        await anyio.sleep_forever()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("wait", [anyio.sleep_forever, wait_in_a_task_group])
async def test_task_groups_of_the_users_hide_no_cancellation(
    wait: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    async def handle(_: object) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            await anyio.sleep_forever()

    task = asyncio.ensure_future(call(handle, None))
    await anyio.wait_all_tasks_blocked()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
