"""What virtual peers hear, and how much of it was not taken yet."""

from __future__ import annotations

import math
from collections import Counter, deque

from attrs import evolve, field, frozen

from fishjam._core.annotations import resolve_annotations
from fishjam.emulator._media.audio import AudioFormat, AudioFrame, Encoding

MAX_HEARD = 30_000
"""How many frames are kept: ten minutes of one voice."""


@frozen
class HeardAudio:
    """A piece of audio that a virtual peer heard, 20 ms at most.

    The silence between two pieces is `later.time - earlier.end`.

    Attributes:
        time: when it began to sound, in seconds of the emulator's clock.
        duration: how long it sounds, in seconds; 0 for Opus, whose packets are not looked into.
        peer_id: the peer that was heard.
        track_id: on which track.
        encoding: `pcm16`, at the rate and with the channels of the virtual peer, or `opus`.
        data: the audio.
    """

    __module__ = "fishjam.emulator"

    time: float
    """When it began to sound, in seconds of the emulator's clock."""
    duration: float
    """How long it sounds, in seconds; 0 for Opus, whose packets are not looked into."""
    peer_id: str
    """The peer that was heard."""
    track_id: str
    """On which track."""
    encoding: Encoding
    """`pcm16`, at the rate and with the channels of the virtual peer, or `opus`."""
    data: bytes = field(repr=lambda data: f"<{len(data)} bytes>")
    """The audio."""

    @property
    def end(self) -> float:
        """When it stopped sounding, in seconds of the emulator's clock."""
        return self.time + self.duration


resolve_annotations(globals(), HeardAudio)


class AudioRecorder:
    """Keeps what a virtual peer hears; the emulator's lock is held by callers.

    Args:
        audio_format: in which form it hears.

    Attributes:
        format: in which form it hears.
        heard: all that was heard, the oldest first.
        end: when the last of it ceases to sound.
    """

    def __init__(self, audio_format: AudioFormat) -> None:
        self.format = audio_format
        """In which form it hears."""
        self.heard: deque[HeardAudio] = deque(maxlen=MAX_HEARD)
        """All that was heard, the oldest first."""
        self.end = -math.inf
        """When the last of it ceases to sound."""
        self._new: deque[HeardAudio] = deque()
        self._sizes: Counter[str] = Counter()

    def hear(self, frame: AudioFrame) -> None:
        """Take a frame."""
        encoding = frame.format.encoding
        duration = len(frame.data) / frame.format.byte_rate if encoding == "pcm16" else 0.0
        piece = HeardAudio(
            frame.time, duration, frame.peer_id, frame.track.id, encoding, frame.data
        )
        self.heard.append(piece)
        # Voices overlap, and a frame that begins later may be a short one that ends before.
        self.end = max(self.end, piece.end)
        # The length of an Opus packet is not known here, so it cannot be part of so many seconds.
        if encoding == "pcm16":
            self._add(piece)

    def audio(self, peer_id: str | None) -> bytes:
        """Return what was heard of one peer or of all, one piece after the other."""
        return b"".join(
            piece.data
            for piece in self.heard
            if piece.encoding == "pcm16" and peer_id in (None, piece.peer_id)
        )

    def size(self, seconds: float) -> int:
        """Return how many bytes so many seconds are."""
        return round(seconds * self.format.sample_rate) * self.format.sample_size

    def new_size(self, peer_id: str | None) -> int:
        """Return how many bytes of one peer or of all nobody has taken yet."""
        return self._sizes.total() if peer_id is None else self._sizes[peer_id]

    def end_of(self, size: int, peer_id: str | None) -> float:
        """Return when so many bytes of what is new cease to sound; at once if there are fewer."""
        left = size
        for piece in self._new:
            if peer_id in (None, piece.peer_id):
                left -= len(piece.data)
                if left <= 0:
                    return piece.end
        return -math.inf

    def take(self, size: int, peer_id: str | None) -> bytes:
        """Take so many bytes of what is new, the oldest; there have to be so many."""
        taken = bytearray()
        left: deque[HeardAudio] = deque()
        for piece in self._new:
            wanted = size - len(taken) if peer_id in (None, piece.peer_id) else 0
            taken += piece.data[:wanted]
            self._sizes[piece.peer_id] -= min(wanted, len(piece.data))
            if wanted < len(piece.data):
                # What is left keeps the time of the whole piece, since only its end is asked for.
                left.append(evolve(piece, data=piece.data[wanted:]) if wanted else piece)
        self._new = left
        return bytes(taken)

    def _add(self, piece: HeardAudio) -> None:
        self._new.append(piece)
        self._sizes[piece.peer_id] += len(piece.data)
        # A test that never takes what it hears must not fill the memory.
        if len(self._new) > MAX_HEARD:
            oldest = self._new.popleft()
            self._sizes[oldest.peer_id] -= len(oldest.data)
