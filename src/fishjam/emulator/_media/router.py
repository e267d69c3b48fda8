"""The router of media: plays audio tracks in real time to listeners, and captures images."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from attrs import frozen

from fishjam import events
from fishjam._audio import library
from fishjam.emulator._media.audio import AudioFormat as AudioFormat
from fishjam.emulator._media.audio import AudioFrame as AudioFrame
from fishjam.emulator._media.emulated_audio import EmulatedAudio
from fishjam.emulator._media.scheduler import TOLERANCE, Scheduler
from fishjam.emulator._media.video_source import ImageProvider as ImageProvider
from fishjam.emulator._media.video_source import LiveVideo, RequestImage, VideoSource
from fishjam.emulator._media.video_source import OnImage as OnImage
from fishjam.emulator._model.state import State
from fishjam.emulator._model.state_changes import StateChange

OnFrame = Callable[[AudioFrame], object]
"""Takes a frame when it begins to sound; called with the emulator's lock, so it must not wait."""

OnPlayed = Callable[[str, AudioFrame], object]
"""Takes the id of a room and a frame in the format of its track; it must be quick."""

_Key = tuple[str, str]
"""The ids of a room and of one of its tracks."""


@frozen
class _AudioListener:
    format: AudioFormat
    on_frame: OnFrame


class MediaRouter:
    """Plays audio tracks and captures images; callers hold the lock, and nothing here waits.

    Time is that of the emulator's clock. Audio that is pushed plays at once, and without gaps as
    long as more is queued. It is delivered in frames of 20 ms, or shorter ones at the end of what
    is queued, each when it begins to sound, to every listener of the room that is subscribed to the
    track, in the format of the listener. Without listeners it is played all the same. Opus is
    passed on at once and unchanged.

    A track has to be in the state before it is opened or published here. It is closed when it is
    removed there, and a peer that is disconnected is no longer a listener.

    Args:
        state: the rooms, peers and subscriptions; what happens there is to be handed to `handle`.
        now: reads the emulator's clock, in seconds.
        wake: called when something is scheduled while nothing was.

    Attributes:
        capture_delay: how long a capture takes, in seconds of the emulator's clock; infinite if
            captures are never answered.
        on_played: take every frame that is played, with its room.
    """

    def __init__(
        self, state: State, now: Callable[[], float], wake: Callable[[], object] = lambda: None
    ) -> None:
        # The first sound that is converted would come late if it were loaded only then.
        library.load()
        self.capture_delay: float = 0.0
        self.on_played: tuple[OnPlayed, ...] = ()
        self._state = state
        self._now = now
        self._wake = wake
        self._scheduler = Scheduler()
        self._audio: dict[_Key, EmulatedAudio] = {}
        self._videos: dict[_Key, VideoSource | LiveVideo] = {}
        # By the ids of room and peer.
        self._listeners: dict[str, dict[str, _AudioListener]] = {}

    def open_track(
        self, room_id: str, peer_id: str, track_id: str, audio_format: AudioFormat
    ) -> None:
        """Open an audio track of a peer, in the format of the audio that will be pushed."""
        track = self._state.rooms.get_peer(room_id, peer_id).track(track_id).to_event()
        self._audio[room_id, track_id] = EmulatedAudio(room_id, peer_id, track, audio_format)

    def close_track(self, room_id: str, track_id: str) -> None:
        """Close an audio track and drop what was not played; an unknown track is ignored."""
        audio = self._audio.pop((room_id, track_id), None)
        if audio is not None:
            audio.drop()

    def push(self, room_id: str, track_id: str, data: bytes) -> None:
        """Append audio to a track.

        Data may come in pieces of any size; part of a sample is kept until the rest comes. Audio
        for an unknown track, and more than ten minutes of it, is dropped.
        """
        audio = self._audio.get((room_id, track_id))
        if audio is None:
            return
        now = self._now()
        if audio.format.encoding == "opus":
            self._hand_out(audio, now, data)
            return
        # Play what was due before, to keep the order of time.
        self.play_due(now)
        audio.push(data, now)
        if not audio.playing and audio.has_frame():
            audio.playing = True
            self._put(audio.next_moment, partial(self._play, audio))
            self.play_due(now)

    def deliver(self, room_id: str, track_id: str, data: bytes) -> None:
        """Hand out what sounds right now, with nothing before it or after it to be played.

        What comes from a browser comes in its time; to line it up would make it later and later.
        """
        audio = self._audio.get((room_id, track_id))
        if audio is not None and data:
            self._hand_out(audio, self._now(), data)

    def has_listeners(self, room_id: str, track_id: str) -> bool:
        """Tell whether any subscriber of a track listens."""
        audio = self._audio.get((room_id, track_id))
        listeners = self._listeners.get(room_id)
        if audio is None or not listeners:
            return False
        # Listeners are taken out when their peers are disconnected, so that every id is known here.
        peers = self._state.rooms.get(room_id).peers
        return any(peers[peer_id].hears(audio.peer_id, track_id) for peer_id in listeners)

    def interrupt(self, room_id: str, track_id: str) -> None:
        """Drop what was not played of a track; the present frame was delivered already."""
        audio = self._audio.get((room_id, track_id))
        if audio is not None:
            self.play_due(self._now())
            audio.drop()

    def queued(self, room_id: str, track_id: str) -> float:
        """Return how long a track still sounds, in seconds, with the present frame."""
        audio = self._audio.get((room_id, track_id))
        if audio is None:
            return 0.0
        left = audio.end - self._now()
        return left if left > TOLERANCE else 0.0

    def add_listener(
        self, room_id: str, peer_id: str, audio_format: AudioFormat, on_frame: OnFrame
    ) -> None:
        """Deliver to a connected peer the audio that it is subscribed to, from now on.

        Args:
            room_id: the room.
            peer_id: the listener.
            audio_format: the format of the frames, except for Opus, which is not converted.
            on_frame: takes the frames.
        """
        self._listeners.setdefault(room_id, {})[peer_id] = _AudioListener(audio_format, on_frame)

    def remove_listener(self, room_id: str, peer_id: str) -> None:
        """Deliver nothing more to a peer; one that is not a listener is ignored."""
        listeners = self._listeners.get(room_id, {})
        listeners.pop(peer_id, None)
        if not listeners:
            self._listeners.pop(room_id, None)

    def publish_video(self, room_id: str, track_id: str, image: ImageProvider) -> None:
        """Set the image of a video track.

        Args:
            room_id: the room.
            track_id: the track.
            image: gives the picture as JPEG whenever it is captured, with the emulator's lock
                held; if it raises, that is logged, and the capture gets no answer.
        """
        video = self._videos.get((room_id, track_id))
        # Not made anew, so that another picture does not lift the limit of one capture a second.
        if isinstance(video, VideoSource):
            video.image = image
        else:
            self._videos[room_id, track_id] = VideoSource(image)

    def publish_live_video(self, room_id: str, track_id: str, request: RequestImage) -> None:
        """Let a video track show what a browser sends; `request` asks for an image of it."""
        self._videos[room_id, track_id] = LiveVideo(request)

    def image(self, room_id: str, track_id: str) -> bytes | None:
        """Return what a video track shows, without a capture, as JPEG; None if nothing.

        Raises:
            Exception: what gives the image raises.
        """
        video = self._videos.get((room_id, track_id))
        return video.image() if isinstance(video, VideoSource) else None

    def unpublish_video(self, room_id: str, track_id: str) -> None:
        """Remove the image of a video track; an unknown track is ignored."""
        self._videos.pop((room_id, track_id), None)

    def capture(self, room_id: str, track_id: str, on_image: OnImage) -> None:
        """Capture the image of a track.

        A track is captured once a second at most, by all agents together. A request within that
        second gets no answer, nor does one for a track that is unknown or shows nothing.
        """
        video = self._videos.get((room_id, track_id))
        if video is not None:
            video.capture(self._now(), partial(self._answer, on_image))

    def has_frames(self) -> bool:
        """Tell whether any track has audio that was not delivered yet."""
        return any(audio.has_frame() for audio in self._audio.values())

    def next_due(self) -> float | None:
        """Return when something is to be delivered next, or None if nothing is."""
        return self._scheduler.next_due

    def play_due(self, now: float) -> None:
        """Deliver everything that is due, in the order of time over all tracks."""
        self._scheduler.run(now)

    def handle(self, change: StateChange) -> None:
        """Follow the changes of tracks, peers and rooms."""
        match change.event:
            case events.TrackMetadataUpdated(room_id=room_id, track=track):
                audio = self._audio.get((room_id, track.id))
                if audio is not None:
                    audio.track = track
            case events.TrackRemoved(room_id=room_id, track=track):
                self.close_track(room_id, track.id)
                self.unpublish_video(room_id, track.id)
            case events.PeerDisconnected() | events.PeerCrashed() as event:
                self.remove_listener(event.room_id, event.peer_id)
            # A crash gives no events for the single peers and tracks.
            case events.RoomCrashed(room_id=room_id):
                self._close_room(room_id)
            case _:
                pass

    def reset(self) -> None:
        """Forget everything, and reset `capture_delay`."""
        self.capture_delay = 0.0
        self._scheduler.clear()
        self._audio.clear()
        self._videos.clear()
        self._listeners.clear()

    def _close_room(self, room_id: str) -> None:
        self._listeners.pop(room_id, None)
        for room, track_id in [*self._audio, *self._videos]:
            if room == room_id:
                self.close_track(room, track_id)
                self.unpublish_video(room, track_id)

    def _answer(self, on_image: OnImage, image: bytes) -> None:
        if not self.capture_delay:
            on_image(image)
        elif self.capture_delay != float("inf"):
            self._put(self._now() + self.capture_delay, partial(on_image, image))

    def _put(self, moment: float, action: Callable[[], object]) -> None:
        idle = self._scheduler.next_due is None
        self._scheduler.put(moment, action)
        if idle:
            self._wake()

    def _play(self, audio: EmulatedAudio) -> None:
        moment = audio.next_moment
        data = audio.take()
        if not data:
            audio.playing = False
            return
        self._scheduler.put(audio.next_moment, partial(self._play, audio))
        self._hand_out(audio, moment, data)

    def _hand_out(self, audio: EmulatedAudio, moment: float, data: bytes) -> None:
        if self.on_played:
            played = AudioFrame(moment, audio.peer_id, audio.track, audio.format, data)
            for on_played in self.on_played:
                on_played(audio.room_id, played)
        listeners = self._listeners.get(audio.room_id)
        if not listeners:
            return
        peers = self._state.rooms.get(audio.room_id).peers
        # One frame for each format: a resampler has to get every frame exactly once.
        frames: dict[AudioFormat, AudioFrame] = {}
        for peer_id, listener in tuple(listeners.items()):
            if not peers[peer_id].hears(audio.peer_id, audio.track.id):
                continue
            frame = frames.get(listener.format)
            if frame is None:
                frame = audio.frame(moment, data, listener.format)
                frames[listener.format] = frame
            listener.on_frame(frame)
