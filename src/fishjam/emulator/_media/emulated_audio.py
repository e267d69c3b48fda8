"""One audio track that is played in real time: its queue, and its position in time."""

from __future__ import annotations

from fishjam import events
from fishjam._audio.converter import Converter
from fishjam.emulator._media.audio import AudioFormat, AudioFrame
from fishjam.emulator._media.scheduler import TOLERANCE

FRAME = 0.02
"""The seconds of one frame at most."""
MAX_QUEUED = 600
"""How many seconds of a track may be queued."""


class EmulatedAudio:
    """An audio track that is played in real time.

    Args:
        room_id: its room.
        peer_id: its owner.
        track: the track, as events show it.
        audio_format: the format of what is pushed.

    Attributes:
        track: the track, as events show it.
        format: the format of what is pushed.
        playing: whether its next frame stands in the timeline.
    """

    def __init__(
        self, room_id: str, peer_id: str, track: events.Track, audio_format: AudioFormat
    ) -> None:
        self.room_id = room_id
        self.peer_id = peer_id
        self.track = track
        self.format = audio_format
        self.playing = False
        self._waiting = bytearray()
        self._sample_size = audio_format.sample_size
        self._byte_rate = audio_format.byte_rate
        self._frame_size = round(FRAME * audio_format.sample_rate) * self._sample_size
        # What was played since the last gap, in bytes: moments that are sums of many small floats
        # would drift.
        self._begin = 0.0
        self._played = 0
        self._conversions: dict[AudioFormat, Converter] = {}

    @property
    def next_moment(self) -> float:
        """When the next frame begins, if it comes in time: when the previous one ends."""
        return self._begin + self._played / self._byte_rate

    @property
    def end(self) -> float:
        """When everything that is queued will have been played."""
        return self._begin + (self._played + self._whole()) / self._byte_rate

    def push(self, data: bytes, now: float) -> None:
        """Append to the queue; audio beyond ten minutes is dropped."""
        if len(self._waiting) + len(data) > MAX_QUEUED * self._byte_rate:
            return
        self._waiting += data
        if not self.playing and self.next_moment < now - TOLERANCE:
            self._begin, self._played = now, 0
            # What their filters hold is the end of what was played before the gap.
            self._conversions.clear()

    def take(self) -> bytes:
        """Take the next frame; empty if less than one sample is queued."""
        size = min(self._whole(), self._frame_size)
        data = bytes(self._waiting[:size])
        del self._waiting[:size]
        self._played += size
        return data

    def drop(self) -> None:
        """Clear the queue."""
        self._waiting.clear()

    def has_frame(self) -> bool:
        """Tell whether audio is queued."""
        return len(self._waiting) >= self._sample_size

    def frame(self, moment: float, data: bytes, wanted: AudioFormat) -> AudioFrame:
        """Return a frame in the format of a listener; called for every frame, in order."""
        if self.format.encoding == "opus":
            return AudioFrame(moment, self.peer_id, self.track, self.format, data)
        conversion = self._conversions.get(wanted)
        if conversion is None:
            conversion = Converter(self.format, wanted, live=True)
            self._conversions[wanted] = conversion
        return AudioFrame(moment, self.peer_id, self.track, wanted, conversion.convert(data))

    def _whole(self) -> int:
        """Return how many bytes of whole samples are queued."""
        return len(self._waiting) // self._sample_size * self._sample_size
