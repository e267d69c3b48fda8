"""Frames of video tracks, shown to the model."""

from __future__ import annotations

import logging
from collections.abc import Collection
from functools import partial
from typing import NoReturn

from fishjam.agent import AgentSession
from fishjam.clock import AsyncClock
from fishjam.errors import FishjamError
from fishjam.integrations.gemini._live_input import LiveInput
from fishjam.integrations.gemini._race import all_of

_log = logging.getLogger("fishjam")


class Frames:
    """Captures a frame of each track at an interval."""

    def __init__(
        self,
        session: AgentSession,
        model: LiveInput,
        clock: AsyncClock,
        *,
        track_ids: Collection[str],
        interval: float,
    ) -> None:
        self._session = session
        self._model = model
        self._clock = clock
        self._track_ids = track_ids
        self._interval = interval

    async def run(self) -> NoReturn:
        """Show the model a frame of each track, now and at each interval."""
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
            _log.info("no frame of the track %s for Gemini: %s", track_id, error)
            return
        await self._model.see(image)
