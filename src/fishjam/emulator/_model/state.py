"""The state of one emulated Fishjam, in memory and without I/O."""

from __future__ import annotations

from collections.abc import Callable

from fishjam.emulator._model.composition_effects import CompositionEffects, forward
from fishjam.emulator._model.compositions import Compositions
from fishjam.emulator._model.livestream_presence import LivestreamPresence, Role
from fishjam.emulator._model.recordings import Recordings
from fishjam.emulator._model.rooms import Rooms
from fishjam.emulator._model.state_changes import Listener, StateChange, Topic, ignore
from fishjam.emulator._model.streams import Streams
from fishjam.emulator._model.tokens import Tokens
from fishjam.events import Notification


class State:
    """Rooms, streams, recordings, compositions and the tokens for them.

    Nothing here locks: a state that is shared between threads needs a lock around it.

    Args:
        now: reads the clock, in Unix seconds.
        new_id: makes identifiers, no two alike.
        listener: told of every change, at once and in order, except for a reset. Of what a reset
            has forgotten nothing more is told.
        wake: called when compositions may have something to do at another time than before.
        on_subscribed: is called with the id of a room in which a peer has new subscriptions.
    """

    def __init__(
        self,
        now: Callable[[], float],
        new_id: Callable[[], str],
        listener: Listener = ignore,
        wake: Callable[[], None] = lambda: None,
        on_subscribed: Callable[[str], None] = lambda _room_id: None,
    ) -> None:
        self.tokens: Tokens = Tokens(now, new_id)
        self._now = now
        self.new_id: Callable[[], str] = new_id
        self._listener = listener
        self._wake = wake
        self._on_subscribed = on_subscribed
        self.reset()

    def reset(self) -> None:
        """Forget everything; tokens keep their secret."""
        listener = self._listener_of_what_is_new()

        def notify(change: StateChange) -> None:
            # First, so that a backend that hears of an input finds it in the composition.
            forward(change, self.compositions)
            listener(change)

        self.rooms: Rooms = Rooms(self.new_id, notify, self._on_subscribed)
        self.streams: Streams = Streams(self.new_id, self.tokens.issue, listener)
        self.recordings: Recordings = Recordings(self.new_id, listener)
        links = CompositionEffects(
            self.tokens, self.presence, self.recordings, self.rooms, self._wake
        )
        self.compositions: Compositions = Compositions(self._now, self.new_id, links)

    def presence(self, stream_id: str, role: Role, participant_id: str) -> LivestreamPresence:
        """Return the presence at a livestream, which is a stream or a room.

        The streamers and viewers of rooms have no ids of their own, so any id is taken there.

        Raises:
            NotFound: if the livestream is unknown, or the participant of a stream is.
        """
        if self.rooms.has(stream_id):
            return self.rooms.get_livestream(stream_id).presence
        return self.streams.get_audience(stream_id, role, participant_id)

    def topic_of(self, event: Notification) -> Topic:
        """Return what an event belongs to, even if it is not known here."""
        # Streamers and viewers may be in a room as well; its id is the id of the stream then.
        topic_id = getattr(event, "room_id", "") or getattr(event, "stream_id", "")
        if self.rooms.has(topic_id):
            return self.rooms.get(topic_id).topic
        if self.streams.has(topic_id):
            return self.streams.get(topic_id).presence.topic
        return Topic(topic_id)

    def _listener_of_what_is_new(self) -> Listener:
        """Return a listener for what is made now; it falls silent with the next one."""
        # Connections that end after a reset still report that to what they were made for.
        self._current = current = object()

        def notify(change: StateChange) -> None:
            if self._current is current:
                self._listener(change)

        return notify
