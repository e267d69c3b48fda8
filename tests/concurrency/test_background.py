"""Work beside a block: it ends with the block, and no error is lost or wrapped."""

from __future__ import annotations

import anyio
import pytest

from fishjam._concurrency.loop import background

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]


async def test_the_function_runs_beside_the_block_and_is_cancelled_at_its_end() -> None:
    news: list[str] = []
    begun = anyio.Event()

    async def work() -> None:
        news.append("begun")
        begun.set()
        try:
            await anyio.sleep_forever()
        finally:
            news.append("ended")

    async with background(work):
        await begun.wait()
        news.append("block")
    assert news == ["begun", "block", "ended"]


async def test_a_function_that_has_ended_is_no_matter() -> None:
    done = anyio.Event()

    async def work() -> None:
        done.set()

    async with background(work):
        await done.wait()


async def test_the_blocks_own_error_comes_out_as_it_is() -> None:
    with pytest.raises(LookupError, match="mine"):
        async with background(anyio.sleep_forever):
            raise LookupError("mine")


async def test_an_error_that_escapes_the_function_is_raised_at_the_end() -> None:
    async def work() -> None:
        raise ValueError("escaped")

    async def block() -> None:
        async with background(work):
            for _ in range(5):
                await anyio.lowlevel.checkpoint()

    with pytest.raises(ValueError, match="escaped"):
        await block()


async def test_the_blocks_own_error_goes_before_one_that_escapes() -> None:
    async def work() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            raise ValueError("escaped")

    async def block() -> None:
        async with background(work):
            await anyio.wait_all_tasks_blocked()
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await block()


class Interruption(BaseException):
    """Stands for a KeyboardInterrupt, which a test had better not raise."""


@pytest.mark.parametrize("own", [None, LookupError("mine")])
async def test_an_interruption_is_never_swallowed_nor_grouped(
    own: Exception | None, anyio_backend_name: str
) -> None:
    async def work() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            raise Interruption

    async def block() -> None:
        async with background(work):
            await anyio.wait_all_tasks_blocked()
            if own is not None:
                raise own

    if anyio_backend_name == "asyncio" and own is not None:
        # A plain task hands it to nobody but who waits for the task; the block's error is first.
        with pytest.raises(LookupError):
            await block()
        return
    with pytest.raises(Interruption):
        await block()


async def test_a_cancelled_block_stays_cancelled() -> None:
    with anyio.CancelScope() as scope:
        async with background(anyio.sleep_forever):
            scope.cancel()
            await anyio.lowlevel.checkpoint()
    assert scope.cancelled_caught
