"""Livestreams with their streamers and viewers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import Factory, define, frozen

from fishjam.emulator._model.livestream_presence import LivestreamPresence, Role
from fishjam.emulator._model.refusals import NotFound
from fishjam.emulator._model.state_changes import Listener, Topic, ignore

Json = dict[str, Any]


@frozen
class Streamer:
    """A streamer, which may send to a stream."""

    id: str
    token: str

    def to_dict(self, connected: bool = False) -> Json:
        """Return the streamer as the API shows it."""
        status = "connected" if connected else "disconnected"
        return {"id": self.id, "status": status, "token": self.token}


@frozen
class Viewer:
    """A viewer, which may watch a stream."""

    id: str
    token: str

    def to_dict(self) -> Json:
        """Return the viewer as the API shows it."""
        return {"id": self.id, "token": self.token}


@define
class Stream:
    """One livestream."""

    id: str
    public: bool
    audio_only: bool
    presence: LivestreamPresence
    streamers: dict[str, Streamer] = Factory(dict)
    viewers: dict[str, Viewer] = Factory(dict)

    def to_dict(self) -> Json:
        """Return the stream as the API shows it."""
        return {
            "id": self.id,
            "public": self.public,
            "audioOnly": self.audio_only,
            "streamers": [
                streamer.to_dict(self.presence.has("streamer", streamer.id))
                for streamer in self.streamers.values()
            ],
            "viewers": [viewer.to_dict() for viewer in self.viewers.values()],
        }


class Streams:
    """All livestreams, and all operations on them.

    Deleting something unknown is not an error: the API documents no 404 for it.

    Args:
        new_id: makes the ids of streams, streamers and viewers.
        issue_token: issues the token of a streamer or viewer from its kind and claims.
        listener: told of every connection and disconnection.
    """

    def __init__(
        self,
        new_id: Callable[[], str],
        issue_token: Callable[..., str],
        listener: Listener = ignore,
    ) -> None:
        self._new_id = new_id
        self._issue_token = issue_token
        self._listener = listener
        self._streams: dict[str, Stream] = {}

    def all(self) -> list[Stream]:
        """Return all streams, the oldest first."""
        return list(self._streams.values())

    def has(self, stream_id: str) -> bool:
        """Tell whether there is such a stream."""
        return stream_id in self._streams

    def get(self, stream_id: str) -> Stream:
        """Return one stream.

        Raises:
            NotFound: if there is no such stream.
        """
        stream = self._streams.get(stream_id)
        if stream is None:
            raise NotFound.named("stream", stream_id)
        return stream

    def create(
        self, *, public: bool, audio_only: bool, webhook_url: str | None, batch: bool
    ) -> Stream:
        """Create a stream."""
        topic = Topic(self._new_id(), webhook_url, batch)
        stream = Stream(topic.id, public, audio_only, LivestreamPresence(topic, self._listener))
        self._streams[stream.id] = stream
        return stream

    def delete(self, stream_id: str) -> None:
        """Delete a stream; its streamers and viewers are disconnected first."""
        if stream_id in self._streams:
            self._streams.pop(stream_id).presence.end()

    def get_audience(self, stream_id: str, role: Role, participant_id: str) -> LivestreamPresence:
        """Return the presence at a stream.

        Raises:
            NotFound: if the stream or the participant is unknown.
        """
        stream = self.get(stream_id)
        if participant_id not in (stream.streamers if role == "streamer" else stream.viewers):
            raise NotFound.named(role, participant_id)
        return stream.presence

    def add_streamer(self, stream_id: str) -> Streamer:
        """Add a streamer."""
        stream, streamer_id = self.get(stream_id), self._new_id()
        token = self._issue_token("streamer", stream_id=stream_id, streamer_id=streamer_id)
        stream.streamers[streamer_id] = Streamer(streamer_id, token)
        return stream.streamers[streamer_id]

    def delete_streamer(self, stream_id: str, streamer_id: str) -> None:
        """Remove a streamer."""
        if stream_id in self._streams:
            self._streams[stream_id].presence.disconnect("streamer", streamer_id)
            self._streams[stream_id].streamers.pop(streamer_id, None)

    def add_viewer(self, stream_id: str) -> Viewer:
        """Add a viewer."""
        stream, viewer_id = self.get(stream_id), self._new_id()
        token = self._issue_token("viewer", stream_id=stream_id, viewer_id=viewer_id)
        stream.viewers[viewer_id] = Viewer(viewer_id, token)
        return stream.viewers[viewer_id]

    def delete_viewer(self, stream_id: str, viewer_id: str) -> None:
        """Remove a viewer."""
        if stream_id in self._streams:
            self._streams[stream_id].presence.disconnect("viewer", viewer_id)
            self._streams[stream_id].viewers.pop(viewer_id, None)
