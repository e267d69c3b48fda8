"""Who sends to a livestream and who watches it, right now."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from fishjam.emulator._model.notices import Notice, Sink, Subject
from fishjam.events import (
    StreamerConnected,
    StreamerDisconnected,
    ViewerConnected,
    ViewerDisconnected,
)

Role = Literal["streamer", "viewer"]


class Audience:
    """The streamers and viewers of a livestream that are connected.

    Args:
        subject: the stream, or the room that is one.
        sink: is told who comes and goes.
    """

    def __init__(self, subject: Subject, sink: Sink) -> None:
        self._subject = subject
        self._sink = sink
        # A dict keeps the order in which they came.
        self._present: dict[_Person, None] = {}

    def has(self, role: Role, person_id: str) -> bool:
        """Tell whether somebody is connected."""
        return _Person(role, person_id) in self._present

    def connect(self, role: Role, person_id: str) -> None:
        """Let somebody connect; who is connected already stays so, without a word."""
        person = _Person(role, person_id)
        if person not in self._present:
            self._sink(Notice(person.connected(self._subject.id), self._subject))
            self._present[person] = None

    def disconnect(self, role: Role, person_id: str) -> None:
        """Let somebody go; who is not connected goes without a word."""
        person = _Person(role, person_id)
        if person in self._present:
            del self._present[person]
            self._sink(Notice(person.disconnected(self._subject.id), self._subject))

    def end(self) -> None:
        """Let everybody go, in the order in which they came."""
        for person in list(self._present):
            self.disconnect(person.role, person.id)


@frozen
class _Person:
    role: Role
    id: str

    def connected(self, stream_id: str) -> StreamerConnected | ViewerConnected:
        if self.role == "streamer":
            return StreamerConnected(stream_id=stream_id, streamer_id=self.id)
        return ViewerConnected(stream_id=stream_id, viewer_id=self.id)

    def disconnected(self, stream_id: str) -> StreamerDisconnected | ViewerDisconnected:
        if self.role == "streamer":
            return StreamerDisconnected(stream_id=stream_id, streamer_id=self.id)
        return ViewerDisconnected(stream_id=stream_id, viewer_id=self.id)
