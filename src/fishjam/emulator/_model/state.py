"""The whole state of one emulated Fishjam, in memory and without any I/O."""

from __future__ import annotations

from collections.abc import Callable

from fishjam.emulator._model.audience import Audience, Role
from fishjam.emulator._model.compositions import Compositions
from fishjam.emulator._model.links import CompositionLinks, forward
from fishjam.emulator._model.notices import Notice, Sink, ignore
from fishjam.emulator._model.recordings import Recordings
from fishjam.emulator._model.rooms import Rooms
from fishjam.emulator._model.streams import Streams
from fishjam.emulator._model.tokens import Tokens


class State:
    """Rooms, streams, recordings, compositions and the tokens for them.

    Nothing here locks: whoever shares a state between threads has to.

    Args:
        now: reads the clock, in Unix seconds.
        new_id: makes identifiers, no two alike.
        sink: is told what happens, at once and in order; a reset happens without a word.
        wake: is called when compositions may have something to do at another time than before.
    """

    def __init__(
        self,
        now: Callable[[], float],
        new_id: Callable[[], str],
        sink: Sink = ignore,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self.tokens: Tokens = Tokens(now, new_id)
        self._now = now
        self.new_id: Callable[[], str] = new_id
        self._sink = sink
        self._wake = wake
        self.reset()

    def reset(self) -> None:
        """Forget everything; tokens keep their secret."""
        self.rooms: Rooms = Rooms(self.new_id, self._tell)
        self.streams: Streams = Streams(self.new_id, self.tokens.issue, self._sink)
        self.recordings: Recordings = Recordings(self.new_id, self._sink)
        links = CompositionLinks(
            self.tokens, self.audience, self.recordings, self.rooms, self._wake
        )
        self.compositions: Compositions = Compositions(self._now, self.new_id, links)

    def audience(self, stream_id: str, role: Role, person_id: str) -> Audience:
        """Return the audience of a stream that knows somebody, or of a livestream room.

        A room's streamers and viewers have no ids of their own, so anybody may join there.

        Raises:
            NotFound: if there is no such livestream, or the stream does not know them.
        """
        if self.rooms.has(stream_id):
            return self.rooms.get_livestream(stream_id).audience
        return self.streams.get_audience(stream_id, role, person_id)

    def _tell(self, notice: Notice) -> None:
        forward(notice, self.compositions)
        self._sink(notice)
