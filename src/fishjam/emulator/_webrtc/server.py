"""The media of all browsers: which peers and agents receive which tracks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from attrs import define, field

from fishjam import events
from fishjam.emulator._media.audio import AudioFrame
from fishjam.emulator._media.router import MediaRouter
from fishjam.emulator._model.state import State
from fishjam.emulator._model.state_changes import StateChange
from fishjam.emulator._presence import PeerKey
from fishjam.emulator._sockets.signaling import Signaling
from fishjam.emulator._webrtc import addresses
from fishjam.emulator._webrtc.activity import VoiceActivity
from fishjam.emulator._webrtc.captures import Snapshots
from fishjam.emulator._webrtc.codecs import OPUS_FORMAT, OpusDecoder
from fishjam.emulator._webrtc.live import LiveServer
from fishjam.emulator._webrtc.outgoing import OutgoingSource
from fishjam.emulator._webrtc.peer import PeerMedia, Publication, WantedTrack
from fishjam.emulator._webrtc.rtp import EncodedFrame, IncomingTrack
from fishjam.emulator._webrtc.sources import Camera, DecodedVideo, Voice
from fishjam.emulator._webrtc.tasks import TaskSet

_Key = tuple[str, str]
"""The ids of a room and of one of its tracks."""


@define(eq=False)
class _Received:
    """A track that a browser sends, and what is made of it for others.

    Attributes:
        track: what comes.
        decoded: the same for browsers with another codec, once there is one.
        snapshots: pictures of it; None for audio.
    """

    track: IncomingTrack
    decoded: DecodedVideo | None = None
    snapshots: Snapshots | None = None


@define(eq=False)
class _Sources:
    """What browsers can receive, by the ids of rooms and tracks."""

    received: dict[_Key, _Received] = field(factory=dict)
    voices: dict[_Key, Voice] = field(factory=dict)
    cameras: dict[_Key, Camera] = field(factory=dict)

    def discard(self, key: _Key) -> None:
        """Forget a track that is gone."""
        received = self.received.pop(key, None)
        if received is not None and received.snapshots is not None:
            received.snapshots.close()
        self.voices.pop(key, None)
        self.cameras.pop(key, None)


def factory(
    ice_addresses: Sequence[str] | None,
) -> Callable[[threading.RLock, State, MediaRouter, Signaling], WebRtcServer]:
    """Return what makes the media server of an emulator.

    Raises:
        ValueError: if one of the addresses is not an IP address.
    """
    checked = None if ice_addresses is None else addresses.check(ice_addresses)
    return partial(WebRtcServer, ice_addresses=checked)


class WebRtcServer:
    """Carries media between browsers, agents and virtual peers; a service of the server's loop.

    Args:
        lock: the emulator's lock.
        state: the rooms and peers; what happens there is to be handed to `handle`.
        router: plays the audio of agents and virtual peers, and takes what agents are to hear.
        signaling: knows the peers that joined.
        ice_addresses: the addresses at which browsers can reach this machine; None for all.
    """

    def __init__(
        self,
        lock: threading.RLock,
        state: State,
        router: MediaRouter,
        signaling: Signaling,
        ice_addresses: Sequence[str] | None = None,
    ) -> None:
        self.lock = lock
        self.state = state
        self.router = router
        self.signaling = signaling
        self.ice_addresses = ice_addresses
        self.sources = _Sources()
        self._members: dict[PeerKey, Member] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = TaskSet()
        self.live = LiveServer(lock, state, ice_addresses)
        router.on_played += (self._hear,)

    async def open(self) -> None:
        """Begin to work."""
        with self.lock:
            self._loop = asyncio.get_running_loop()
        await self.live.open()

    async def aclose(self) -> None:
        """End all connections."""
        with self.lock:
            members, self._members = list(self._members.values()), {}
            self._loop = None
            self.sources = _Sources()
        await asyncio.gather(*(member.media.aclose() for member in members), self._closing.wait())
        await self.live.aclose()

    def reset(self) -> None:
        """Forget everything, also the livestreams; the lock is held."""
        self.sources = _Sources()
        self.live.reset()

    def join(self, key: PeerKey, send: Callable[[bytes], object]) -> Member:
        """Give a peer its media, inside the server's loop; the lock is held.

        Args:
            key: the peer, which has just joined its room.
            send: sends a message to it.
        """
        member = self._members[key] = Member(self, key, send)
        member.media.refresh()
        return member

    def leave(self, member: Member) -> None:
        """Take a peer's media away, if it has any; the lock is held."""
        # A peer that has joined again has other media by now, and those must stay.
        if self._members.get(member.key) is member:
            del self._members[member.key]
            self.call(self._close, member)

    def handle(self, change: StateChange) -> None:
        """Let the peers of a room know that something has changed for them; the lock is held."""
        self.live.handle(change)
        match change.event:
            case events.TrackAdded(room_id=room_id, peer_id=peer_id):
                self._announce(PeerKey(room_id, peer_id or ""))
            case events.PeerMetadataUpdated(room_id=room_id, peer_id=peer_id):
                # It may have joined just now, with tracks that it had before.
                if self.state.rooms.get_peer(room_id, peer_id).tracks:
                    self._announce(PeerKey(room_id, peer_id))
            case events.TrackRemoved(room_id=room_id, track=track):
                # The sources are used in the server's loop, and this may be any thread.
                self.call(self.sources.discard, (room_id, track.id))
                self.refresh(room_id)
            case events.PeerDisconnected(room_id=room_id) | events.PeerCrashed(room_id=room_id):
                self.refresh(room_id)
            case _:
                pass

    def refresh(self, room_id: str) -> None:
        """Let the peers of a room look what they are to receive; the lock is held."""
        for key, member in list(self._members.items()):
            if key.room_id == room_id:
                self.call(member.media.refresh)

    def has(self, member: Member, track_id: str | None = None) -> bool:
        """Tell whether a peer still has this media, and a track; the lock is held."""
        if self._members.get(member.key) is not member:
            return False
        rooms, key = self.state.rooms, member.key
        peer = rooms.get(key.room_id).peers.get(key.peer_id) if rooms.has(key.room_id) else None
        return peer is not None and (track_id is None or track_id in peer.tracks)

    def others(self, key: PeerKey) -> list[Member]:
        """Return those in the room of a peer that have media, without itself."""
        return [
            member
            for other, member in list(self._members.items())
            if other.room_id == key.room_id and other != key
        ]

    def look(self, room_id: str, track_id: str) -> bytes | None:
        """Return what a camera that is not a browser's shows right now, as JPEG."""
        with self.lock:
            return self.router.image(room_id, track_id)

    def call(self, act: Callable[..., object], *args: Any) -> None:
        """Let something happen inside the server's loop soon, from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(act, *args)

    def _announce(self, key: PeerKey) -> None:
        """Ask for a round with all peers that were told of a peer's tracks: they wait for one."""
        for member in self.others(key):
            self.call(member.media.announce)

    def _close(self, member: Member) -> None:
        self._closing.start(member.media.aclose())

    def _hear(self, room_id: str, frame: AudioFrame) -> None:
        voice = self.sources.voices.get((room_id, frame.track.id))
        if voice is not None:
            self.call(voice.push, frame)


class Member:
    """A peer with its media, and the room around it.

    Args:
        server: the media of all.
        key: the peer.
        send: sends a message to it.

    Attributes:
        key: the peer.
        media: its media.
    """

    def __init__(self, server: WebRtcServer, key: PeerKey, send: Callable[[bytes], object]) -> None:
        self.key = key
        self._server = server
        self._send = send
        room = server.state.rooms.get(key.room_id)
        self._config = room.config
        self._activities: dict[str, VoiceActivity] = {}
        self.media = PeerMedia(self, server.ice_addresses)

    def take(self, kind: str, content: Any) -> None:
        """Take a media event that is about media."""
        if kind == "sdp_offer":
            self.media.take_offer(content)
        elif kind == "candidate":
            self.media.take_candidate(content)
        elif kind == "renegotiate_tracks":
            self.media.renegotiate()
        else:
            self._begin_anew(content.track_id)

    def leave(self) -> None:
        """End the media of the peer; the lock is held."""
        self._server.leave(self)

    @property
    def video_codec(self) -> str:
        """The codec of the room."""
        return self._config.video_codec

    @property
    def takes_video(self) -> bool:
        """Whether its peers may send video."""
        return not self._config.room_type.startswith("audio_only")

    def send(self, frame: bytes) -> None:
        """Send a message to the peer."""
        self._send(frame)

    def wanted(self) -> Mapping[str, WantedTrack]:
        """Return the tracks of the others that the peer is subscribed to."""
        with self._server.lock:
            if not self._server.has(self):
                return {}
            peer = self._server.state.rooms.get_peer(self.key.room_id, self.key.peer_id)
            return {
                track.id: WantedTrack(other.id, track.type)
                for other in self._server.signaling.joined(self.key.room_id)
                for track in other.tracks.values()
                if peer.hears(other.id, track.id)
            }

    def source(self, track_id: str, kind: str, codec: str) -> OutgoingSource:
        """Return what gives the frames of a track of somebody else."""
        key = (self.key.room_id, track_id)
        sources = self._server.sources
        received = sources.received.get(key)
        if received is not None:
            if kind == "audio" or received.track.codec.lower() == codec.lower():
                return received.track
            if received.decoded is None:
                # One decoder serves all who need it; each connection encodes by itself.
                received.decoded = DecodedVideo(received.track)
            return received.decoded
        if kind == "audio":
            return sources.voices.setdefault(key, Voice())
        return sources.cameras.setdefault(key, Camera(partial(self._server.look, *key)))

    def publish(self, track_id: str, publication: Publication, track: IncomingTrack) -> None:
        """Give the peer one more track in the room."""
        room_id, peer_id = self.key.room_id, self.key.peer_id
        with self._server.lock:
            if not self._server.has(self):
                return
            rooms, router = self._server.state.rooms, self._server.router
            # First, because the router takes only tracks that the state has.
            rooms.add_track(room_id, peer_id, publication.kind, publication.metadata, track_id)
            received = self._server.sources.received[room_id, track_id] = _Received(track)
            if publication.kind == "video":
                received.snapshots = Snapshots(track)
                request = partial(self._capture, received.snapshots)
                router.publish_live_video(room_id, track_id, request)
            else:
                activity = VoiceActivity(partial(self._tell_activity, track_id))
                self._activities[track_id] = activity
                router.open_track(room_id, peer_id, track_id, OPUS_FORMAT)
                track.add_sink(_Microphone(self._server, self.key, track_id, activity))

    def unpublish(self, track_id: str) -> None:
        """Take a track from the peer."""
        self._activities.pop(track_id, None)
        with self._server.lock:
            if self._server.has(self, track_id):
                rooms = self._server.state.rooms
                rooms.remove_track(self.key.room_id, self.key.peer_id, track_id)

    def relay(self, label: str, data: str | bytes) -> None:
        """Pass a message of a data channel on to the others."""
        for member in self._server.others(self.key):
            member.media.send_message(label, data)

    def check_activity(self) -> None:
        """Notice speech that has ended without a packet that says so."""
        for activity in self._activities.values():
            activity.check()

    def fail(self) -> None:
        """End the media of the peer, which is not reached any more; it has to join again."""
        with self._server.lock:
            self._server.leave(self)

    def _begin_anew(self, track_id: str) -> None:
        received = self._server.sources.received.get((self.key.room_id, track_id))
        if received is not None:
            received.track.request_key_frame()

    def _capture(self, snapshots: Snapshots, on_image: Callable[[bytes | None], object]) -> None:
        def deliver(jpeg: bytes | None) -> None:
            with self._server.lock:
                on_image(jpeg)

        self._server.call(snapshots.ask, deliver)

    def _tell_activity(self, track_id: str, is_speech: bool) -> None:
        with self._server.lock:
            if self._server.has(self, track_id):
                rooms = self._server.state.rooms
                rooms.tell_activity(self.key.room_id, self.key.peer_id, track_id, is_speech)


class _Microphone:
    """Decodes a browser's audio for agents and virtual peers, if there are any that listen."""

    def __init__(
        self, server: WebRtcServer, key: PeerKey, track_id: str, activity: VoiceActivity
    ) -> None:
        self._server = server
        self._key = key
        self._track_id = track_id
        self._activity = activity
        self._decoder = OpusDecoder()

    def on_frame(self, frame: EncodedFrame) -> None:
        """Take a packet."""
        # The level stands in the header of every packet, so that speech is noticed without
        # decoding.
        self._activity.take(frame.audio_level)
        with self._server.lock:
            router, room_id = self._server.router, self._key.room_id
            # Browsers get the packets as they come; only agents and virtual peers need them
            # decoded.
            if router.has_listeners(room_id, self._track_id):
                router.deliver(room_id, self._track_id, self._decoder.decode(frame.data))
