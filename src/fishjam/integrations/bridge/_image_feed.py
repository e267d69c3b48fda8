"""Images of video tracks at an interval, for a model that sees."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import NoReturn

from fishjam._concurrency.racing import all_of
from fishjam.agent import AgentSession, IncomingTrackImage
from fishjam.clock import AsyncClock
from fishjam.errors import FishjamError

_log = logging.getLogger("fishjam")


class ImageFeed:
    """Captures an image of each track at an interval.

    Args:
        session: the agent's session.
        see: takes each image.
        clock: tells the time.
        track_ids: the video tracks; the collection is read again each time.
        interval: seconds between two images of a track, at least 1.
    """

    def __init__(
        self,
        session: AgentSession,
        see: Callable[[IncomingTrackImage], Awaitable[None]],
        clock: AsyncClock,
        *,
        track_ids: Collection[str],
        interval: float,
    ) -> None:
        check_interval(interval)
        self._session = session
        self._see = see
        self._clock = clock
        self._track_ids = track_ids
        self._interval = interval

    async def run(self) -> NoReturn:
        """Take an image of each track, now and at each interval."""
        moment = self._clock.now()
        while True:
            await self._clock.sleep_until(moment)
            # Which tracks there are may have changed since the last time.
            await all_of(*(partial(self._show, track_id) for track_id in tuple(self._track_ids)))
            # After a slow round the next one is due now; rounds that were missed are not made up
            # for.
            moment = max(moment + self._interval, self._clock.now())

    async def _show(self, track_id: str) -> None:
        try:
            # An image that comes later than that is dropped: the next one is asked for already.
            image = await self._session.request_image(track_id, timeout=self._interval)
        except FishjamError as error:
            # A camera that is off does not end the conversation. A session that has ended does,
            # but RoomAudio sees that when it receives.
            _log.info("no image of the track %s: %s", track_id, error)
            return
        await self._see(image)


def check_interval(interval: float) -> None:
    """Raise `ValueError` for an interval that is too short."""
    # Written so that NaN is refused too.
    if not interval >= 1:
        raise ValueError(
            f"image_interval={interval!r}: Fishjam captures a frame of a track once a "
            "second at most, so give at least 1"
        )
