# Generated from proto/ by `nox -s codegen`. Do not edit: change the source instead.
"""One immutable class for each notification and each message to agents, and how to decode them."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from attrs import field, frozen

from fishjam._core.enums import OpenIntEnum
from fishjam._core.event import Entry, Event, Value, WithMetadata, brief, setter


class PeerType(OpenIntEnum):
    """How a peer takes part in its room."""

    __module__ = "fishjam.events"

    PEER_TYPE_UNSPECIFIED = 0
    PEER_TYPE_WEBRTC = 1
    PEER_TYPE_AGENT = 2
    PEER_TYPE_VAPI = 3
    UNSPECIFIED = 0
    WEBRTC = 1
    AGENT = 2
    VAPI = 3


class RecordingStatusChangedStatus(OpenIntEnum):
    """The state of a recording."""

    __module__ = "fishjam.events"

    STATUS_UNSPECIFIED = 0
    STATUS_ACTIVE = 1
    STATUS_FINISHED = 2
    STATUS_AVAILABLE = 3
    STATUS_FAILED = 4
    UNSPECIFIED = 0
    ACTIVE = 1
    FINISHED = 2
    AVAILABLE = 3
    FAILED = 4


class TrackEncoding(OpenIntEnum):
    """How the audio that an agent sends is encoded."""

    __module__ = "fishjam.events"

    TRACK_ENCODING_UNSPECIFIED = 0
    TRACK_ENCODING_PCM16 = 1
    TRACK_ENCODING_OPUS = 2
    UNSPECIFIED = 0
    PCM16 = 1
    OPUS = 2


class TrackType(OpenIntEnum):
    """Whether a track is audio or video."""

    __module__ = "fishjam.events"

    TRACK_TYPE_UNSPECIFIED = 0
    TRACK_TYPE_VIDEO = 1
    TRACK_TYPE_AUDIO = 2
    UNSPECIFIED = 0
    VIDEO = 1
    AUDIO = 2


class VadNotificationStatus(OpenIntEnum):
    """Whether there is speech in an audio track."""

    __module__ = "fishjam.events"

    STATUS_UNSPECIFIED = 0
    STATUS_SILENCE = 1
    STATUS_SPEECH = 2
    UNSPECIFIED = 0
    SILENCE = 1
    SPEECH = 2


@frozen
class Track(WithMetadata, Value):
    """A stream of audio or video that is published in a room.

    Attributes:
        id: The id of the track.
        type: Whether the track is audio or video.
        metadata: The metadata of the track as JSON text, where both an empty text and `null`
            mean none.
    """

    __module__ = "fishjam.events"

    id: str = ""
    """The id of the track."""
    type: TrackType | int = TrackType.TRACK_TYPE_UNSPECIFIED
    """Whether the track is audio or video."""
    metadata: str = ""
    """The metadata of the track as JSON text, where both an empty text and `null` mean none."""


@frozen
class RoomCreated(Event):
    """A room has been created.

    The first notification of a room.

    Attributes:
        room_id: The id of the room.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room."""


@frozen
class RoomDeleted(Event):
    """A room has been deleted.

    The last notification of a room. Its peers are gone with it.

    Attributes:
        room_id: The id of the room.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room."""


@frozen
class RoomCrashed(Event):
    """A room has crashed.

    The server could not go on with the room, and its peers lose their connections.

    Attributes:
        room_id: The id of the room.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room."""


@frozen
class PeerConnected(Event):
    """A peer has connected to its room.

    Comes after `PeerAdded`. `PeerMetadataUpdated` follows, then a `TrackAdded` for each track
    that the peer publishes. A peer that returns after it was disconnected is announced anew.

    Attributes:
        room_id: The id of the room that the peer belongs to.
        peer_id: The id of the peer.
        peer_type: How the peer takes part in the room.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room that the peer belongs to."""
    peer_id: str = ""
    """The id of the peer."""
    peer_type: PeerType | int = PeerType.PEER_TYPE_UNSPECIFIED
    """How the peer takes part in the room."""


@frozen
class PeerDisconnected(Event):
    """A peer has disconnected from its room.

    Comes after a `TrackRemoved` for each of its tracks. While the peer belongs to the room, it
    may connect again.

    Attributes:
        room_id: The id of the room that the peer belongs to.
        peer_id: The id of the peer.
        peer_type: How the peer takes part in the room.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room that the peer belongs to."""
    peer_id: str = ""
    """The id of the peer."""
    peer_type: PeerType | int = PeerType.PEER_TYPE_UNSPECIFIED
    """How the peer takes part in the room."""


@frozen
class PeerCrashed(Event):
    """A peer has crashed.

    The server could not go on serving the peer.

    Attributes:
        room_id: The id of the room that the peer belongs to.
        peer_id: The id of the peer.
        reason: What went wrong, as a text for people, empty when none was given.
        peer_type: How the peer took part in the room.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room that the peer belongs to."""
    peer_id: str = ""
    """The id of the peer."""
    reason: str = ""
    """What went wrong, as a text for people, empty when none was given."""
    peer_type: PeerType | int = PeerType.PEER_TYPE_UNSPECIFIED
    """How the peer took part in the room."""


@frozen
class PeerMetadataUpdated(WithMetadata, Event):
    """A peer has set or changed its metadata.

    Comes after the first `PeerConnected`, and again whenever the peer changes its metadata. The
    text is JSON that the peer's application wrote, so treat it as untrusted input.

    Attributes:
        room_id: The id of the room that the peer belongs to.
        peer_id: The id of the peer.
        metadata: The new metadata of the peer as JSON text, where an empty text means none.
        peer_type: How the peer takes part in the room.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room that the peer belongs to."""
    peer_id: str = ""
    """The id of the peer."""
    metadata: str = ""
    """The new metadata of the peer as JSON text, where an empty text means none."""
    peer_type: PeerType | int = PeerType.PEER_TYPE_UNSPECIFIED
    """How the peer takes part in the room."""


@frozen
class TrackAdded(Event):
    """A track has been added to a room.

    Comes after `PeerConnected` of the peer that publishes it. A peer may add tracks at any time
    while it is connected.

    Attributes:
        room_id: The id of the room that the track is published in.
        peer_id: The id of the peer that publishes the track.
        component_id: The id of the component that publishes the track.
        track: The new track.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room that the track is published in."""
    peer_id: str | None = None
    """The id of the peer that publishes the track."""
    component_id: str | None = None
    """The id of the component that publishes the track."""
    track: Track = Track()
    """The new track."""


@frozen
class TrackRemoved(Event):
    """A track has been removed from a room.

    Comes after `TrackAdded` of the same track and, when the peer leaves, before its
    `PeerDisconnected`.

    Attributes:
        room_id: The id of the room that the track was published in.
        peer_id: The id of the peer that published the track.
        component_id: The id of the component that published the track.
        track: The track that is gone.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room that the track was published in."""
    peer_id: str | None = None
    """The id of the peer that published the track."""
    component_id: str | None = None
    """The id of the component that published the track."""
    track: Track = Track()
    """The track that is gone."""


@frozen
class TrackMetadataUpdated(Event):
    """The metadata of a track have changed.

    Comes between `TrackAdded` and `TrackRemoved` of the same track, as often as its metadata
    change. They are JSON text, for example to say that a microphone is muted.

    Attributes:
        room_id: The id of the room that the track is published in.
        peer_id: The id of the peer that publishes the track.
        component_id: The id of the component that publishes the track.
        track: The track, with its new metadata.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room that the track is published in."""
    peer_id: str | None = None
    """The id of the peer that publishes the track."""
    component_id: str | None = None
    """The id of the component that publishes the track."""
    track: Track = Track()
    """The track, with its new metadata."""


@frozen
class PeerAdded(Event):
    """A peer has been added to a room.

    The backend has made the peer and got a token for it. The peer is not connected yet:
    `PeerConnected` follows when the token is used.

    Attributes:
        room_id: The id of the room that the peer belongs to.
        peer_id: The id of the peer.
        peer_type: How the peer takes part in the room.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room that the peer belongs to."""
    peer_id: str = ""
    """The id of the peer."""
    peer_type: PeerType | int = PeerType.PEER_TYPE_UNSPECIFIED
    """How the peer takes part in the room."""


@frozen
class PeerDeleted(Event):
    """A peer has been deleted from a room.

    Its token is void from now on. If it was connected, `PeerDisconnected` comes first.

    Attributes:
        room_id: The id of the room that the peer belonged to.
        peer_id: The id of the peer.
        peer_type: How the peer took part in the room.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room that the peer belonged to."""
    peer_id: str = ""
    """The id of the peer."""
    peer_type: PeerType | int = PeerType.PEER_TYPE_UNSPECIFIED
    """How the peer took part in the room."""


@frozen
class ChannelAdded(Event):
    """A data channel has been added to a room.

    Peers send each other messages through data channels. The messages themselves are not
    announced.

    Attributes:
        room_id: The id of the room that the channel is in.
        peer_id: The id of the peer whose channel it is.
        component_id: The id of the component whose channel it is.
        channel_id: The id of the channel.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room that the channel is in."""
    peer_id: str | None = None
    """The id of the peer whose channel it is."""
    component_id: str | None = None
    """The id of the component whose channel it is."""
    channel_id: str = ""
    """The id of the channel."""


@frozen
class ChannelRemoved(Event):
    """A data channel has been removed from a room.

    Comes after `ChannelAdded` of the same channel.

    Attributes:
        room_id: The id of the room that the channel was in.
        peer_id: The id of the peer whose channel it was.
        component_id: The id of the component whose channel it was.
        channel_id: The id of the channel.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room that the channel was in."""
    peer_id: str | None = None
    """The id of the peer whose channel it was."""
    component_id: str | None = None
    """The id of the component whose channel it was."""
    channel_id: str = ""
    """The id of the channel."""


@frozen
class TrackForwarding(Event):
    """The tracks of a peer are now forwarded to a composition.

    Comes for each such peer after the backend has asked to forward the tracks of the room. At
    most one audio and one video track of a peer make one input of the composition.

    Attributes:
        room_id: The id of the room that the peer belongs to.
        peer_id: The id of the peer whose tracks are forwarded.
        composition_url: The address of the composition that receives the tracks.
        input_id: The id of the input that the tracks feed in the composition.
        audio_track: The forwarded audio track, absent when there is none.
        video_track: The forwarded video track, absent when there is none.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room that the peer belongs to."""
    peer_id: str = ""
    """The id of the peer whose tracks are forwarded."""
    composition_url: str = ""
    """The address of the composition that receives the tracks."""
    input_id: str = ""
    """The id of the input that the tracks feed in the composition."""
    audio_track: Track | None = None
    """The forwarded audio track, absent when there is none."""
    video_track: Track | None = None
    """The forwarded video track, absent when there is none."""


@frozen
class TrackForwardingRemoved(Event):
    """The tracks of a peer are no longer forwarded to a composition.

    Comes after `TrackForwarding` with the same input.

    Attributes:
        room_id: The id of the room that the peer belongs to.
        peer_id: The id of the peer whose tracks were forwarded.
        composition_url: The address of the composition that received the tracks.
        input_id: The id of the input that the tracks fed in the composition.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room that the peer belongs to."""
    peer_id: str = ""
    """The id of the peer whose tracks were forwarded."""
    composition_url: str = ""
    """The address of the composition that received the tracks."""
    input_id: str = ""
    """The id of the input that the tracks fed in the composition."""


@frozen
class VadNotification(Event):
    """A peer has begun or ceased to speak.

    The server has detected it in one audio track of the peer (voice activity detection). Expect
    many of these while people talk.

    Attributes:
        room_id: The id of the room that the peer belongs to.
        peer_id: The id of the peer that publishes the track.
        track_id: The id of the audio track.
        status: Whether there is speech in the track from now on.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room that the peer belongs to."""
    peer_id: str = ""
    """The id of the peer that publishes the track."""
    track_id: str = ""
    """The id of the audio track."""
    status: VadNotificationStatus | int = VadNotificationStatus.STATUS_UNSPECIFIED
    """Whether there is speech in the track from now on."""


@frozen
class ViewerConnected(Event):
    """A viewer has begun to watch a livestream.

    Attributes:
        stream_id: The id of the livestream.
        viewer_id: The id of the viewer.
    """

    __module__ = "fishjam.events"

    stream_id: str = ""
    """The id of the livestream."""
    viewer_id: str = ""
    """The id of the viewer."""


@frozen
class ViewerDisconnected(Event):
    """A viewer has ceased to watch a livestream.

    Comes after `ViewerConnected` of the same viewer.

    Attributes:
        stream_id: The id of the livestream.
        viewer_id: The id of the viewer.
    """

    __module__ = "fishjam.events"

    stream_id: str = ""
    """The id of the livestream."""
    viewer_id: str = ""
    """The id of the viewer."""


@frozen
class StreamerConnected(Event):
    """A streamer has begun to publish a livestream.

    Attributes:
        stream_id: The id of the livestream.
        streamer_id: The id of the streamer.
    """

    __module__ = "fishjam.events"

    stream_id: str = ""
    """The id of the livestream."""
    streamer_id: str = ""
    """The id of the streamer."""


@frozen
class StreamerDisconnected(Event):
    """A streamer has ceased to publish a livestream.

    Comes after `StreamerConnected` of the same streamer.

    Attributes:
        stream_id: The id of the livestream.
        streamer_id: The id of the streamer.
    """

    __module__ = "fishjam.events"

    stream_id: str = ""
    """The id of the livestream."""
    streamer_id: str = ""
    """The id of the streamer."""


@frozen
class RecordingStatusChanged(WithMetadata, Event):
    """The state of a recording has changed.

    A recording goes from active to finished when it has ended, and to available when its files
    can be fetched. Fetch the recording to get their addresses. One that failed has no usable
    files.

    Attributes:
        recording_id: The id of the recording.
        status: The new state of the recording.
        metadata: The metadata that the recording was started with as JSON text, where empty
            means none.
    """

    __module__ = "fishjam.events"

    recording_id: str = ""
    """The id of the recording."""
    status: RecordingStatusChangedStatus | int = RecordingStatusChangedStatus.STATUS_UNSPECIFIED
    """The new state of the recording."""
    metadata: str = ""
    """The metadata that the recording was started with as JSON text, where empty means none."""


@frozen
class StreamConnected(Event):
    """Publishing of a livestream has begun.

    Deprecated: `StreamerConnected` also names the streamer. This one is decoded, but not
    delivered to handlers.

    Attributes:
        stream_id: The id of the livestream.
    """

    __module__ = "fishjam.events"

    stream_id: str = ""
    """The id of the livestream."""


@frozen
class StreamDisconnected(Event):
    """A livestream is no longer published.

    Deprecated: `StreamerDisconnected` also names the streamer. This one is decoded, but not
    delivered to handlers.

    Attributes:
        stream_id: The id of the livestream.
    """

    __module__ = "fishjam.events"

    stream_id: str = ""
    """The id of the livestream."""


@frozen
class HlsPlayable(Event):
    """An HLS stream has become playable.

    Deprecated. It is decoded, but not delivered to handlers.

    Attributes:
        room_id: The id of the room.
        component_id: The id of the component that the stream comes from.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room."""
    component_id: str = ""
    """The id of the component that the stream comes from."""


@frozen
class HlsUploaded(Event):
    """An HLS stream has been uploaded.

    Deprecated. It is decoded, but not delivered to handlers.

    Attributes:
        room_id: The id of the room.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room."""


@frozen
class HlsUploadCrashed(Event):
    """The upload of an HLS stream has failed.

    Deprecated. It is decoded, but not delivered to handlers.

    Attributes:
        room_id: The id of the room.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room."""


@frozen
class ComponentCrashed(Event):
    """A component of a room has crashed.

    Deprecated. It is decoded, but not delivered to handlers.

    Attributes:
        room_id: The id of the room that the component belongs to.
        component_id: The id of the component.
    """

    __module__ = "fishjam.events"

    room_id: str = ""
    """The id of the room that the component belongs to."""
    component_id: str = ""
    """The id of the component."""


@frozen
class IncomingTrackData(Value):
    """Audio of another peer has arrived.

    Comes again and again for each audio track that the agent is subscribed to, in the encoding
    and at the sample rate that were chosen when the agent was created.

    Attributes:
        peer_id: The id of the peer that publishes the track.
        track: The track that the audio belongs to.
        data: The audio.
    """

    __module__ = "fishjam.agent"

    peer_id: str = ""
    """The id of the peer that publishes the track."""
    track: Track = Track()
    """The track that the audio belongs to."""
    data: bytes = field(default=b"", repr=brief)
    """The audio."""


@frozen
class IncomingTrackImage(Value):
    """A still image of a video track has arrived.

    Comes some time after the agent has asked for one.

    Attributes:
        track_id: The id of the video track.
        content_type: The media type of the image, such as `image/jpeg`.
        data: The encoded image.
    """

    __module__ = "fishjam.agent"

    track_id: str = ""
    """The id of the video track."""
    content_type: str = ""
    """The media type of the image, such as `image/jpeg`."""
    data: bytes = field(default=b"", repr=brief)
    """The encoded image."""


Notification: TypeAlias = (
    RoomCreated
    | RoomDeleted
    | RoomCrashed
    | PeerConnected
    | PeerDisconnected
    | PeerCrashed
    | PeerMetadataUpdated
    | TrackAdded
    | TrackRemoved
    | TrackMetadataUpdated
    | PeerAdded
    | PeerDeleted
    | ChannelAdded
    | ChannelRemoved
    | TrackForwarding
    | TrackForwardingRemoved
    | VadNotification
    | ViewerConnected
    | ViewerDisconnected
    | StreamerConnected
    | StreamerDisconnected
    | RecordingStatusChanged
)
"""Any event that is handed to users."""

_PEER_TYPE: Mapping[int, PeerType] = {int(member): member for member in PeerType}
_RECORDING_STATUS_CHANGED_STATUS: Mapping[int, RecordingStatusChangedStatus] = {
    int(member): member for member in RecordingStatusChangedStatus
}
_TRACK_ENCODING: Mapping[int, TrackEncoding] = {int(member): member for member in TrackEncoding}
_TRACK_TYPE: Mapping[int, TrackType] = {int(member): member for member in TrackType}
_VAD_NOTIFICATION_STATUS: Mapping[int, VadNotificationStatus] = {
    int(member): member for member in VadNotificationStatus
}

# The classes' own constructors would make decoding slower by half.
_new = object.__new__

_set_track_id = setter(Track, "id")
_set_track_type = setter(Track, "type")
_set_track_metadata = setter(Track, "metadata")


def _read_track(message: Any) -> Track:
    new = _new(Track)
    _set_track_id(new, message.id)
    _set_track_type(new, _TRACK_TYPE.get(number := message.type, number))
    _set_track_metadata(new, message.metadata)
    return new


_set_room_created_room_id = setter(RoomCreated, "room_id")


def _read_room_created(message: Any) -> RoomCreated:
    new = _new(RoomCreated)
    _set_room_created_room_id(new, message.room_id)
    return new


_set_room_deleted_room_id = setter(RoomDeleted, "room_id")


def _read_room_deleted(message: Any) -> RoomDeleted:
    new = _new(RoomDeleted)
    _set_room_deleted_room_id(new, message.room_id)
    return new


_set_room_crashed_room_id = setter(RoomCrashed, "room_id")


def _read_room_crashed(message: Any) -> RoomCrashed:
    new = _new(RoomCrashed)
    _set_room_crashed_room_id(new, message.room_id)
    return new


_set_peer_connected_room_id = setter(PeerConnected, "room_id")
_set_peer_connected_peer_id = setter(PeerConnected, "peer_id")
_set_peer_connected_peer_type = setter(PeerConnected, "peer_type")


def _read_peer_connected(message: Any) -> PeerConnected:
    new = _new(PeerConnected)
    _set_peer_connected_room_id(new, message.room_id)
    _set_peer_connected_peer_id(new, message.peer_id)
    _set_peer_connected_peer_type(new, _PEER_TYPE.get(number := message.peer_type, number))
    return new


_set_peer_disconnected_room_id = setter(PeerDisconnected, "room_id")
_set_peer_disconnected_peer_id = setter(PeerDisconnected, "peer_id")
_set_peer_disconnected_peer_type = setter(PeerDisconnected, "peer_type")


def _read_peer_disconnected(message: Any) -> PeerDisconnected:
    new = _new(PeerDisconnected)
    _set_peer_disconnected_room_id(new, message.room_id)
    _set_peer_disconnected_peer_id(new, message.peer_id)
    _set_peer_disconnected_peer_type(new, _PEER_TYPE.get(number := message.peer_type, number))
    return new


_set_peer_crashed_room_id = setter(PeerCrashed, "room_id")
_set_peer_crashed_peer_id = setter(PeerCrashed, "peer_id")
_set_peer_crashed_reason = setter(PeerCrashed, "reason")
_set_peer_crashed_peer_type = setter(PeerCrashed, "peer_type")


def _read_peer_crashed(message: Any) -> PeerCrashed:
    new = _new(PeerCrashed)
    _set_peer_crashed_room_id(new, message.room_id)
    _set_peer_crashed_peer_id(new, message.peer_id)
    _set_peer_crashed_reason(new, message.reason)
    _set_peer_crashed_peer_type(new, _PEER_TYPE.get(number := message.peer_type, number))
    return new


_set_peer_metadata_updated_room_id = setter(PeerMetadataUpdated, "room_id")
_set_peer_metadata_updated_peer_id = setter(PeerMetadataUpdated, "peer_id")
_set_peer_metadata_updated_metadata = setter(PeerMetadataUpdated, "metadata")
_set_peer_metadata_updated_peer_type = setter(PeerMetadataUpdated, "peer_type")


def _read_peer_metadata_updated(message: Any) -> PeerMetadataUpdated:
    new = _new(PeerMetadataUpdated)
    _set_peer_metadata_updated_room_id(new, message.room_id)
    _set_peer_metadata_updated_peer_id(new, message.peer_id)
    _set_peer_metadata_updated_metadata(new, message.metadata)
    _set_peer_metadata_updated_peer_type(new, _PEER_TYPE.get(number := message.peer_type, number))
    return new


_set_track_added_room_id = setter(TrackAdded, "room_id")
_set_track_added_peer_id = setter(TrackAdded, "peer_id")
_set_track_added_component_id = setter(TrackAdded, "component_id")
_set_track_added_track = setter(TrackAdded, "track")


def _read_track_added(message: Any) -> TrackAdded:
    new = _new(TrackAdded)
    _set_track_added_room_id(new, message.room_id)
    _set_track_added_peer_id(
        new, value if (value := message.peer_id) or message.HasField("peer_id") else None
    )
    _set_track_added_component_id(
        new,
        None if new.peer_id else message.component_id if message.HasField("component_id") else None,
    )
    _set_track_added_track(new, _read_track(message.track))
    return new


_set_track_removed_room_id = setter(TrackRemoved, "room_id")
_set_track_removed_peer_id = setter(TrackRemoved, "peer_id")
_set_track_removed_component_id = setter(TrackRemoved, "component_id")
_set_track_removed_track = setter(TrackRemoved, "track")


def _read_track_removed(message: Any) -> TrackRemoved:
    new = _new(TrackRemoved)
    _set_track_removed_room_id(new, message.room_id)
    _set_track_removed_peer_id(
        new, value if (value := message.peer_id) or message.HasField("peer_id") else None
    )
    _set_track_removed_component_id(
        new,
        None if new.peer_id else message.component_id if message.HasField("component_id") else None,
    )
    _set_track_removed_track(new, _read_track(message.track))
    return new


_set_track_metadata_updated_room_id = setter(TrackMetadataUpdated, "room_id")
_set_track_metadata_updated_peer_id = setter(TrackMetadataUpdated, "peer_id")
_set_track_metadata_updated_component_id = setter(TrackMetadataUpdated, "component_id")
_set_track_metadata_updated_track = setter(TrackMetadataUpdated, "track")


def _read_track_metadata_updated(message: Any) -> TrackMetadataUpdated:
    new = _new(TrackMetadataUpdated)
    _set_track_metadata_updated_room_id(new, message.room_id)
    _set_track_metadata_updated_peer_id(
        new, value if (value := message.peer_id) or message.HasField("peer_id") else None
    )
    _set_track_metadata_updated_component_id(
        new,
        None if new.peer_id else message.component_id if message.HasField("component_id") else None,
    )
    _set_track_metadata_updated_track(new, _read_track(message.track))
    return new


_set_peer_added_room_id = setter(PeerAdded, "room_id")
_set_peer_added_peer_id = setter(PeerAdded, "peer_id")
_set_peer_added_peer_type = setter(PeerAdded, "peer_type")


def _read_peer_added(message: Any) -> PeerAdded:
    new = _new(PeerAdded)
    _set_peer_added_room_id(new, message.room_id)
    _set_peer_added_peer_id(new, message.peer_id)
    _set_peer_added_peer_type(new, _PEER_TYPE.get(number := message.peer_type, number))
    return new


_set_peer_deleted_room_id = setter(PeerDeleted, "room_id")
_set_peer_deleted_peer_id = setter(PeerDeleted, "peer_id")
_set_peer_deleted_peer_type = setter(PeerDeleted, "peer_type")


def _read_peer_deleted(message: Any) -> PeerDeleted:
    new = _new(PeerDeleted)
    _set_peer_deleted_room_id(new, message.room_id)
    _set_peer_deleted_peer_id(new, message.peer_id)
    _set_peer_deleted_peer_type(new, _PEER_TYPE.get(number := message.peer_type, number))
    return new


_set_channel_added_room_id = setter(ChannelAdded, "room_id")
_set_channel_added_peer_id = setter(ChannelAdded, "peer_id")
_set_channel_added_component_id = setter(ChannelAdded, "component_id")
_set_channel_added_channel_id = setter(ChannelAdded, "channel_id")


def _read_channel_added(message: Any) -> ChannelAdded:
    new = _new(ChannelAdded)
    _set_channel_added_room_id(new, message.room_id)
    _set_channel_added_peer_id(
        new, value if (value := message.peer_id) or message.HasField("peer_id") else None
    )
    _set_channel_added_component_id(
        new,
        None if new.peer_id else message.component_id if message.HasField("component_id") else None,
    )
    _set_channel_added_channel_id(new, message.channel_id)
    return new


_set_channel_removed_room_id = setter(ChannelRemoved, "room_id")
_set_channel_removed_peer_id = setter(ChannelRemoved, "peer_id")
_set_channel_removed_component_id = setter(ChannelRemoved, "component_id")
_set_channel_removed_channel_id = setter(ChannelRemoved, "channel_id")


def _read_channel_removed(message: Any) -> ChannelRemoved:
    new = _new(ChannelRemoved)
    _set_channel_removed_room_id(new, message.room_id)
    _set_channel_removed_peer_id(
        new, value if (value := message.peer_id) or message.HasField("peer_id") else None
    )
    _set_channel_removed_component_id(
        new,
        None if new.peer_id else message.component_id if message.HasField("component_id") else None,
    )
    _set_channel_removed_channel_id(new, message.channel_id)
    return new


_set_track_forwarding_room_id = setter(TrackForwarding, "room_id")
_set_track_forwarding_peer_id = setter(TrackForwarding, "peer_id")
_set_track_forwarding_composition_url = setter(TrackForwarding, "composition_url")
_set_track_forwarding_input_id = setter(TrackForwarding, "input_id")
_set_track_forwarding_audio_track = setter(TrackForwarding, "audio_track")
_set_track_forwarding_video_track = setter(TrackForwarding, "video_track")


def _read_track_forwarding(message: Any) -> TrackForwarding:
    new = _new(TrackForwarding)
    _set_track_forwarding_room_id(new, message.room_id)
    _set_track_forwarding_peer_id(new, message.peer_id)
    _set_track_forwarding_composition_url(new, message.composition_url)
    _set_track_forwarding_input_id(new, message.input_id)
    _set_track_forwarding_audio_track(
        new, _read_track(message.audio_track) if message.HasField("audio_track") else None
    )
    _set_track_forwarding_video_track(
        new, _read_track(message.video_track) if message.HasField("video_track") else None
    )
    return new


_set_track_forwarding_removed_room_id = setter(TrackForwardingRemoved, "room_id")
_set_track_forwarding_removed_peer_id = setter(TrackForwardingRemoved, "peer_id")
_set_track_forwarding_removed_composition_url = setter(TrackForwardingRemoved, "composition_url")
_set_track_forwarding_removed_input_id = setter(TrackForwardingRemoved, "input_id")


def _read_track_forwarding_removed(message: Any) -> TrackForwardingRemoved:
    new = _new(TrackForwardingRemoved)
    _set_track_forwarding_removed_room_id(new, message.room_id)
    _set_track_forwarding_removed_peer_id(new, message.peer_id)
    _set_track_forwarding_removed_composition_url(new, message.composition_url)
    _set_track_forwarding_removed_input_id(new, message.input_id)
    return new


_set_vad_notification_room_id = setter(VadNotification, "room_id")
_set_vad_notification_peer_id = setter(VadNotification, "peer_id")
_set_vad_notification_track_id = setter(VadNotification, "track_id")
_set_vad_notification_status = setter(VadNotification, "status")


def _read_vad_notification(message: Any) -> VadNotification:
    new = _new(VadNotification)
    _set_vad_notification_room_id(new, message.room_id)
    _set_vad_notification_peer_id(new, message.peer_id)
    _set_vad_notification_track_id(new, message.track_id)
    _set_vad_notification_status(
        new, _VAD_NOTIFICATION_STATUS.get(number := message.status, number)
    )
    return new


_set_viewer_connected_stream_id = setter(ViewerConnected, "stream_id")
_set_viewer_connected_viewer_id = setter(ViewerConnected, "viewer_id")


def _read_viewer_connected(message: Any) -> ViewerConnected:
    new = _new(ViewerConnected)
    _set_viewer_connected_stream_id(new, message.stream_id)
    _set_viewer_connected_viewer_id(new, message.viewer_id)
    return new


_set_viewer_disconnected_stream_id = setter(ViewerDisconnected, "stream_id")
_set_viewer_disconnected_viewer_id = setter(ViewerDisconnected, "viewer_id")


def _read_viewer_disconnected(message: Any) -> ViewerDisconnected:
    new = _new(ViewerDisconnected)
    _set_viewer_disconnected_stream_id(new, message.stream_id)
    _set_viewer_disconnected_viewer_id(new, message.viewer_id)
    return new


_set_streamer_connected_stream_id = setter(StreamerConnected, "stream_id")
_set_streamer_connected_streamer_id = setter(StreamerConnected, "streamer_id")


def _read_streamer_connected(message: Any) -> StreamerConnected:
    new = _new(StreamerConnected)
    _set_streamer_connected_stream_id(new, message.stream_id)
    _set_streamer_connected_streamer_id(new, message.streamer_id)
    return new


_set_streamer_disconnected_stream_id = setter(StreamerDisconnected, "stream_id")
_set_streamer_disconnected_streamer_id = setter(StreamerDisconnected, "streamer_id")


def _read_streamer_disconnected(message: Any) -> StreamerDisconnected:
    new = _new(StreamerDisconnected)
    _set_streamer_disconnected_stream_id(new, message.stream_id)
    _set_streamer_disconnected_streamer_id(new, message.streamer_id)
    return new


_set_recording_status_changed_recording_id = setter(RecordingStatusChanged, "recording_id")
_set_recording_status_changed_status = setter(RecordingStatusChanged, "status")
_set_recording_status_changed_metadata = setter(RecordingStatusChanged, "metadata")


def _read_recording_status_changed(message: Any) -> RecordingStatusChanged:
    new = _new(RecordingStatusChanged)
    _set_recording_status_changed_recording_id(new, message.recording_id)
    _set_recording_status_changed_status(
        new, _RECORDING_STATUS_CHANGED_STATUS.get(number := message.status, number)
    )
    _set_recording_status_changed_metadata(new, message.metadata)
    return new


_set_stream_connected_stream_id = setter(StreamConnected, "stream_id")


def _read_stream_connected(message: Any) -> StreamConnected:
    new = _new(StreamConnected)
    _set_stream_connected_stream_id(new, message.stream_id)
    return new


_set_stream_disconnected_stream_id = setter(StreamDisconnected, "stream_id")


def _read_stream_disconnected(message: Any) -> StreamDisconnected:
    new = _new(StreamDisconnected)
    _set_stream_disconnected_stream_id(new, message.stream_id)
    return new


_set_hls_playable_room_id = setter(HlsPlayable, "room_id")
_set_hls_playable_component_id = setter(HlsPlayable, "component_id")


def _read_hls_playable(message: Any) -> HlsPlayable:
    new = _new(HlsPlayable)
    _set_hls_playable_room_id(new, message.room_id)
    _set_hls_playable_component_id(new, message.component_id)
    return new


_set_hls_uploaded_room_id = setter(HlsUploaded, "room_id")


def _read_hls_uploaded(message: Any) -> HlsUploaded:
    new = _new(HlsUploaded)
    _set_hls_uploaded_room_id(new, message.room_id)
    return new


_set_hls_upload_crashed_room_id = setter(HlsUploadCrashed, "room_id")


def _read_hls_upload_crashed(message: Any) -> HlsUploadCrashed:
    new = _new(HlsUploadCrashed)
    _set_hls_upload_crashed_room_id(new, message.room_id)
    return new


_set_component_crashed_room_id = setter(ComponentCrashed, "room_id")
_set_component_crashed_component_id = setter(ComponentCrashed, "component_id")


def _read_component_crashed(message: Any) -> ComponentCrashed:
    new = _new(ComponentCrashed)
    _set_component_crashed_room_id(new, message.room_id)
    _set_component_crashed_component_id(new, message.component_id)
    return new


_set_incoming_track_data_peer_id = setter(IncomingTrackData, "peer_id")
_set_incoming_track_data_track = setter(IncomingTrackData, "track")
_set_incoming_track_data_data = setter(IncomingTrackData, "data")


def _read_incoming_track_data(message: Any) -> IncomingTrackData:
    new = _new(IncomingTrackData)
    _set_incoming_track_data_peer_id(new, message.peer_id)
    _set_incoming_track_data_track(new, _read_track(message.track))
    _set_incoming_track_data_data(new, message.data)
    return new


_set_incoming_track_image_track_id = setter(IncomingTrackImage, "track_id")
_set_incoming_track_image_content_type = setter(IncomingTrackImage, "content_type")
_set_incoming_track_image_data = setter(IncomingTrackImage, "data")


def _read_incoming_track_image(message: Any) -> IncomingTrackImage:
    new = _new(IncomingTrackImage)
    _set_incoming_track_image_track_id(new, message.track_id)
    _set_incoming_track_image_content_type(new, message.content_type)
    _set_incoming_track_image_data(new, message.data)
    return new


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "room_created",
        10,
        "fishjam.ServerMessage.RoomCreated",
        RoomCreated,
        _read_room_created,
        True,
    ),
    Entry(
        "room_deleted",
        11,
        "fishjam.ServerMessage.RoomDeleted",
        RoomDeleted,
        _read_room_deleted,
        True,
    ),
    Entry(
        "room_crashed",
        1,
        "fishjam.ServerMessage.RoomCrashed",
        RoomCrashed,
        _read_room_crashed,
        True,
    ),
    Entry(
        "peer_connected",
        2,
        "fishjam.ServerMessage.PeerConnected",
        PeerConnected,
        _read_peer_connected,
        True,
    ),
    Entry(
        "peer_disconnected",
        3,
        "fishjam.ServerMessage.PeerDisconnected",
        PeerDisconnected,
        _read_peer_disconnected,
        True,
    ),
    Entry(
        "peer_crashed",
        4,
        "fishjam.ServerMessage.PeerCrashed",
        PeerCrashed,
        _read_peer_crashed,
        True,
    ),
    Entry(
        "peer_metadata_updated",
        16,
        "fishjam.ServerMessage.PeerMetadataUpdated",
        PeerMetadataUpdated,
        _read_peer_metadata_updated,
        True,
    ),
    Entry(
        "track_added", 17, "fishjam.ServerMessage.TrackAdded", TrackAdded, _read_track_added, True
    ),
    Entry(
        "track_removed",
        18,
        "fishjam.ServerMessage.TrackRemoved",
        TrackRemoved,
        _read_track_removed,
        True,
    ),
    Entry(
        "track_metadata_updated",
        19,
        "fishjam.ServerMessage.TrackMetadataUpdated",
        TrackMetadataUpdated,
        _read_track_metadata_updated,
        True,
    ),
    Entry("peer_added", 20, "fishjam.ServerMessage.PeerAdded", PeerAdded, _read_peer_added, True),
    Entry(
        "peer_deleted",
        21,
        "fishjam.ServerMessage.PeerDeleted",
        PeerDeleted,
        _read_peer_deleted,
        True,
    ),
    Entry(
        "channel_added",
        28,
        "fishjam.ServerMessage.ChannelAdded",
        ChannelAdded,
        _read_channel_added,
        True,
    ),
    Entry(
        "channel_removed",
        29,
        "fishjam.ServerMessage.ChannelRemoved",
        ChannelRemoved,
        _read_channel_removed,
        True,
    ),
    Entry(
        "track_forwarding",
        30,
        "fishjam.ServerMessage.TrackForwarding",
        TrackForwarding,
        _read_track_forwarding,
        True,
    ),
    Entry(
        "track_forwarding_removed",
        31,
        "fishjam.ServerMessage.TrackForwardingRemoved",
        TrackForwardingRemoved,
        _read_track_forwarding_removed,
        True,
    ),
    Entry(
        "vad_notification",
        32,
        "fishjam.ServerMessage.VadNotification",
        VadNotification,
        _read_vad_notification,
        True,
    ),
    Entry(
        "viewer_connected",
        24,
        "fishjam.ServerMessage.ViewerConnected",
        ViewerConnected,
        _read_viewer_connected,
        True,
    ),
    Entry(
        "viewer_disconnected",
        25,
        "fishjam.ServerMessage.ViewerDisconnected",
        ViewerDisconnected,
        _read_viewer_disconnected,
        True,
    ),
    Entry(
        "streamer_connected",
        26,
        "fishjam.ServerMessage.StreamerConnected",
        StreamerConnected,
        _read_streamer_connected,
        True,
    ),
    Entry(
        "streamer_disconnected",
        27,
        "fishjam.ServerMessage.StreamerDisconnected",
        StreamerDisconnected,
        _read_streamer_disconnected,
        True,
    ),
    Entry(
        "recording_status_changed",
        34,
        "fishjam.ServerMessage.RecordingStatusChanged",
        RecordingStatusChanged,
        _read_recording_status_changed,
        True,
    ),
    Entry(
        "stream_connected",
        22,
        "fishjam.ServerMessage.StreamConnected",
        StreamConnected,
        _read_stream_connected,
        False,
    ),
    Entry(
        "stream_disconnected",
        23,
        "fishjam.ServerMessage.StreamDisconnected",
        StreamDisconnected,
        _read_stream_disconnected,
        False,
    ),
    Entry(
        "hls_playable",
        13,
        "fishjam.ServerMessage.HlsPlayable",
        HlsPlayable,
        _read_hls_playable,
        False,
    ),
    Entry(
        "hls_uploaded",
        14,
        "fishjam.ServerMessage.HlsUploaded",
        HlsUploaded,
        _read_hls_uploaded,
        False,
    ),
    Entry(
        "hls_upload_crashed",
        15,
        "fishjam.ServerMessage.HlsUploadCrashed",
        HlsUploadCrashed,
        _read_hls_upload_crashed,
        False,
    ),
    Entry(
        "component_crashed",
        5,
        "fishjam.ServerMessage.ComponentCrashed",
        ComponentCrashed,
        _read_component_crashed,
        False,
    ),
)
"""How each notification is decoded; the deprecated ones are not handed to users."""

INCOMING: tuple[Entry, ...] = (
    Entry(
        "track_data",
        2,
        "fishjam.AgentResponse.TrackData",
        IncomingTrackData,
        _read_incoming_track_data,
        True,
    ),
    Entry(
        "track_image",
        3,
        "fishjam.AgentResponse.TrackImage",
        IncomingTrackImage,
        _read_incoming_track_image,
        True,
    ),
)
"""How each message to an agent is decoded."""

ServerMessageRoomCreated = RoomCreated
ServerMessageRoomDeleted = RoomDeleted
ServerMessageRoomCrashed = RoomCrashed
ServerMessagePeerConnected = PeerConnected
ServerMessagePeerDisconnected = PeerDisconnected
ServerMessagePeerCrashed = PeerCrashed
ServerMessagePeerMetadataUpdated = PeerMetadataUpdated
ServerMessageTrackAdded = TrackAdded
ServerMessageTrackRemoved = TrackRemoved
ServerMessageTrackMetadataUpdated = TrackMetadataUpdated
ServerMessagePeerAdded = PeerAdded
ServerMessagePeerDeleted = PeerDeleted
ServerMessageChannelAdded = ChannelAdded
ServerMessageChannelRemoved = ChannelRemoved
ServerMessageTrackForwarding = TrackForwarding
ServerMessageTrackForwardingRemoved = TrackForwardingRemoved
ServerMessageVadNotification = VadNotification
ServerMessageViewerConnected = ViewerConnected
ServerMessageViewerDisconnected = ViewerDisconnected
ServerMessageStreamerConnected = StreamerConnected
ServerMessageStreamerDisconnected = StreamerDisconnected
ServerMessageRecordingStatusChanged = RecordingStatusChanged
ServerMessageStreamConnected = StreamConnected
ServerMessageStreamDisconnected = StreamDisconnected
ServerMessageHlsPlayable = HlsPlayable
ServerMessageHlsUploaded = HlsUploaded
ServerMessageHlsUploadCrashed = HlsUploadCrashed
ServerMessageComponentCrashed = ComponentCrashed
ServerMessagePeerType = PeerType
ServerMessageRecordingStatusChangedStatus = RecordingStatusChangedStatus
ServerMessageVadNotificationStatus = VadNotificationStatus

SURFACED: tuple[type[Notification], ...] = (
    RoomCreated,
    RoomDeleted,
    RoomCrashed,
    PeerConnected,
    PeerDisconnected,
    PeerCrashed,
    PeerMetadataUpdated,
    TrackAdded,
    TrackRemoved,
    TrackMetadataUpdated,
    PeerAdded,
    PeerDeleted,
    ChannelAdded,
    ChannelRemoved,
    TrackForwarding,
    TrackForwardingRemoved,
    VadNotification,
    ViewerConnected,
    ViewerDisconnected,
    StreamerConnected,
    StreamerDisconnected,
    RecordingStatusChanged,
)
"""The classes of `Notification`, for `isinstance`."""

__all__ = (
    "ChannelAdded",
    "ChannelRemoved",
    "ComponentCrashed",
    "HlsPlayable",
    "HlsUploadCrashed",
    "HlsUploaded",
    "Notification",
    "PeerAdded",
    "PeerConnected",
    "PeerCrashed",
    "PeerDeleted",
    "PeerDisconnected",
    "PeerMetadataUpdated",
    "PeerType",
    "RecordingStatusChanged",
    "RecordingStatusChangedStatus",
    "RoomCrashed",
    "RoomCreated",
    "RoomDeleted",
    "ServerMessageChannelAdded",
    "ServerMessageChannelRemoved",
    "ServerMessageComponentCrashed",
    "ServerMessageHlsPlayable",
    "ServerMessageHlsUploadCrashed",
    "ServerMessageHlsUploaded",
    "ServerMessagePeerAdded",
    "ServerMessagePeerConnected",
    "ServerMessagePeerCrashed",
    "ServerMessagePeerDeleted",
    "ServerMessagePeerDisconnected",
    "ServerMessagePeerMetadataUpdated",
    "ServerMessagePeerType",
    "ServerMessageRecordingStatusChanged",
    "ServerMessageRecordingStatusChangedStatus",
    "ServerMessageRoomCrashed",
    "ServerMessageRoomCreated",
    "ServerMessageRoomDeleted",
    "ServerMessageStreamConnected",
    "ServerMessageStreamDisconnected",
    "ServerMessageStreamerConnected",
    "ServerMessageStreamerDisconnected",
    "ServerMessageTrackAdded",
    "ServerMessageTrackForwarding",
    "ServerMessageTrackForwardingRemoved",
    "ServerMessageTrackMetadataUpdated",
    "ServerMessageTrackRemoved",
    "ServerMessageVadNotification",
    "ServerMessageVadNotificationStatus",
    "ServerMessageViewerConnected",
    "ServerMessageViewerDisconnected",
    "StreamConnected",
    "StreamDisconnected",
    "StreamerConnected",
    "StreamerDisconnected",
    "Track",
    "TrackAdded",
    "TrackEncoding",
    "TrackForwarding",
    "TrackForwardingRemoved",
    "TrackMetadataUpdated",
    "TrackRemoved",
    "TrackType",
    "VadNotification",
    "VadNotificationStatus",
    "ViewerConnected",
    "ViewerDisconnected",
)
