"""The emulator's clock: the time of day, and what a test added to it."""

from __future__ import annotations

import time


class EmulatorClock:
    """The time of day in Unix seconds, which tests may move forward."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Return the emulator's time in Unix seconds."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the clock forward.

        Raises:
            ValueError: if `seconds` is negative; time does not run backwards here.
        """
        if seconds < 0:
            raise ValueError("a clock can only be advanced: seconds must not be negative")
        self._ahead += seconds

    def reset(self) -> None:
        """Go back to the machine's time."""
        self._ahead = 0.0
