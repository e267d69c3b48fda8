"""The streamers and viewers that are connected to a livestream."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from fishjam.emulator._model.state_changes import Listener, StateChange, Topic
from fishjam.events import (
    StreamerConnected,
    StreamerDisconnected,
    ViewerConnected,
    ViewerDisconnected,
)

Role = Literal["streamer", "viewer"]


class LivestreamPresence:
    """The streamers and viewers of a livestream that are connected.

    Args:
        topic: the stream, or the livestream room.
        listener: told of every connection and disconnection.

    Attributes:
        topic: the same.
    """

    def __init__(self, topic: Topic, listener: Listener) -> None:
        self.topic = topic
        self._listener = listener
        # A dict keeps the order in which they came.
        self._present: dict[_Participant, None] = {}

    def has(self, role: Role, participant_id: str) -> bool:
        """Tell whether a participant is connected."""
        return _Participant(role, participant_id) in self._present

    def connect(self, role: Role, participant_id: str) -> None:
        """Connect a participant; if it is connected already, nothing happens."""
        participant = _Participant(role, participant_id)
        if participant not in self._present:
            self._listener(StateChange(participant.connected(self.topic.id), self.topic))
            self._present[participant] = None

    def disconnect(self, role: Role, participant_id: str) -> None:
        """Disconnect a participant; if it is not connected, nothing happens."""
        participant = _Participant(role, participant_id)
        if participant in self._present:
            del self._present[participant]
            self._listener(StateChange(participant.disconnected(self.topic.id), self.topic))

    def end(self) -> None:
        """Disconnect all participants in the order in which they connected."""
        for participant in list(self._present):
            self.disconnect(participant.role, participant.id)


@frozen
class _Participant:
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
