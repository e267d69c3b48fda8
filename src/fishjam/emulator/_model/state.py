"""The whole state of one emulated Fishjam, in memory and without any I/O."""

from __future__ import annotations

from collections.abc import Callable

from fishjam.emulator._model.audience import Audience, Role
from fishjam.emulator._model.notices import Sink, ignore
from fishjam.emulator._model.recordings import Recordings
from fishjam.emulator._model.rooms import Rooms
from fishjam.emulator._model.streams import Streams
from fishjam.emulator._model.tokens import Tokens


class State:
    """Rooms, streams, recordings and the tokens for them.

    Nothing here locks: whoever shares a state between threads has to.

    Args:
        now: reads the clock, in Unix seconds.
        new_id: makes identifiers, no two alike.
        sink: is told what happens, at once and in order; a reset happens without a word.
    """

    def __init__(
        self, now: Callable[[], float], new_id: Callable[[], str], sink: Sink = ignore
    ) -> None:
        self.tokens = Tokens(now, new_id)
        self._new_id = new_id
        self._sink = sink
        self.reset()

    def reset(self) -> None:
        """Forget everything; tokens keep their secret."""
        self.rooms = Rooms(self._new_id, self._sink)
        self.streams = Streams(self._new_id, self.tokens.issue, self._sink)
        self.recordings = Recordings(self._new_id, self._sink)

    def audience(self, stream_id: str, role: Role, person_id: str) -> Audience:
        """Return the audience of a stream that knows somebody, or of a livestream room.

        A room's streamers and viewers have no ids of their own, so anybody may join there.

        Raises:
            NotFound: if there is no such livestream, or the stream does not know them.
        """
        if self.rooms.has(stream_id):
            return self.rooms.get_livestream(stream_id).audience
        return self.streams.get_audience(stream_id, role, person_id)
