"""A media router with one room, on a time that the test sets, and what is heard there."""

from __future__ import annotations

from itertools import count

from attrs import Factory, define

from fishjam.emulator._media.audio import AudioFormat, AudioFrame
from fishjam.emulator._media.router import MediaRouter
from fishjam.emulator._model.rooms import RoomConfig
from fishjam.emulator._model.state import State
from fishjam.emulator._model.state_changes import StateChange

FRAME = 640
"""The bytes of 20 ms of PCM16 at 16 kHz."""
MONO = AudioFormat()
FINE = AudioFormat(sample_rate=24000)
OPUS = AudioFormat("opus", 48000, 2)
CONFIG = RoomConfig("conference", 0, False, "h264", None, False)


@define
class Listener:
    """Collects what it hears."""

    frames: list[AudioFrame] = Factory(list)

    @property
    def data(self) -> bytes:
        return b"".join(frame.data for frame in self.frames)

    @property
    def times(self) -> list[float]:
        return [frame.time for frame in self.frames]


class Hall:
    """A media router with one room, on a time that the test sets."""

    def __init__(self, start: float = 0.0) -> None:
        self.now = start
        self.wakes = 0
        ids = map(str, count())
        self.state = State(lambda: self.now, lambda: next(ids), self._tell)
        self.router = MediaRouter(self.state, lambda: self.now, self._wake)
        self.room = self.state.rooms.create(CONFIG).id

    def _tell(self, change: StateChange) -> None:
        self.router.handle(change)

    def _wake(self) -> None:
        self.wakes += 1

    def peer(self, **options: str) -> str:
        peer = self.state.rooms.add_peer(self.room, "agent", options).id
        self.state.rooms.connect_peer(self.room, peer)
        return peer

    def microphone(self, peer: str, audio_format: AudioFormat = MONO) -> str:
        track = self.state.rooms.add_track(self.room, peer, "audio", None).id
        self.router.open_track(self.room, peer, track, audio_format)
        return track

    def camera(self, peer: str) -> str:
        return self.state.rooms.add_track(self.room, peer, "video", None).id

    def listener(self, peer: str | None = None, audio_format: AudioFormat = MONO) -> Listener:
        listener = Listener()
        peer = peer or self.peer()
        self.router.add_listener(self.room, peer, audio_format, listener.frames.append)
        return listener

    def push(self, track: str, data: bytes) -> None:
        self.router.push(self.room, track, data)

    def queued(self, track: str) -> float:
        return self.router.queued(self.room, track)

    def advance(self, seconds: float) -> None:
        self.now += seconds
        self.router.play_due(self.now)
