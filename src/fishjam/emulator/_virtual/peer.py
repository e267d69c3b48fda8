"""A virtual peer: it speaks, hears and shows images in a room."""

from __future__ import annotations

import os
from typing import Any

from fishjam._concurrency.loop import would_block_a_loop
from fishjam._core.stack import warn_from
from fishjam.emulator._errors import EmulatorError
from fishjam.emulator._media.audio import AudioFrame
from fishjam.emulator._media.emulated_audio import MAX_QUEUED
from fishjam.emulator._model.metadata import plain_metadata
from fishjam.emulator._virtual.audio import Audio, Speech, pcm_format, read_speech, write_wav
from fishjam.emulator._virtual.context import Context, Membership
from fishjam.emulator._virtual.images import ImageSource
from fishjam.emulator._virtual.received_audio import AudioRecorder, HeardAudio
from fishjam.emulator._virtual.tracks import VirtualCamera, VirtualTrack
from fishjam.emulator._virtual.waiting import Waiting
from fishjam.errors import BlockingCallWarning

Json = dict[str, Any]
_SPARE = 5.0
"""Seconds that speaking may take longer than what is spoken."""


class VirtualPeer:
    """A user of a room without a browser; made by `Emulator.connect_peer`.

    To others it looks like any WebRTC peer: notifications, tracks, metadata and subscriptions are
    the same. It speaks in real time and hears everybody that it is subscribed to. Its methods can
    be called from any thread.

    On the machine's clock a second of speech takes a second. On a `ManualClock` (see `Emulator`)
    the methods that wait advance the clock themselves, frame by frame, so that a conversation takes
    hardly any real time. In a silence the clock is advanced after a quarter of a real second, so
    that an agent can wait on that clock, too.

    Attributes:
        id: the id of the peer.
        room_id: the id of its room.

    Example:
        ```python
        clock = ManualClock()
        async with Emulator(clock=clock) as emulator:
            ...  # a room, a peer with its token, and an agent
            async with agent.connect(clock=clock) as session, anyio.create_task_group() as tasks:
                tasks.start_soon(repeat_every_second, session)
                user = emulator.connect_peer(token)
                user.speak(tone(440, seconds=1))
                answer = await user.ahear(1.0)
                tasks.cancel_scope.cancel()
        ```
    """

    __module__ = "fishjam.emulator"

    def __init__(
        self, context: Context, token: str, metadata: Any, sample_rate: int, channels: int
    ) -> None:
        self._format = pcm_format(sample_rate, channels)
        self._lock = context.lock
        self._context = context
        self._recorder = AudioRecorder(self._format)
        self._waiting = Waiting(context, self._recorder)
        self._microphones: list[VirtualTrack] = []
        # Before the peer is connected, so that bad metadata leave no peer behind.
        metadata = plain_metadata(metadata)
        with self._lock:
            self._membership = Membership(context, token)
            self.room_id: str = self._membership.key.room_id
            """The id of its room."""
            self.id: str = self._membership.key.peer_id
            """The id of the peer."""
            context.state.rooms.connect_peer(self.room_id, self.id)
            context.state.rooms.introduce_peer(self.room_id, self.id, metadata)
            # Last: it gives audio to this object, which has to be complete by then.
            context.router.add_listener(self.room_id, self.id, self._format, self._hear)

    def __repr__(self) -> str:
        state = "connected" if self.connected else f"closed: {self.close_code} {self.close_reason}"
        return f"<VirtualPeer {self.id} in room {self.room_id}, {state.strip()}>"

    @property
    def connected(self) -> bool:
        """Whether the peer is connected to its room."""
        return self._membership.close_status is None

    @property
    def close_code(self) -> int | None:
        """The code that a socket would have been closed with, or None while it is connected.

        1000: the peer left or was removed; 1001: the emulator was reset; 1006: it dropped;
        1011: it crashed, or its room did.
        """
        close_status = self._membership.close_status
        return None if close_status is None else close_status.code

    @property
    def close_reason(self) -> str | None:
        """The reason that comes with `close_code`, such as `Peer removed` or `Room stopped`."""
        close_status = self._membership.close_status
        return None if close_status is None else close_status.reason

    @property
    def sample_rate(self) -> int:
        """The rate at which the peer speaks and hears, in Hz."""
        return self._format.sample_rate

    @property
    def channels(self) -> int:
        """The number of channels with which the peer speaks and hears."""
        return self._format.channels

    @property
    def speech_left(self) -> float:
        """How long the peer still speaks what is queued, in seconds of the emulator's clock."""
        return self._speech_left()

    def update_metadata(self, metadata: Any) -> None:
        """Change the peer's own metadata.

        Args:
            metadata: any JSON value.

        Raises:
            ValueError: if the metadata cannot be written as JSON.
            EmulatorError: if the peer is no longer connected.
        """
        metadata = plain_metadata(metadata)
        with self._lock:
            peer = self._membership.peer
            self._context.state.rooms.update_peer_metadata(self.room_id, peer.id, metadata)

    def leave(self) -> None:
        """Leave the room in order; a second call changes nothing."""
        with self._lock:
            self._membership.leave()

    def drop(self) -> None:
        """Disappear at once, as if the network failed; the same token can connect again."""
        with self._lock:
            self._membership.drop()

    def publish_audio(self, metadata: Json | None = None) -> VirtualTrack:
        """Publish a microphone; `speak` does so by itself if there is none.

        Args:
            metadata: the metadata of the track.

        Raises:
            ValueError: if the metadata cannot be written as JSON.
            EmulatorError: if the peer is no longer connected.
        """
        with self._lock:
            self._check()
            track = VirtualTrack(self._membership, "audio", metadata)
            self._context.router.open_track(self.room_id, self.id, track.id, self._format)
            self._microphones.append(track)
            return track

    def publish_video(
        self, picture: ImageSource | None = None, metadata: Json | None = None
    ) -> VirtualCamera:
        """Publish a camera, whose picture agents can capture.

        Args:
            picture: a JPEG as bytes, the path of one, which is read at once, or something that
                gives one whenever it is called; that is called in the emulator's thread, so it
                must not wait. If it fails, that is logged, and nobody gets a picture. By default
                a small test card.
            metadata: the metadata of the track.

        Raises:
            ValueError: if the picture is not a JPEG, or the metadata cannot be written as JSON.
            OSError: if the file cannot be read.
            EmulatorError: if the peer is no longer connected.
        """
        with self._lock:
            self._check()
            return VirtualCamera(self._membership, picture, metadata)

    def speak(self, source: Speech, sample_rate: int = 16000, channels: int = 1) -> float:
        """Say something in real time, after what is queued already; returns at once.

        It uses the first published microphone, and publishes one if there is none.

        Args:
            source: PCM16 audio as bytes, such as `tone` gives, or the path of a WAV file of 16
                bits, 8 to 48 kHz, mono or stereo.
            sample_rate: the rate of the bytes, in Hz; a WAV file knows its own.
            channels: 1 or 2, of the bytes; likewise.

        Returns:
            How long it is, in seconds.

        Raises:
            ValueError: if that cannot be played, or if more than ten minutes wait to be spoken.
            OSError: if the file cannot be read.
            EmulatorError: if the peer is no longer connected.
        """
        audio = read_speech(source, sample_rate, channels)
        # Before the lock is taken: a long file would hold up everything else.
        data = audio.converted(self._format)
        with self._lock:
            self._check()
            # The router would drop it without a word, as it does with what agents send.
            if self._speech_left() + audio.seconds > MAX_QUEUED:
                raise ValueError(f"more than {MAX_QUEUED} s would wait to be spoken")
            track = self._microphone() or self.publish_audio()
            self._context.router.push(self.room_id, track.id, data)
        return audio.seconds

    def stop_speaking(self) -> None:
        """Drop what is not spoken yet; at most the 20 ms that are being played are still heard."""
        with self._lock:
            track = self._microphone()
            if track is not None:
                self._context.router.interrupt(self.room_id, track.id)

    def finish_speaking(self, timeout: float | None = None) -> None:
        """Block until everything is spoken or dropped.

        On an event loop use `afinish_speaking`; there this one warns.

        Args:
            timeout: how long to wait at most, in seconds of the emulator's clock; by default 5 s
                longer than what is left to say.

        Raises:
            TimeoutError: if that was not enough.
        """
        _warn_in_a_loop("finish_speaking")
        seconds = self._patience(timeout)
        self._check_spoken(self._waiting.wait(self._has_spoken, seconds), seconds)

    async def afinish_speaking(self, timeout: float | None = None) -> None:
        """Wait until everything is spoken, on asyncio and trio.

        The arguments and errors are those of `finish_speaking`.
        """
        seconds = self._patience(timeout)
        self._check_spoken(await self._waiting.wait_async(self._has_spoken, seconds), seconds)

    def hear(self, seconds: float, timeout: float = 5.0, *, peer_id: str | None = None) -> bytes:
        """Block until so much more was heard, and return it.

        More means: since what was returned before, or since the peer connected. It is there when
        the last of it begins to sound; a manual clock is moved on to its end if silence follows.
        Frames of several speakers alternate; to follow one of them, name it. Opus is left out.

        On an event loop use `ahear`; there this one warns.

        Args:
            seconds: how much audio.
            timeout: how long to wait at most, in seconds of the emulator's clock.
            peer_id: only audio of this peer; that of others is kept for later.

        Returns:
            PCM16 audio at the rate of this peer, exactly so much.

        Raises:
            TimeoutError: if there was less; it is kept for the next call.
            EmulatorError: if there was less, and the peer is no longer connected.
        """
        _warn_in_a_loop("hear")
        wanted = self._recorder.size(seconds)
        self._waiting.wait(
            lambda: self._has_heard(wanted, peer_id),
            timeout,
            end_of=lambda: self._recorder.end_of(wanted, peer_id),
        )
        return self._take(wanted, seconds, timeout, peer_id)

    async def ahear(
        self, seconds: float, timeout: float = 5.0, *, peer_id: str | None = None
    ) -> bytes:
        """Wait until so much more was heard, and return it, on asyncio and trio.

        The arguments and errors are those of `hear`.
        """
        wanted = self._recorder.size(seconds)
        await self._waiting.wait_async(
            lambda: self._has_heard(wanted, peer_id),
            timeout,
            end_of=lambda: self._recorder.end_of(wanted, peer_id),
        )
        return self._take(wanted, seconds, timeout, peer_id)

    @property
    def heard(self) -> list[HeardAudio]:
        """All that was heard, oldest first: the last 30,000 pieces, ten minutes of one voice."""
        with self._lock:
            return list(self._recorder.heard)

    def heard_audio(self, peer_id: str | None = None) -> bytes:
        """Return what was heard, without the silence between.

        Args:
            peer_id: only audio of this peer; by default all, frame by frame.

        Returns:
            PCM16 audio at the rate of this peer, of the pieces that `heard` has.
        """
        with self._lock:
            return self._recorder.audio(peer_id)

    def save_wav(self, path: str | os.PathLike[str], peer_id: str | None = None) -> None:
        """Write what `heard_audio` gives as a WAV file.

        Args:
            path: the file, which is replaced if it exists.
            peer_id: only what this peer said.

        Raises:
            OSError: if the file cannot be written.
        """
        write_wav(path, Audio(self._format, self.heard_audio(peer_id)))

    def _hear(self, frame: AudioFrame) -> None:
        self._recorder.hear(frame)
        self._waiting.notify()

    def _check(self) -> None:
        """Raise if the peer is not connected any more."""
        _ = self._membership.peer

    def _microphone(self) -> VirtualTrack | None:
        return next((track for track in self._microphones if track.published), None)

    def _speech_left(self) -> float:
        with self._lock:
            track = self._microphone()
            return 0.0 if track is None else self._context.router.queued(self.room_id, track.id)

    def _has_spoken(self) -> bool:
        return not self._speech_left()

    def _patience(self, timeout: float | None) -> float:
        return self._speech_left() + _SPARE if timeout is None else timeout

    def _check_spoken(self, spoken: bool, seconds: float) -> None:
        if not spoken:
            left = self._speech_left()
            raise TimeoutError(f"{left:.2f} s of speech are left after {seconds:g} s")

    def _has_heard(self, wanted: int, peer_id: str | None) -> bool:
        """Tell whether so much was heard, or nothing more can come."""
        return not self.connected or self._recorder.new_size(peer_id) >= wanted

    def _take(self, wanted: int, seconds: float, timeout: float, peer_id: str | None) -> bytes:
        with self._lock:
            size = self._recorder.new_size(peer_id)
            if size >= wanted:
                return self._recorder.take(wanted, peer_id)
            text = f"heard {size / self._format.byte_rate:.2f} s of {seconds:g} s"
            if self.connected:
                raise TimeoutError(f"{text} within {timeout:g} s")
            raise EmulatorError(f"{text}; then the peer was disconnected")


def _warn_in_a_loop(name: str) -> None:
    if would_block_a_loop():
        warn_from(
            f"{name} blocks the event loop of this thread, so that no agent on it can answer: "
            f"await a{name} instead.",
            BlockingCallWarning,
        )
