"""When the images are asked for that a model sees: at an interval, however long they take."""

from __future__ import annotations

from typing import cast

import anyio
import pytest

from fishjam.agent import AgentSession, IncomingTrackImage
from fishjam.clock import ManualClock
from fishjam.integrations.bridge._image_feed import ImageFeed

pytestmark = pytest.mark.anyio


class Cameras:
    """A session in which an image takes its time; it notes when each is asked for."""

    def __init__(self, clock: ManualClock, *seconds: float) -> None:
        self.asked: list[tuple[str, float]] = []
        self._clock = clock
        self._seconds = list(seconds)

    async def request_image(self, track_id: str, **_: object) -> IncomingTrackImage:
        self.asked.append((track_id, self._clock.now()))
        await self._clock.sleep_until(self._clock.now() + self._seconds.pop(0))
        return IncomingTrackImage(track_id, "image/jpeg", b"")


async def moments(count: int, *seconds: float) -> list[float]:
    """Return when so many images are asked for that take so long."""
    clock = ManualClock()
    cameras = Cameras(clock, *seconds)

    async def see(image: IncomingTrackImage) -> None:
        """Nobody is there to look at it."""

    feed = ImageFeed(cast("AgentSession", cameras), see, clock, track_ids=["cam"], interval=2)

    async def tick() -> None:
        while len(cameras.asked) < count:
            await anyio.wait_all_tasks_blocked()
            clock.advance(0.25)
        tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(feed.run)
        tasks.start_soon(tick)
    return [moment for _, moment in cameras.asked]


async def test_what_an_image_takes_does_not_count() -> None:
    assert await moments(4, 0.5, 0, 1.75, 0.25) == pytest.approx([0, 2, 4, 6], abs=0.5)


async def test_rounds_that_were_missed_are_not_made_up_for() -> None:
    assert await moments(3, 7, 0, 0) == pytest.approx([0, 7, 9], abs=0.5)
