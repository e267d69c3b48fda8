"""What video tracks show, and how often somebody may look."""

from __future__ import annotations

import logging
from collections.abc import Callable

from attrs import define

from fishjam.emulator._media.scheduler import TOLERANCE

INTERVAL = 1.0
"""Seconds between two captures of one track."""

ImageProvider = Callable[[], bytes]
"""Gives what a track shows right now, as JPEG."""

_logger = logging.getLogger("fishjam.emulator")


@define(eq=False)
class VideoSource:
    """The picture of one track, and when it was captured last."""

    image: ImageProvider
    captured: float | None = None

    def capture(self, now: float) -> bytes | None:
        """Return the picture as JPEG; None if it was captured a moment ago, or if it failed."""
        if self.captured is not None and now - self.captured < INTERVAL - TOLERANCE:
            return None
        self.captured = now
        try:
            return self.image()
        except Exception:
            # It is the program of somebody else, and the emulator is to outlive it.
            _logger.exception("the picture of a video track could not be captured")
            return None
