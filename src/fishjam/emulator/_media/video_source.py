"""The images of video tracks, and how often they may be captured."""

from __future__ import annotations

import logging
from collections.abc import Callable

from attrs import define

from fishjam.emulator._media.scheduler import TOLERANCE

INTERVAL = 1.0
"""Seconds between two captures of one track."""

ImageProvider = Callable[[], bytes]
"""Returns the present image of a track, as JPEG."""

OnImage = Callable[[bytes], object]
"""Takes a captured picture, as JPEG; it holds the emulator's lock and must be quick."""
RequestImage = Callable[[Callable[[bytes | None], object]], object]
"""Asks for an image, which comes later, as JPEG or as None if there is none; the lock is held."""

_logger = logging.getLogger("fishjam.emulator")


@define(eq=False)
class VideoSource:
    """The image of one track, and when it was captured last."""

    image: ImageProvider
    captured: float | None = None

    def capture(self, now: float, on_image: OnImage) -> None:
        """Give the picture as JPEG, unless it was captured a moment ago or that fails."""
        if self.captured is not None and now - self.captured < INTERVAL - TOLERANCE:
            return
        # First, so that a function that fails is not called again at once.
        self.captured = now
        try:
            image = self.image()
        except Exception:
            # The function is the user's, and its failure must not stop the emulator.
            _logger.exception("the image of a video track could not be captured")
        else:
            on_image(image)


@define(eq=False)
class LiveVideo:
    """The video of one track that a browser sends; its images come later than asked for.

    Attributes:
        request: asks for an image, which is None if there is none.
        captured: when an image came last; what got no answer does not count.
        is_asked: whether one is on its way.
    """

    request: RequestImage
    captured: float | None = None
    is_asked: bool = False

    def capture(self, now: float, on_image: OnImage) -> None:
        """Give the next image as JPEG, unless there was or will be one at about this time."""
        if self.is_asked or (
            self.captured is not None and now - self.captured < INTERVAL - TOLERANCE
        ):
            return
        self.is_asked = True

        def answer(image: bytes | None) -> None:
            self.is_asked = False
            if image is not None:
                self.captured = now
                on_image(image)

        self.request(answer)
