"""The whole state of one emulated Fishjam, in memory and without any I/O."""

from __future__ import annotations

from collections.abc import Callable

from fishjam.emulator._recordings import Recordings
from fishjam.emulator._rooms import Rooms
from fishjam.emulator._streams import Streams
from fishjam.emulator._tokens import Tokens


class State:
    """Rooms, streams, recordings and the tokens for them.

    Nothing here locks: whoever shares a state between threads has to.

    Args:
        now: reads the clock, in Unix seconds.
        new_id: makes identifiers, no two alike.
    """

    def __init__(self, now: Callable[[], float], new_id: Callable[[], str]) -> None:
        self.tokens = Tokens(now, new_id)
        self._new_id = new_id
        self.reset()

    def reset(self) -> None:
        """Forget everything; tokens keep their secret."""
        self.rooms = Rooms(self._new_id)
        self.streams = Streams(self._new_id, self.tokens.issue)
        self.recordings = Recordings(self._new_id)
