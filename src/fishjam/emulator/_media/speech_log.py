"""What agents say, cut into utterances that can be played."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from attrs import Factory, define

from fishjam.emulator._media.audio import AudioFormat, AudioFrame

PAUSE = 0.7
"""Seconds of silence after which something new is said."""
LONGEST = 60.0
"""Seconds after which an utterance is cut."""
MAX_BYTES = 16 * 1024 * 1024
"""How much audio is kept of all utterances together."""
_TOLERANCE = 1e-6


@define(eq=False)
class Utterance:
    """What a peer said without a longer pause.

    Attributes:
        id: its number.
        room_id: the room.
        peer_id: the peer.
        track_id: the track.
        format: the format of the audio.
        time: when it began to sound, in seconds of the emulator's clock.
        end: when its last frame ends, as far as that is known.
        is_finished: whether nothing more comes.
        frames: the audio, frame by frame.
        size: the bytes of the audio.
    """

    id: int
    room_id: str
    peer_id: str
    track_id: str
    format: AudioFormat
    time: float
    end: float
    is_finished: bool = False
    frames: list[bytes] = Factory(list)
    size: int = 0


class SpeechLog:
    """Keeps what agents said last; callers hold the lock.

    Args:
        is_agent: tells whether a peer of a room is an agent.
        on_change: told of an utterance when it begins and when it ends.
        wake: called when something begins, so that `settle` is called later.
    """

    def __init__(
        self,
        is_agent: Callable[[str, str], bool],
        on_change: Callable[[Utterance], object],
        wake: Callable[[], object],
    ) -> None:
        self._is_agent = is_agent
        self._on_change = on_change
        self._wake = wake
        self._last_id = 0
        self._size = 0
        self._kept: deque[Utterance] = deque()
        # By the ids of room and track: what is being said, or None for a track not listened to.
        self._open: dict[tuple[str, str], Utterance] = {}

    def get(self, utterance_id: int) -> Utterance:
        """Return an utterance.

        Raises:
            LookupError: if there is none, or not any more.
        """
        for utterance in self._kept:
            if utterance.id == utterance_id:
                return utterance
        raise LookupError(f"speech {utterance_id} is not kept (any more)")

    def hear(self, room_id: str, frame: AudioFrame) -> None:
        """Take a frame that is played."""
        key = room_id, frame.track.id
        utterance = self._open.get(key)
        if utterance is not None and not _continues(utterance, frame):
            self._finish(key, utterance)
            utterance = None
        if utterance is None:
            if not self._is_agent(room_id, frame.peer_id):
                return
            utterance = self._begin(key, frame)
        utterance.frames.append(frame.data)
        utterance.size += len(frame.data)
        utterance.end = frame.time + _seconds(frame)
        self._size += len(frame.data)
        self._trim()

    def settle(self, now: float) -> float | None:
        """End what is not gone on with; return when to look again, or None if nothing is said."""
        for key, utterance in list(self._open.items()):
            if now > utterance.end + PAUSE - _TOLERANCE:
                self._finish(key, utterance)
        return min((utterance.end + PAUSE for utterance in self._open.values()), default=None)

    def reset(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._open.clear()
        self._size = 0

    def _begin(self, key: tuple[str, str], frame: AudioFrame) -> Utterance:
        self._last_id += 1
        utterance = Utterance(
            self._last_id, key[0], frame.peer_id, key[1], frame.format, frame.time, frame.time
        )
        self._kept.append(utterance)
        self._open[key] = utterance
        self._on_change(utterance)
        self._wake()
        return utterance

    def _finish(self, key: tuple[str, str], utterance: Utterance) -> None:
        del self._open[key]
        utterance.is_finished = True
        self._on_change(utterance)

    def _trim(self) -> None:
        # The one that is being said stays, however long.
        while self._size > MAX_BYTES and len(self._kept) > 1:
            self._size -= self._kept.popleft().size


def _continues(utterance: Utterance, frame: AudioFrame) -> bool:
    return (
        frame.time <= utterance.end + PAUSE
        and frame.format == utterance.format
        and frame.time < utterance.time + LONGEST
    )


def _seconds(frame: AudioFrame) -> float:
    # The packets of Opus are not looked into; agents send them every 20 ms.
    return 0.02 if frame.format.encoding == "opus" else len(frame.data) / frame.format.byte_rate
