"""Voice activity: whether somebody speaks, by the loudness that browsers write on packets."""

from __future__ import annotations

import time
from collections.abc import Callable

THRESHOLD = 32
"""dB under the maximum at which a sound is speech; web clients use the same."""
SILENCE = 0.2
"""Seconds without a loud packet after which somebody has ended."""


class VoiceActivity:
    """Notices when the speech of a track begins and ends.

    Args:
        on_change: is told whether there is speech now, whenever that changes.
        now: reads a clock that never goes back, in seconds.
    """

    def __init__(
        self, on_change: Callable[[bool], object], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._on_change = on_change
        self._now = now
        self._heard: float | None = None

    def take(self, level: int | None) -> None:
        """Take the level of a packet, in dB under the maximum; None if it is not known."""
        if level is not None and level <= THRESHOLD:
            was_silent, self._heard = self._heard is None, self._now()
            if was_silent:
                self._on_change(True)
        else:
            self.check()

    def check(self) -> None:
        """Look whether the speech has ended; a muted track sends no packets that could tell."""
        if self._heard is not None and self._now() - self._heard >= SILENCE:
            self._heard = None
            self._on_change(False)
