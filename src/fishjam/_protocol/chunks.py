"""The fast path to audio: all before it is the same in each chunk of a track, and read once."""

from __future__ import annotations

from fishjam._core.event import setter
from fishjam._generated.protocol.events import IncomingTrackData, Track
from fishjam._protocol.messages import message_class

_LONGEST_HEAD = 1024
"""Bytes; peers choose the metadata of their tracks, which are a part of it."""

_ENOUGH_REFUSALS = 1000

_RESPONSE = message_class("fishjam.AgentResponse")

_new = object.__new__
_set_peer_id = setter(IncomingTrackData, "peer_id")
_set_track = setter(IncomingTrackData, "track")
_set_data = setter(IncomingTrackData, "data")


class ChunkReader:
    """Reads chunks of audio whose beginnings it has seen before.

    The beginning of a frame holds the peer, the track, and the lengths of all that it holds: with
    the same one in a frame of the same size, the rest is the audio.

    Args:
        bound: how many it remembers; then it begins anew, because tracks come and go.
    """

    def __init__(self, bound: int = 4096) -> None:
        self._bound = bound
        self._heads: dict[int, tuple[int, dict[bytes, tuple[str, Track]]]] = {}
        """By the size of frames, how long their beginnings are, and what each says."""
        self._count = 0
        self._refusals = 0

    def read(self, frame: bytes) -> IncomingTrackData | None:
        """Return the chunk in a frame, or None when nothing like it was seen before."""
        same_size = self._heads.get(len(frame))
        if same_size is None:
            return None
        length, heads = same_size
        head = heads.get(frame[:length])
        if head is None:
            return None
        new = _new(IncomingTrackData)
        _set_peer_id(new, head[0])
        _set_track(new, head[1])
        _set_data(new, frame[length:])
        return new

    def learn(self, frame: bytes, chunk: IncomingTrackData) -> None:
        """Remember the beginning of a frame that holds a chunk, and nothing after the audio."""
        start = len(frame) - len(chunk.data)
        if start > _LONGEST_HEAD or self._refusals == _ENOUGH_REFUSALS:
            return
        if frame != _frame_of(chunk):
            # A newer server has added something, whose place is not known. To find that out again
            # and again would only take time.
            self._refusals += 1
            return
        self._refusals = 0
        if self._count >= self._bound:
            self._heads.clear()
            self._count = 0
        length, heads = self._heads.setdefault(len(frame), (start, {}))
        # Of two lengths for one size the second is left to protobuf, which is right too.
        if length == start:
            heads[frame[:start]] = chunk.peer_id, chunk.track
            self._count += 1


def _frame_of(chunk: IncomingTrackData) -> bytes:
    """Return the frame in which protobuf itself would write a chunk: its fields in their order."""
    track = chunk.track
    fields = {"id": track.id, "type": track.type, "metadata": track.metadata}
    data = {"peer_id": chunk.peer_id, "track": fields, "data": chunk.data}
    return bytes(_RESPONSE(track_data=data).SerializeToString())
