# Generated from openapi/fishjam.yaml by `nox -s codegen`. Do not edit: change the source instead.
"""Models of the Fishjam API: what its requests take and what its answers hold."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

from attrs import define, field
from typing_extensions import Self

from fishjam._core.decode import (
    UNUSUAL,
    Shape,
    choose,
    list_of,
    optional,
    read_bool,
    read_float,
    read_int,
    read_object,
    read_str,
    required,
)
from fishjam._core.encode import dump, masked, masked_address
from fishjam._core.enums import OpenIntEnum, OpenStrEnum
from fishjam._core.freeform import FreeForm
from fishjam._core.model import Model

T = TypeVar("T")


class AudioFormat(OpenStrEnum):
    """The format of the audio samples that an agent receives.

    `pcm16` is signed 16-bit linear PCM, little-endian, one channel.
    """

    PCM16 = "pcm16"


_audio_format: dict[Any, AudioFormat] = {member.value: member for member in AudioFormat}


class AudioSampleRate(OpenIntEnum):
    """The sample rate in hertz of the audio that an agent receives."""

    HZ_16000 = 16000
    HZ_24000 = 24000


_audio_sample_rate: dict[Any, AudioSampleRate] = {
    member.value: member for member in AudioSampleRate
}


class PeerConfigAgentType(OpenStrEnum):
    """The kind of the peer, always `agent`."""

    AGENT = "agent"


_peer_config_agent_type: dict[Any, PeerConfigAgentType] = {
    member.value: member for member in PeerConfigAgentType
}


class PeerConfigVAPIType(OpenStrEnum):
    """The kind of the peer, always `vapi`."""

    VAPI = "vapi"


_peer_config_vapi_type: dict[Any, PeerConfigVAPIType] = {
    member.value: member for member in PeerConfigVAPIType
}


class PeerConfigWebRTCType(OpenStrEnum):
    """The kind of the peer, always `webrtc`."""

    WEBRTC = "webrtc"


_peer_config_web_rtc_type: dict[Any, PeerConfigWebRTCType] = {
    member.value: member for member in PeerConfigWebRTCType
}


class PeerStatus(OpenStrEnum):
    """Whether a peer is connected to its room."""

    __module__ = "fishjam.peer"

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"


_peer_status: dict[Any, PeerStatus] = {member.value: member for member in PeerStatus}


class PeerType(OpenStrEnum):
    """The kind of a peer.

    - `webrtc`: a client that connects with one of the WebRTC SDKs.
    - `agent`: a program on the server side that hears and speaks over the agent socket.
    - `vapi`: a voice agent that VAPI runs.
    """

    __module__ = "fishjam.peer"

    WEBRTC = "webrtc"
    AGENT = "agent"
    VAPI = "vapi"


_peer_type: dict[Any, PeerType] = {member.value: member for member in PeerType}


class RecordingStatus(OpenStrEnum):
    """The state of a recording.

    - `active`: it records, or is being finalized after a stop.
    - `finished`: it has ended, and its files are not ready yet.
    - `available`: its files can be fetched.
    - `failed`: it has ended without usable files.
    """

    __module__ = "fishjam.recording"

    ACTIVE = "active"
    FINISHED = "finished"
    AVAILABLE = "available"
    FAILED = "failed"


_recording_status: dict[Any, RecordingStatus] = {member.value: member for member in RecordingStatus}


class RoomType(OpenStrEnum):
    """What a room is for.

    - `conference`: peers meet with audio and video.
    - `audio_only`: peers meet with audio alone.
    - `livestream`: streamers publish and viewers watch.
    - `audio_only_livestream`: the same with audio alone.
    - `full_feature` and `broadcaster`: older names; new code uses `conference` and
      `livestream`.
    """

    __module__ = "fishjam.room"

    FULL_FEATURE = "full_feature"
    AUDIO_ONLY = "audio_only"
    BROADCASTER = "broadcaster"
    LIVESTREAM = "livestream"
    CONFERENCE = "conference"
    AUDIO_ONLY_LIVESTREAM = "audio_only_livestream"


_room_type: dict[Any, RoomType] = {member.value: member for member in RoomType}


class StreamerStatus(OpenStrEnum):
    """Whether the streamer is connected. A new streamer is not."""

    __module__ = "fishjam.livestream"

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"


_streamer_status: dict[Any, StreamerStatus] = {member.value: member for member in StreamerStatus}


class SubscribeMode(OpenStrEnum):
    """How a peer comes by the tracks of other peers.

    - `auto`: it receives all tracks of everybody in the room.
    - `manual`: it receives what the backend subscribes it to, and nothing else.
    """

    __module__ = "fishjam.peer"

    AUTO = "auto"
    MANUAL = "manual"


_subscribe_mode: dict[Any, SubscribeMode] = {member.value: member for member in SubscribeMode}


class TrackType(OpenStrEnum):
    """Whether a track is audio or video."""

    __module__ = "fishjam.peer"

    AUDIO = "audio"
    VIDEO = "video"


_track_type: dict[Any, TrackType] = {member.value: member for member in TrackType}


class VideoCodec(OpenStrEnum):
    """The video codec of a room."""

    __module__ = "fishjam.room"

    H264 = "h264"
    VP8 = "vp8"


_video_codec: dict[Any, VideoCodec] = {member.value: member for member in VideoCodec}


class PeerMetadata(FreeForm):
    """Free-form metadata of a peer, or null.

    A WebRTC peer's metadata have two keys: `server` holds what the backend gave when it added
    the peer, `peer` what the peer's own client has set.
    """

    __module__ = "fishjam.peer"


class WebRTCMetadata(FreeForm):
    """Free-form metadata that the backend gives to a WebRTC peer."""


class RecordingMetadata(FreeForm):
    """The metadata that were given when the recording was started, or null."""

    __module__ = "fishjam.recording"


class RecordingConfigMetadata(FreeForm):
    """Free-form metadata to keep with the recording.

    Recordings can be listed by those values that are strings.
    """


class TrackMetadata(FreeForm):
    """Free-form metadata that the publishing peer gave to a track, or null."""

    __module__ = "fishjam.peer"


@define
class AgentOutput(Model):
    """The form in which an agent receives the audio of other peers.

    Attributes:
        audio_format: The sample format. PCM16 is the default and the only one.
        audio_sample_rate: The sample rate in hertz, 16000 by default.
    """

    audio_format: AudioFormat | None = AudioFormat.PCM16
    """The sample format. PCM16 is the default and the only one."""
    audio_sample_rate: AudioSampleRate | int | None = AudioSampleRate.HZ_16000
    """The sample rate in hertz, 16000 by default."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_agent_output(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            audio_format=optional(data, "audioFormat", AudioFormat.from_wire),
            audio_sample_rate=optional(data, "audioSampleRate", AudioSampleRate.from_wire),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.audio_format is not None:
            data["audioFormat"] = dump(self.audio_format)
        if self.audio_sample_rate is not None:
            data["audioSampleRate"] = dump(self.audio_sample_rate)
        return data


def _straight_agent_output(src_dict: Any, cls: Callable[..., T]) -> T:
    got_audio_format = src_dict.get("audioFormat")
    got_audio_sample_rate = src_dict.get("audioSampleRate")
    if src_dict.__class__ is dict and (
        got_audio_sample_rate is None or got_audio_sample_rate.__class__ is int
    ):
        # By position: a call with names takes much longer.
        return cls(
            None
            if got_audio_format is None
            else _audio_format.get(got_audio_format) or AudioFormat.from_wire(got_audio_format),
            None
            if got_audio_sample_rate is None
            else _audio_sample_rate.get(got_audio_sample_rate)
            or AudioSampleRate.from_wire(got_audio_sample_rate),
        )
    raise TypeError


@define
class TrackForwardingInfo(Model):
    """The forwarded tracks of one peer, which make one input of the composition.

    Attributes:
        input_id: The id of the input that the tracks feed in the composition.
        peer_id: The id of the peer that the tracks belong to.
        audio_track_id: The id of the forwarded audio track. Absent or null when there is none.
        video_track_id: The id of the forwarded video track. Absent or null when there is none.
    """

    __module__ = "fishjam.room"

    input_id: str
    """The id of the input that the tracks feed in the composition."""
    peer_id: str
    """The id of the peer that the tracks belong to."""
    audio_track_id: str | None = None
    """The id of the forwarded audio track. Absent or null when there is none."""
    video_track_id: str | None = None
    """The id of the forwarded video track. Absent or null when there is none."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_track_forwarding_info(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            input_id=required(data, "inputId", read_str),
            peer_id=required(data, "peerId", read_str),
            audio_track_id=optional(data, "audioTrackId", read_str),
            video_track_id=optional(data, "videoTrackId", read_str),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "inputId": self.input_id,
            "peerId": self.peer_id,
        }
        if self.audio_track_id is not None:
            data["audioTrackId"] = self.audio_track_id
        if self.video_track_id is not None:
            data["videoTrackId"] = self.video_track_id
        return data


def _straight_track_forwarding_info(src_dict: Any, cls: Callable[..., T]) -> T:
    got_input_id = src_dict["inputId"]
    got_peer_id = src_dict["peerId"]
    got_audio_track_id = src_dict.get("audioTrackId")
    got_video_track_id = src_dict.get("videoTrackId")
    if (
        src_dict.__class__ is dict
        and got_input_id.__class__ is str
        and got_peer_id.__class__ is str
        and (got_audio_track_id is None or got_audio_track_id.__class__ is str)
        and (got_video_track_id is None or got_video_track_id.__class__ is str)
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_input_id,
            got_peer_id,
            got_audio_track_id,
            got_video_track_id,
        )
    raise TypeError


@define
class CompositionInfo(Model):
    """The composition that a room forwards its tracks to.

    It is absent or null while nothing is forwarded.

    Attributes:
        composition_url: The address of the composition that receives the tracks.
        forwardings: The peers whose tracks are forwarded, one entry for each input.
    """

    __module__ = "fishjam.room"

    composition_url: str = field(repr=masked_address)
    """The address of the composition that receives the tracks."""
    forwardings: list[TrackForwardingInfo]
    """The peers whose tracks are forwarded, one entry for each input."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_composition_info(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            composition_url=required(data, "compositionUrl", read_str),
            forwardings=required(data, "forwardings", list_of(TrackForwardingInfo.from_dict)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "compositionUrl": self.composition_url,
            "forwardings": dump(self.forwardings),
        }
        return data


def _straight_composition_info(src_dict: Any, cls: Callable[..., T]) -> T:
    got_composition_url = src_dict["compositionUrl"]
    got_forwardings = src_dict["forwardings"]
    if (
        src_dict.__class__ is dict
        and got_composition_url.__class__ is str
        and got_forwardings.__class__ is list
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_composition_url,
            [
                _straight_track_forwarding_info(item, TrackForwardingInfo)
                for item in got_forwardings
            ],
        )
    raise TypeError


@define
class CompositionSource(Model):
    """An existing output of a composition, as the source of a recording.

    Attributes:
        composition_url: The address of the composition, such as
            `https://rtc.fishjam.io/api/composition/<id>`. An http or https URL with a path, at
            most 255 characters.
        output_id: The id of the output to record, at most 255 characters.
        scale_ratio: The factor by which the picture of the output is scaled in the recording.
            Greater than 0; the default 1 keeps the size.
    """

    __module__ = "fishjam.recording"

    composition_url: str = field(repr=masked_address)
    """The address of the composition, such as `https://rtc.fishjam.io/api/composition/<id>`.

    An http or https URL with a path, at most 255 characters.
    """
    output_id: str
    """The id of the output to record, at most 255 characters."""
    scale_ratio: float | None = 1.0
    """The factor by which the picture of the output is scaled in the recording.

    Greater than 0; the default 1 keeps the size.
    """

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_composition_source(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            composition_url=required(data, "compositionURL", read_str),
            output_id=required(data, "outputId", read_str),
            scale_ratio=optional(data, "scaleRatio", read_float),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "compositionURL": self.composition_url,
            "outputId": self.output_id,
        }
        if self.scale_ratio is not None:
            data["scaleRatio"] = self.scale_ratio
        return data


def _straight_composition_source(src_dict: Any, cls: Callable[..., T]) -> T:
    got_composition_url = src_dict["compositionURL"]
    got_output_id = src_dict["outputId"]
    got_scale_ratio = src_dict.get("scaleRatio")
    if (
        src_dict.__class__ is dict
        and got_composition_url.__class__ is str
        and got_output_id.__class__ is str
        and (got_scale_ratio is None or got_scale_ratio.__class__ is float)
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_composition_url,
            got_output_id,
            got_scale_ratio,
        )
    raise TypeError


@define
class Error(Model):
    """The body of an error answer.

    Attributes:
        errors: What went wrong, in words for a developer.
    """

    errors: str
    """What went wrong, in words for a developer."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_error(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            errors=required(data, "errors", read_str),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "errors": self.errors,
        }
        return data


def _straight_error(src_dict: Any, cls: Callable[..., T]) -> T:
    got_errors = src_dict["errors"]
    if src_dict.__class__ is dict and got_errors.__class__ is str:
        # By position: a call with names takes much longer.
        return cls(
            got_errors,
        )
    raise TypeError


@define
class MoqAccess(Model):
    """Access to the Media over QUIC relay.

    Attributes:
        connection_url: The address to connect to, `https://relay.fishjam.io/<id>?jwt=<token>`.
            It holds the token, so it is as secret as the token.
        token: The token by itself, a JWT signed with HS256. Its claims are `root`, `put` (paths
            to publish), `get` (paths to subscribe to), `iat` and `exp`.
    """

    __module__ = "fishjam.moq"

    connection_url: str = field(repr=masked)
    """The address to connect to, `https://relay.fishjam.io/<id>?jwt=<token>`.

    It holds the token, so it is as secret as the token.
    """
    token: str = field(repr=masked)
    """The token by itself, a JWT signed with HS256.

    Its claims are `root`, `put` (paths to publish), `get` (paths to subscribe to), `iat` and
    `exp`.
    """

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_moq_access(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            connection_url=required(data, "connection_url", read_str),
            token=required(data, "token", read_str),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "connection_url": self.connection_url,
            "token": self.token,
        }
        return data


def _straight_moq_access(src_dict: Any, cls: Callable[..., T]) -> T:
    got_connection_url = src_dict["connection_url"]
    got_token = src_dict["token"]
    if (
        src_dict.__class__ is dict
        and got_connection_url.__class__ is str
        and got_token.__class__ is str
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_connection_url,
            got_token,
        )
    raise TypeError


@define
class MoqAccessConfig(Model):
    """What a token for the Media over QUIC relay shall allow.

    At least one of the two paths must be given.

    Attributes:
        publish_path: The path under which the holder may publish. None when absent or null.
        subscribe_path: The path which the holder may subscribe to. None when absent or null.
        ttl: How long the token lasts, in seconds. At most 604800 (seven days). The server takes
            3600 (one hour) when it is absent or null.
    """

    publish_path: str | None = None
    """The path under which the holder may publish. None when absent or null."""
    subscribe_path: str | None = None
    """The path which the holder may subscribe to. None when absent or null."""
    ttl: int | None = None
    """How long the token lasts, in seconds.

    At most 604800 (seven days). The server takes 3600 (one hour) when it is absent or null.
    """

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_moq_access_config(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            publish_path=optional(data, "publishPath", read_str),
            subscribe_path=optional(data, "subscribePath", read_str),
            ttl=optional(data, "ttl", read_int),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.publish_path is not None:
            data["publishPath"] = self.publish_path
        if self.subscribe_path is not None:
            data["subscribePath"] = self.subscribe_path
        if self.ttl is not None:
            data["ttl"] = self.ttl
        return data


def _straight_moq_access_config(src_dict: Any, cls: Callable[..., T]) -> T:
    got_publish_path = src_dict.get("publishPath")
    got_subscribe_path = src_dict.get("subscribePath")
    got_ttl = src_dict.get("ttl")
    if (
        src_dict.__class__ is dict
        and (got_publish_path is None or got_publish_path.__class__ is str)
        and (got_subscribe_path is None or got_subscribe_path.__class__ is str)
        and (got_ttl is None or got_ttl.__class__ is int)
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_publish_path,
            got_subscribe_path,
            got_ttl,
        )
    raise TypeError


@define
class Subscriptions(Model):
    """What the backend has subscribed a peer to.

    Attributes:
        peers: The ids of the peers all of whose tracks are received.
        tracks: The ids of the single tracks that are received.
    """

    __module__ = "fishjam.peer"

    peers: list[str]
    """The ids of the peers all of whose tracks are received."""
    tracks: list[str]
    """The ids of the single tracks that are received."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_subscriptions(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            peers=required(data, "peers", list_of(read_str)),
            tracks=required(data, "tracks", list_of(read_str)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "peers": dump(self.peers),
            "tracks": dump(self.tracks),
        }
        return data


def _straight_subscriptions(src_dict: Any, cls: Callable[..., T]) -> T:
    got_peers = src_dict["peers"]
    got_tracks = src_dict["tracks"]
    if src_dict.__class__ is dict and got_peers.__class__ is list and got_tracks.__class__ is list:
        # By position: a call with names takes much longer.
        return cls(
            [read_str(item) for item in got_peers],
            [read_str(item) for item in got_tracks],
        )
    raise TypeError


@define
class Track(Model):
    """An audio or video track that a peer publishes.

    Attributes:
        id: The id of the track, given by the server.
        metadata: Free-form metadata that the publishing peer gave to a track, or null.
        type_: Whether the track is audio or video.
    """

    __module__ = "fishjam.peer"

    id: str | None = None
    """The id of the track, given by the server."""
    metadata: TrackMetadata | None = None
    """Free-form metadata that the publishing peer gave to a track, or null."""
    type_: TrackType | None = None
    """Whether the track is audio or video."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_track(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            id=optional(data, "id", read_str),
            metadata=optional(data, "metadata", TrackMetadata.from_dict),
            type_=optional(data, "type", TrackType.from_wire),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.id is not None:
            data["id"] = self.id
        if self.metadata is not None:
            data["metadata"] = dump(self.metadata)
        if self.type_ is not None:
            data["type"] = dump(self.type_)
        return data


def _straight_track(src_dict: Any, cls: Callable[..., T]) -> T:
    got_id = src_dict.get("id")
    got_metadata = src_dict.get("metadata")
    got_type_ = src_dict.get("type")
    if (
        src_dict.__class__ is dict
        and (got_id is None or got_id.__class__ is str)
        and (got_metadata is None or got_metadata.__class__ is dict)
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_id,
            None if got_metadata is None else TrackMetadata(got_metadata),
            None
            if got_type_ is None
            else _track_type.get(got_type_) or TrackType.from_wire(got_type_),
        )
    raise TypeError


@define
class Peer(Model):
    """A participant of a room.

    A peer is a person's WebRTC client, an agent, or a VAPI agent. It exists from the moment the
    backend adds it, whether or not it is connected.

    Attributes:
        id: The id of the peer, given by the server.
        metadata: Free-form metadata of a peer, or null. A WebRTC peer's metadata have two keys:
            `server` holds what the backend gave when it added the peer, `peer` what the peer's
            own client has set.
        status: Whether the peer is connected. A new peer is not.
        subscribe_mode: How the peer comes by the tracks of others, as set when it was added.
        subscriptions: What the backend has subscribed the peer to, nothing at first.
        tracks: The tracks that the peer publishes now.
        type_: The kind of the peer.
    """

    __module__ = "fishjam.peer"

    id: str
    """The id of the peer, given by the server."""
    metadata: PeerMetadata | None
    """Free-form metadata of a peer, or null.

    A WebRTC peer's metadata have two keys: `server` holds what the backend gave when it added
    the peer, `peer` what the peer's own client has set.
    """
    status: PeerStatus
    """Whether the peer is connected. A new peer is not."""
    subscribe_mode: SubscribeMode
    """How the peer comes by the tracks of others, as set when it was added."""
    subscriptions: Subscriptions
    """What the backend has subscribed the peer to, nothing at first."""
    tracks: list[Track]
    """The tracks that the peer publishes now."""
    type_: PeerType
    """The kind of the peer."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_peer(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            id=required(data, "id", read_str),
            metadata=optional(data, "metadata", PeerMetadata.from_dict),
            status=required(data, "status", PeerStatus.from_wire),
            subscribe_mode=required(data, "subscribeMode", SubscribeMode.from_wire),
            subscriptions=required(data, "subscriptions", Subscriptions.from_dict),
            tracks=required(data, "tracks", list_of(Track.from_dict)),
            type_=required(data, "type", PeerType.from_wire),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "id": self.id,
            "metadata": dump(self.metadata),
            "status": dump(self.status),
            "subscribeMode": dump(self.subscribe_mode),
            "subscriptions": dump(self.subscriptions),
            "tracks": dump(self.tracks),
            "type": dump(self.type_),
        }
        return data


def _straight_peer(src_dict: Any, cls: Callable[..., T]) -> T:
    got_id = src_dict["id"]
    got_metadata = src_dict.get("metadata")
    got_status = src_dict["status"]
    got_subscribe_mode = src_dict["subscribeMode"]
    got_subscriptions = src_dict["subscriptions"]
    got_tracks = src_dict["tracks"]
    got_type_ = src_dict["type"]
    if (
        src_dict.__class__ is dict
        and got_id.__class__ is str
        and (got_metadata is None or got_metadata.__class__ is dict)
        and got_tracks.__class__ is list
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_id,
            None if got_metadata is None else PeerMetadata(got_metadata),
            _peer_status.get(got_status) or PeerStatus.from_wire(got_status),
            _subscribe_mode.get(got_subscribe_mode) or SubscribeMode.from_wire(got_subscribe_mode),
            _straight_subscriptions(got_subscriptions, Subscriptions),
            [_straight_track(item, Track) for item in got_tracks],
            _peer_type.get(got_type_) or PeerType.from_wire(got_type_),
        )
    raise TypeError


@define
class PeerOptionsWebRTC(Model):
    """The options of a WebRTC peer to add.

    Attributes:
        metadata: Free-form metadata that the backend gives to the peer. They appear under the
            key `server` of the peer's metadata.
        subscribe_mode: How the peer comes by the tracks of other peers, `auto` by default.
    """

    metadata: WebRTCMetadata | None = None
    """Free-form metadata that the backend gives to the peer.

    They appear under the key `server` of the peer's metadata.
    """
    subscribe_mode: SubscribeMode | None = SubscribeMode.AUTO
    """How the peer comes by the tracks of other peers, `auto` by default."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_peer_options_web_rtc(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            metadata=optional(data, "metadata", WebRTCMetadata.from_dict),
            subscribe_mode=optional(data, "subscribeMode", SubscribeMode.from_wire),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.metadata is not None:
            data["metadata"] = dump(self.metadata)
        if self.subscribe_mode is not None:
            data["subscribeMode"] = dump(self.subscribe_mode)
        return data


def _straight_peer_options_web_rtc(src_dict: Any, cls: Callable[..., T]) -> T:
    got_metadata = src_dict.get("metadata")
    got_subscribe_mode = src_dict.get("subscribeMode")
    if src_dict.__class__ is dict and (got_metadata is None or got_metadata.__class__ is dict):
        # By position: a call with names takes much longer.
        return cls(
            None if got_metadata is None else WebRTCMetadata(got_metadata),
            None
            if got_subscribe_mode is None
            else _subscribe_mode.get(got_subscribe_mode)
            or SubscribeMode.from_wire(got_subscribe_mode),
        )
    raise TypeError


@define
class PeerConfigWebRTC(Model):
    """A WebRTC peer to add to a room.

    Attributes:
        options: The options of the WebRTC peer.
        type_: The kind of the peer, always `webrtc`.
    """

    options: PeerOptionsWebRTC
    """The options of the WebRTC peer."""
    type_: PeerConfigWebRTCType | None = PeerConfigWebRTCType.WEBRTC
    """The kind of the peer, always `webrtc`."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_peer_config_web_rtc(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            options=required(data, "options", PeerOptionsWebRTC.from_dict),
            type_=optional(data, "type", PeerConfigWebRTCType.from_wire),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "options": dump(self.options),
        }
        if self.type_ is not None:
            data["type"] = dump(self.type_)
        return data


def _straight_peer_config_web_rtc(src_dict: Any, cls: Callable[..., T]) -> T:
    got_options = src_dict["options"]
    got_type_ = src_dict.get("type")
    if src_dict.__class__ is dict:
        # By position: a call with names takes much longer.
        return cls(
            _straight_peer_options_web_rtc(got_options, PeerOptionsWebRTC),
            None
            if got_type_ is None
            else _peer_config_web_rtc_type.get(got_type_)
            or PeerConfigWebRTCType.from_wire(got_type_),
        )
    raise TypeError


@define
class PeerOptionsAgent(Model):
    """The options of an agent to add.

    Attributes:
        output: The form in which the agent receives audio. PCM16 at 16000 Hz by default.
        subscribe_mode: How the agent comes by the tracks of other peers, `auto` by default.
    """

    output: AgentOutput | None = None
    """The form in which the agent receives audio. PCM16 at 16000 Hz by default."""
    subscribe_mode: SubscribeMode | None = SubscribeMode.AUTO
    """How the agent comes by the tracks of other peers, `auto` by default."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_peer_options_agent(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            output=optional(data, "output", AgentOutput.from_dict),
            subscribe_mode=optional(data, "subscribeMode", SubscribeMode.from_wire),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.output is not None:
            data["output"] = dump(self.output)
        if self.subscribe_mode is not None:
            data["subscribeMode"] = dump(self.subscribe_mode)
        return data


def _straight_peer_options_agent(src_dict: Any, cls: Callable[..., T]) -> T:
    got_output = src_dict.get("output")
    got_subscribe_mode = src_dict.get("subscribeMode")
    if src_dict.__class__ is dict:
        # By position: a call with names takes much longer.
        return cls(
            None if got_output is None else _straight_agent_output(got_output, AgentOutput),
            None
            if got_subscribe_mode is None
            else _subscribe_mode.get(got_subscribe_mode)
            or SubscribeMode.from_wire(got_subscribe_mode),
        )
    raise TypeError


@define
class PeerConfigAgent(Model):
    """An agent to add to a room.

    Attributes:
        options: The options of the agent.
        type_: The kind of the peer, always `agent`.
    """

    options: PeerOptionsAgent
    """The options of the agent."""
    type_: PeerConfigAgentType | None = PeerConfigAgentType.AGENT
    """The kind of the peer, always `agent`."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_peer_config_agent(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            options=required(data, "options", PeerOptionsAgent.from_dict),
            type_=optional(data, "type", PeerConfigAgentType.from_wire),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "options": dump(self.options),
        }
        if self.type_ is not None:
            data["type"] = dump(self.type_)
        return data


def _straight_peer_config_agent(src_dict: Any, cls: Callable[..., T]) -> T:
    got_options = src_dict["options"]
    got_type_ = src_dict.get("type")
    if src_dict.__class__ is dict:
        # By position: a call with names takes much longer.
        return cls(
            _straight_peer_options_agent(got_options, PeerOptionsAgent),
            None
            if got_type_ is None
            else _peer_config_agent_type.get(got_type_) or PeerConfigAgentType.from_wire(got_type_),
        )
    raise TypeError


@define
class PeerOptionsVapi(Model):
    """The options of a VAPI agent to add.

    Attributes:
        api_key: The API key of the VAPI account that the call belongs to.
        call_id: The id of the VAPI call to join. Letters, digits and hyphens.
        auto_close: Whether the VAPI call ends when the last participant leaves the room. False
            by default.
        subscribe_mode: How the agent comes by the tracks of other peers, `auto` by default.
    """

    __module__ = "fishjam.peer"

    api_key: str = field(repr=masked)
    """The API key of the VAPI account that the call belongs to."""
    call_id: str
    """The id of the VAPI call to join. Letters, digits and hyphens."""
    auto_close: bool | None = False
    """Whether the VAPI call ends when the last participant leaves the room.

    False by default.
    """
    subscribe_mode: SubscribeMode | None = SubscribeMode.AUTO
    """How the agent comes by the tracks of other peers, `auto` by default."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_peer_options_vapi(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            api_key=required(data, "apiKey", read_str),
            call_id=required(data, "callId", read_str),
            auto_close=optional(data, "autoClose", read_bool),
            subscribe_mode=optional(data, "subscribeMode", SubscribeMode.from_wire),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "apiKey": self.api_key,
            "callId": self.call_id,
        }
        if self.auto_close is not None:
            data["autoClose"] = self.auto_close
        if self.subscribe_mode is not None:
            data["subscribeMode"] = dump(self.subscribe_mode)
        return data


def _straight_peer_options_vapi(src_dict: Any, cls: Callable[..., T]) -> T:
    got_api_key = src_dict["apiKey"]
    got_call_id = src_dict["callId"]
    got_auto_close = src_dict.get("autoClose")
    got_subscribe_mode = src_dict.get("subscribeMode")
    if (
        src_dict.__class__ is dict
        and got_api_key.__class__ is str
        and got_call_id.__class__ is str
        and (got_auto_close is None or got_auto_close.__class__ is bool)
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_api_key,
            got_call_id,
            got_auto_close,
            None
            if got_subscribe_mode is None
            else _subscribe_mode.get(got_subscribe_mode)
            or SubscribeMode.from_wire(got_subscribe_mode),
        )
    raise TypeError


@define
class PeerConfigVAPI(Model):
    """A VAPI agent to add to a room.

    Attributes:
        options: The options of the VAPI agent.
        type_: The kind of the peer, always `vapi`.
    """

    options: PeerOptionsVapi
    """The options of the VAPI agent."""
    type_: PeerConfigVAPIType | None = PeerConfigVAPIType.VAPI
    """The kind of the peer, always `vapi`."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_peer_config_vapi(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            options=required(data, "options", PeerOptionsVapi.from_dict),
            type_=optional(data, "type", PeerConfigVAPIType.from_wire),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "options": dump(self.options),
        }
        if self.type_ is not None:
            data["type"] = dump(self.type_)
        return data


def _straight_peer_config_vapi(src_dict: Any, cls: Callable[..., T]) -> T:
    got_options = src_dict["options"]
    got_type_ = src_dict.get("type")
    if src_dict.__class__ is dict:
        # By position: a call with names takes much longer.
        return cls(
            _straight_peer_options_vapi(got_options, PeerOptionsVapi),
            None
            if got_type_ is None
            else _peer_config_vapi_type.get(got_type_) or PeerConfigVAPIType.from_wire(got_type_),
        )
    raise TypeError


PeerConfig: TypeAlias = PeerConfigWebRTC | PeerConfigAgent | PeerConfigVAPI
"""The kind and the options of a peer to add."""


def read_peer_config(value: Any) -> PeerConfig | dict[str, Any]:
    """Read the member that a JSON object is; one that is not known stays a plain `dict`."""
    data = read_object(value)
    members: dict[str, Callable[[Mapping[str, Any]], PeerConfig]] = {
        "webrtc": PeerConfigWebRTC.from_dict,
        "agent": PeerConfigAgent.from_dict,
        "vapi": PeerConfigVAPI.from_dict,
    }
    read = members.get(str(data.get("type")))
    return dict(data) if read is None else read(data)


@define
class PeerDetailsResponseData(Model):
    """The new peer and what it needs to connect.

    Attributes:
        peer: The new peer.
        token: The token with which the peer connects. It lasts 24 hours.
        peer_websocket_url: The address of the peer's socket, where the server gives one.
    """

    peer: Peer
    """The new peer."""
    token: str = field(repr=masked)
    """The token with which the peer connects. It lasts 24 hours."""
    peer_websocket_url: str | None = field(default=None, repr=masked_address)
    """The address of the peer's socket, where the server gives one."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_peer_details_response_data(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            peer=required(data, "peer", Peer.from_dict),
            token=required(data, "token", read_str),
            peer_websocket_url=optional(data, "peer_websocket_url", read_str),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "peer": dump(self.peer),
            "token": self.token,
        }
        if self.peer_websocket_url is not None:
            data["peer_websocket_url"] = self.peer_websocket_url
        return data


def _straight_peer_details_response_data(src_dict: Any, cls: Callable[..., T]) -> T:
    got_peer = src_dict["peer"]
    got_token = src_dict["token"]
    got_peer_websocket_url = src_dict.get("peer_websocket_url")
    if (
        src_dict.__class__ is dict
        and got_token.__class__ is str
        and (got_peer_websocket_url is None or got_peer_websocket_url.__class__ is str)
    ):
        # By position: a call with names takes much longer.
        return cls(
            _straight_peer(got_peer, Peer),
            got_token,
            got_peer_websocket_url,
        )
    raise TypeError


@define
class PeerDetailsResponse(Model):
    """The answer to adding a peer.

    Attributes:
        data: The new peer and what it needs to connect.
    """

    data: PeerDetailsResponseData
    """The new peer and what it needs to connect."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_peer_details_response(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            data=required(data, "data", PeerDetailsResponseData.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "data": dump(self.data),
        }
        return data


def _straight_peer_details_response(src_dict: Any, cls: Callable[..., T]) -> T:
    got_data = src_dict["data"]
    if src_dict.__class__ is dict:
        # By position: a call with names takes much longer.
        return cls(
            _straight_peer_details_response_data(got_data, PeerDetailsResponseData),
        )
    raise TypeError


@define
class PeerRefreshTokenResponseData(Model):
    """The new token.

    Attributes:
        token: The new token of the peer. It lasts 24 hours.
    """

    token: str = field(repr=masked)
    """The new token of the peer. It lasts 24 hours."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_peer_refresh_token_response_data(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            token=required(data, "token", read_str),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "token": self.token,
        }
        return data


def _straight_peer_refresh_token_response_data(src_dict: Any, cls: Callable[..., T]) -> T:
    got_token = src_dict["token"]
    if src_dict.__class__ is dict and got_token.__class__ is str:
        # By position: a call with names takes much longer.
        return cls(
            got_token,
        )
    raise TypeError


@define
class PeerRefreshTokenResponse(Model):
    """The answer to refreshing the token of a peer.

    Attributes:
        data: The new token.
    """

    data: PeerRefreshTokenResponseData
    """The new token."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_peer_refresh_token_response(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            data=required(data, "data", PeerRefreshTokenResponseData.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "data": dump(self.data),
        }
        return data


def _straight_peer_refresh_token_response(src_dict: Any, cls: Callable[..., T]) -> T:
    got_data = src_dict["data"]
    if src_dict.__class__ is dict:
        # By position: a call with names takes much longer.
        return cls(
            _straight_peer_refresh_token_response_data(got_data, PeerRefreshTokenResponseData),
        )
    raise TypeError


@define
class RecordingFile(Model):
    """A media file of a recording.

    Attributes:
        url: The address of the file. It is public, so anyone with it can fetch it.
    """

    __module__ = "fishjam.recording"

    url: str = field(repr=masked_address)
    """The address of the file. It is public, so anyone with it can fetch it."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_recording_file(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            url=required(data, "url", read_str),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "url": self.url,
        }
        return data


def _straight_recording_file(src_dict: Any, cls: Callable[..., T]) -> T:
    got_url = src_dict["url"]
    if src_dict.__class__ is dict and got_url.__class__ is str:
        # By position: a call with names takes much longer.
        return cls(
            got_url,
        )
    raise TypeError


@define
class TemplateSourceResolution(Model):
    """The size of the picture. The server takes 1280x720 when it is absent.

    Attributes:
        height: The height in pixels.
        width: The width in pixels.
    """

    __module__ = "fishjam.recording"

    height: int
    """The height in pixels."""
    width: int
    """The width in pixels."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_template_source_resolution(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            height=required(data, "height", read_int),
            width=required(data, "width", read_int),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "height": self.height,
            "width": self.width,
        }
        return data


def _straight_template_source_resolution(src_dict: Any, cls: Callable[..., T]) -> T:
    got_height = src_dict["height"]
    got_width = src_dict["width"]
    if src_dict.__class__ is dict and got_height.__class__ is int and got_width.__class__ is int:
        # By position: a call with names takes much longer.
        return cls(
            got_height,
            got_width,
        )
    raise TypeError


@define
class TemplateSource(Model):
    """A composition laid out by a template, as the source of a recording.

    The template itself travels in the multipart body beside the settings.

    Attributes:
        composition_url: The address of the composition, such as
            `https://rtc.fishjam.io/api/composition/<id>`.
        audio: Whether the recording has sound. True by default.
        resolution: The size of the picture. The server takes 1280x720 when it is absent.
    """

    __module__ = "fishjam.recording"

    composition_url: str = field(repr=masked_address)
    """The address of the composition, such as `https://rtc.fishjam.io/api/composition/<id>`."""
    audio: bool | None = True
    """Whether the recording has sound. True by default."""
    resolution: TemplateSourceResolution | None = None
    """The size of the picture. The server takes 1280x720 when it is absent."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_template_source(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            composition_url=required(data, "compositionURL", read_str),
            audio=optional(data, "audio", read_bool),
            resolution=optional(data, "resolution", TemplateSourceResolution.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "compositionURL": self.composition_url,
        }
        if self.audio is not None:
            data["audio"] = self.audio
        if self.resolution is not None:
            data["resolution"] = dump(self.resolution)
        return data


def _straight_template_source(src_dict: Any, cls: Callable[..., T]) -> T:
    got_composition_url = src_dict["compositionURL"]
    got_audio = src_dict.get("audio")
    got_resolution = src_dict.get("resolution")
    if (
        src_dict.__class__ is dict
        and got_composition_url.__class__ is str
        and (got_audio is None or got_audio.__class__ is bool)
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_composition_url,
            got_audio,
            None
            if got_resolution is None
            else _straight_template_source_resolution(got_resolution, TemplateSourceResolution),
        )
    raise TypeError


RecordingSource: TypeAlias = CompositionSource | TemplateSource
"""What a recording records.

Either an existing output of a composition, or a composition laid out by a template that is sent
along.
"""


def read_recording_source(value: Any) -> RecordingSource | dict[str, Any]:
    """Read the member that a JSON object is; one that is not known stays a plain `dict`."""
    data = read_object(value)
    read = choose(
        data,
        Shape(
            CompositionSource.from_dict,
            required=("compositionURL", "outputId"),
            known=("compositionURL", "outputId", "scaleRatio"),
        ),
        Shape(
            TemplateSource.from_dict,
            required=("compositionURL",),
            known=("compositionURL", "audio", "resolution"),
        ),
    )
    return dict(data) if read is None else read(data)


@define
class Recording(Model):
    """A recording of a composition.

    It is active first, then finished, and available once its files can be fetched; or it has
    failed.

    Attributes:
        files: The files of the recording in the order of playback. Empty until the recording is
            available.
        id: The id of the recording, given by the server.
        source: What is recorded.
        status: The present state of the recording.
        metadata: The metadata that were given when the recording was started, or null.
    """

    __module__ = "fishjam.recording"

    files: list[RecordingFile]
    """The files of the recording in the order of playback.

    Empty until the recording is available.
    """
    id: str
    """The id of the recording, given by the server."""
    source: RecordingSource | dict[str, Any]
    """What is recorded."""
    status: RecordingStatus
    """The present state of the recording."""
    metadata: RecordingMetadata | None = None
    """The metadata that were given when the recording was started, or null."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        data = read_object(src_dict)
        return cls(
            files=required(data, "files", list_of(RecordingFile.from_dict)),
            id=required(data, "id", read_str),
            source=required(data, "source", read_recording_source),
            status=required(data, "status", RecordingStatus.from_wire),
            metadata=optional(data, "metadata", RecordingMetadata.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "files": dump(self.files),
            "id": self.id,
            "source": dump(self.source),
            "status": dump(self.status),
        }
        if self.metadata is not None:
            data["metadata"] = dump(self.metadata)
        return data


@define
class RecordingConfig(Model):
    """The source and the metadata of a recording to start.

    Attributes:
        source: What to record. A composition source goes with a JSON body, a template source
            with a multipart body.
        metadata: Free-form metadata to keep with the recording. Recordings can be listed by
            those values that are strings.
    """

    source: RecordingSource | dict[str, Any]
    """What to record.

    A composition source goes with a JSON body, a template source with a multipart body.
    """
    metadata: RecordingConfigMetadata | None = None
    """Free-form metadata to keep with the recording.

    Recordings can be listed by those values that are strings.
    """

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        data = read_object(src_dict)
        return cls(
            source=required(data, "source", read_recording_source),
            metadata=optional(data, "metadata", RecordingConfigMetadata.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "source": dump(self.source),
        }
        if self.metadata is not None:
            data["metadata"] = dump(self.metadata)
        return data


@define
class RecordingDetailsResponse(Model):
    """An answer that holds one recording.

    Attributes:
        data: The recording.
    """

    data: Recording
    """The recording."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        data = read_object(src_dict)
        return cls(
            data=required(data, "data", Recording.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "data": dump(self.data),
        }
        return data


@define
class RecordingListResponse(Model):
    """An answer that holds a list of recordings.

    Attributes:
        data: The recordings.
    """

    data: list[Recording]
    """The recordings."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        data = read_object(src_dict)
        return cls(
            data=required(data, "data", list_of(Recording.from_dict)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "data": dump(self.data),
        }
        return data


@define
class RoomConfig(Model):
    """The settings of a room.

    Attributes:
        batch_webhook_notifications: Whether a webhook request may hold several notifications of
            the room at once. False by default.
        max_peers: How many peers the room may hold. Null sets no limit; the server shows a room
            without a limit as 0.
        public: Whether viewers may watch a livestream room without a token. False by default.
        room_type: What the room is for, `conference` by default.
        video_codec: The video codec that all peers of the room use, `h264` by default.
        webhook_url: Where the server posts the notifications of the room. An http or https URL
            with a path; null for none. Deprecated by the API and kept for compatibility.
    """

    __module__ = "fishjam.room"

    batch_webhook_notifications: bool | None = False
    """Whether a webhook request may hold several notifications of the room at once.

    False by default.
    """
    max_peers: int | None = None
    """How many peers the room may hold.

    Null sets no limit; the server shows a room without a limit as 0.
    """
    public: bool | None = False
    """Whether viewers may watch a livestream room without a token. False by default."""
    room_type: RoomType | None = RoomType.CONFERENCE
    """What the room is for, `conference` by default."""
    video_codec: VideoCodec | None = VideoCodec.H264
    """The video codec that all peers of the room use, `h264` by default."""
    webhook_url: str | None = field(default=None, repr=masked_address)
    """Where the server posts the notifications of the room.

    An http or https URL with a path; null for none. Deprecated by the API and kept for
    compatibility.
    """

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_room_config(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            batch_webhook_notifications=optional(data, "batchWebhookNotifications", read_bool),
            max_peers=optional(data, "maxPeers", read_int),
            public=optional(data, "public", read_bool),
            room_type=optional(data, "roomType", RoomType.from_wire),
            video_codec=optional(data, "videoCodec", VideoCodec.from_wire),
            webhook_url=optional(data, "webhookUrl", read_str),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.batch_webhook_notifications is not None:
            data["batchWebhookNotifications"] = self.batch_webhook_notifications
        if self.max_peers is not None:
            data["maxPeers"] = self.max_peers
        if self.public is not None:
            data["public"] = self.public
        if self.room_type is not None:
            data["roomType"] = dump(self.room_type)
        if self.video_codec is not None:
            data["videoCodec"] = dump(self.video_codec)
        if self.webhook_url is not None:
            data["webhookUrl"] = self.webhook_url
        return data


def _straight_room_config(src_dict: Any, cls: Callable[..., T]) -> T:
    got_batch_webhook_notifications = src_dict.get("batchWebhookNotifications")
    got_max_peers = src_dict.get("maxPeers")
    got_public = src_dict.get("public")
    got_room_type = src_dict.get("roomType")
    got_video_codec = src_dict.get("videoCodec")
    got_webhook_url = src_dict.get("webhookUrl")
    if (
        src_dict.__class__ is dict
        and (
            got_batch_webhook_notifications is None
            or got_batch_webhook_notifications.__class__ is bool
        )
        and (got_max_peers is None or got_max_peers.__class__ is int)
        and (got_public is None or got_public.__class__ is bool)
        and (got_webhook_url is None or got_webhook_url.__class__ is str)
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_batch_webhook_notifications,
            got_max_peers,
            got_public,
            None
            if got_room_type is None
            else _room_type.get(got_room_type) or RoomType.from_wire(got_room_type),
            None
            if got_video_codec is None
            else _video_codec.get(got_video_codec) or VideoCodec.from_wire(got_video_codec),
            got_webhook_url,
        )
    raise TypeError


@define
class Room(Model):
    """A room, the place where peers meet.

    Attributes:
        config: The settings that the room was created with, defaults filled in.
        id: The id of the room, given by the server.
        peers: The peers of the room, connected or not.
        composition_info: The composition that a room forwards its tracks to. It is absent or
            null while nothing is forwarded.
    """

    __module__ = "fishjam.room"

    config: RoomConfig
    """The settings that the room was created with, defaults filled in."""
    id: str
    """The id of the room, given by the server."""
    peers: list[Peer]
    """The peers of the room, connected or not."""
    composition_info: CompositionInfo | None = None
    """The composition that a room forwards its tracks to.

    It is absent or null while nothing is forwarded.
    """

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_room(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            config=required(data, "config", RoomConfig.from_dict),
            id=required(data, "id", read_str),
            peers=required(data, "peers", list_of(Peer.from_dict)),
            composition_info=optional(data, "compositionInfo", CompositionInfo.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "config": dump(self.config),
            "id": self.id,
            "peers": dump(self.peers),
        }
        if self.composition_info is not None:
            data["compositionInfo"] = dump(self.composition_info)
        return data


def _straight_room(src_dict: Any, cls: Callable[..., T]) -> T:
    got_config = src_dict["config"]
    got_id = src_dict["id"]
    got_peers = src_dict["peers"]
    got_composition_info = src_dict.get("compositionInfo")
    if src_dict.__class__ is dict and got_id.__class__ is str and got_peers.__class__ is list:
        # By position: a call with names takes much longer.
        return cls(
            _straight_room_config(got_config, RoomConfig),
            got_id,
            [_straight_peer(item, Peer) for item in got_peers],
            None
            if got_composition_info is None
            else _straight_composition_info(got_composition_info, CompositionInfo),
        )
    raise TypeError


@define
class RoomCreateDetailsResponseData(Model):
    """The new room, in an object of its own.

    Attributes:
        room: The new room.
    """

    room: Room
    """The new room."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_room_create_details_response_data(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            room=required(data, "room", Room.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "room": dump(self.room),
        }
        return data


def _straight_room_create_details_response_data(src_dict: Any, cls: Callable[..., T]) -> T:
    got_room = src_dict["room"]
    if src_dict.__class__ is dict:
        # By position: a call with names takes much longer.
        return cls(
            _straight_room(got_room, Room),
        )
    raise TypeError


@define
class RoomCreateDetailsResponse(Model):
    """The answer to creating a room.

    Attributes:
        data: The new room, in an object of its own.
    """

    data: RoomCreateDetailsResponseData
    """The new room, in an object of its own."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_room_create_details_response(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            data=required(data, "data", RoomCreateDetailsResponseData.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "data": dump(self.data),
        }
        return data


def _straight_room_create_details_response(src_dict: Any, cls: Callable[..., T]) -> T:
    got_data = src_dict["data"]
    if src_dict.__class__ is dict:
        # By position: a call with names takes much longer.
        return cls(
            _straight_room_create_details_response_data(got_data, RoomCreateDetailsResponseData),
        )
    raise TypeError


@define
class RoomDetailsResponse(Model):
    """An answer that holds one room.

    Attributes:
        data: The room.
    """

    data: Room
    """The room."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_room_details_response(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            data=required(data, "data", Room.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "data": dump(self.data),
        }
        return data


def _straight_room_details_response(src_dict: Any, cls: Callable[..., T]) -> T:
    got_data = src_dict["data"]
    if src_dict.__class__ is dict:
        # By position: a call with names takes much longer.
        return cls(
            _straight_room(got_data, Room),
        )
    raise TypeError


@define
class RoomsListingResponse(Model):
    """An answer that holds a list of rooms.

    Attributes:
        data: The rooms.
    """

    data: list[Room]
    """The rooms."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_rooms_listing_response(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            data=required(data, "data", list_of(Room.from_dict)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "data": dump(self.data),
        }
        return data


def _straight_rooms_listing_response(src_dict: Any, cls: Callable[..., T]) -> T:
    got_data = src_dict["data"]
    if src_dict.__class__ is dict and got_data.__class__ is list:
        # By position: a call with names takes much longer.
        return cls(
            [_straight_room(item, Room) for item in got_data],
        )
    raise TypeError


@define
class Streamer(Model):
    """A publisher of a livestream.

    Attributes:
        id: The id of the streamer, given by the server.
        status: Whether the streamer is connected. A new streamer is not.
        token: The token with which the streamer publishes over WHIP.
    """

    __module__ = "fishjam.livestream"

    id: str
    """The id of the streamer, given by the server."""
    status: StreamerStatus
    """Whether the streamer is connected. A new streamer is not."""
    token: str = field(repr=masked)
    """The token with which the streamer publishes over WHIP."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_streamer(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            id=required(data, "id", read_str),
            status=required(data, "status", StreamerStatus.from_wire),
            token=required(data, "token", read_str),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "id": self.id,
            "status": dump(self.status),
            "token": self.token,
        }
        return data


def _straight_streamer(src_dict: Any, cls: Callable[..., T]) -> T:
    got_id = src_dict["id"]
    got_status = src_dict["status"]
    got_token = src_dict["token"]
    if src_dict.__class__ is dict and got_id.__class__ is str and got_token.__class__ is str:
        # By position: a call with names takes much longer.
        return cls(
            got_id,
            _streamer_status.get(got_status) or StreamerStatus.from_wire(got_status),
            got_token,
        )
    raise TypeError


@define
class Viewer(Model):
    """A viewer of a livestream.

    Attributes:
        id: The id of the viewer, given by the server.
        token: The token with which the viewer watches over WHEP.
    """

    __module__ = "fishjam.livestream"

    id: str
    """The id of the viewer, given by the server."""
    token: str = field(repr=masked)
    """The token with which the viewer watches over WHEP."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_viewer(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            id=required(data, "id", read_str),
            token=required(data, "token", read_str),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "id": self.id,
            "token": self.token,
        }
        return data


def _straight_viewer(src_dict: Any, cls: Callable[..., T]) -> T:
    got_id = src_dict["id"]
    got_token = src_dict["token"]
    if src_dict.__class__ is dict and got_id.__class__ is str and got_token.__class__ is str:
        # By position: a call with names takes much longer.
        return cls(
            got_id,
            got_token,
        )
    raise TypeError


@define
class Stream(Model):
    """A livestream with its streamers and viewers.

    Attributes:
        id: The id of the stream, given by the server.
        public: Whether viewers may watch without a token.
        streamers: The streamers of the stream, connected or not.
        viewers: The viewers of the stream.
        audio_only: Whether the stream carries audio alone.
    """

    __module__ = "fishjam.livestream"

    id: str
    """The id of the stream, given by the server."""
    public: bool
    """Whether viewers may watch without a token."""
    streamers: list[Streamer]
    """The streamers of the stream, connected or not."""
    viewers: list[Viewer]
    """The viewers of the stream."""
    audio_only: bool | None = None
    """Whether the stream carries audio alone."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_stream(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            id=required(data, "id", read_str),
            public=required(data, "public", read_bool),
            streamers=required(data, "streamers", list_of(Streamer.from_dict)),
            viewers=required(data, "viewers", list_of(Viewer.from_dict)),
            audio_only=optional(data, "audioOnly", read_bool),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "id": self.id,
            "public": self.public,
            "streamers": dump(self.streamers),
            "viewers": dump(self.viewers),
        }
        if self.audio_only is not None:
            data["audioOnly"] = self.audio_only
        return data


def _straight_stream(src_dict: Any, cls: Callable[..., T]) -> T:
    got_id = src_dict["id"]
    got_public = src_dict["public"]
    got_streamers = src_dict["streamers"]
    got_viewers = src_dict["viewers"]
    got_audio_only = src_dict.get("audioOnly")
    if (
        src_dict.__class__ is dict
        and got_id.__class__ is str
        and got_public.__class__ is bool
        and got_streamers.__class__ is list
        and got_viewers.__class__ is list
        and (got_audio_only is None or got_audio_only.__class__ is bool)
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_id,
            got_public,
            [_straight_streamer(item, Streamer) for item in got_streamers],
            [_straight_viewer(item, Viewer) for item in got_viewers],
            got_audio_only,
        )
    raise TypeError


@define
class StreamConfig(Model):
    """The settings of a stream.

    Attributes:
        audio_only: Whether the stream carries audio alone. False by default.
        batch_webhook_notifications: Whether a webhook request may hold several notifications of
            the stream at once. False by default.
        public: Whether viewers may watch without a token. False by default.
        webhook_url: Where the server posts the notifications of the stream. An http or https
            URL with a path; null for none. Deprecated by the API and kept for compatibility.
    """

    audio_only: bool | None = False
    """Whether the stream carries audio alone. False by default."""
    batch_webhook_notifications: bool | None = False
    """Whether a webhook request may hold several notifications of the stream at once.

    False by default.
    """
    public: bool | None = False
    """Whether viewers may watch without a token. False by default."""
    webhook_url: str | None = field(default=None, repr=masked_address)
    """Where the server posts the notifications of the stream.

    An http or https URL with a path; null for none. Deprecated by the API and kept for
    compatibility.
    """

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_stream_config(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            audio_only=optional(data, "audioOnly", read_bool),
            batch_webhook_notifications=optional(data, "batchWebhookNotifications", read_bool),
            public=optional(data, "public", read_bool),
            webhook_url=optional(data, "webhookUrl", read_str),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {}
        if self.audio_only is not None:
            data["audioOnly"] = self.audio_only
        if self.batch_webhook_notifications is not None:
            data["batchWebhookNotifications"] = self.batch_webhook_notifications
        if self.public is not None:
            data["public"] = self.public
        if self.webhook_url is not None:
            data["webhookUrl"] = self.webhook_url
        return data


def _straight_stream_config(src_dict: Any, cls: Callable[..., T]) -> T:
    got_audio_only = src_dict.get("audioOnly")
    got_batch_webhook_notifications = src_dict.get("batchWebhookNotifications")
    got_public = src_dict.get("public")
    got_webhook_url = src_dict.get("webhookUrl")
    if (
        src_dict.__class__ is dict
        and (got_audio_only is None or got_audio_only.__class__ is bool)
        and (
            got_batch_webhook_notifications is None
            or got_batch_webhook_notifications.__class__ is bool
        )
        and (got_public is None or got_public.__class__ is bool)
        and (got_webhook_url is None or got_webhook_url.__class__ is str)
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_audio_only,
            got_batch_webhook_notifications,
            got_public,
            got_webhook_url,
        )
    raise TypeError


@define
class StreamDetailsResponse(Model):
    """An answer that holds one stream.

    Attributes:
        data: The stream.
    """

    data: Stream
    """The stream."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_stream_details_response(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            data=required(data, "data", Stream.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "data": dump(self.data),
        }
        return data


def _straight_stream_details_response(src_dict: Any, cls: Callable[..., T]) -> T:
    got_data = src_dict["data"]
    if src_dict.__class__ is dict:
        # By position: a call with names takes much longer.
        return cls(
            _straight_stream(got_data, Stream),
        )
    raise TypeError


@define
class StreamerDetailsResponse(Model):
    """An answer that holds one streamer.

    Attributes:
        data: The streamer.
    """

    data: Streamer
    """The streamer."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_streamer_details_response(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            data=required(data, "data", Streamer.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "data": dump(self.data),
        }
        return data


def _straight_streamer_details_response(src_dict: Any, cls: Callable[..., T]) -> T:
    got_data = src_dict["data"]
    if src_dict.__class__ is dict:
        # By position: a call with names takes much longer.
        return cls(
            _straight_streamer(got_data, Streamer),
        )
    raise TypeError


@define
class StreamerToken(Model):
    """A token for publishing to a livestream room.

    Attributes:
        token: The bearer token for the WHIP address of the Fishjam.
    """

    token: str = field(repr=masked)
    """The bearer token for the WHIP address of the Fishjam."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_streamer_token(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            token=required(data, "token", read_str),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "token": self.token,
        }
        return data


def _straight_streamer_token(src_dict: Any, cls: Callable[..., T]) -> T:
    got_token = src_dict["token"]
    if src_dict.__class__ is dict and got_token.__class__ is str:
        # By position: a call with names takes much longer.
        return cls(
            got_token,
        )
    raise TypeError


@define
class StreamsListingResponse(Model):
    """An answer that holds a list of streams.

    Attributes:
        data: The streams.
    """

    data: list[Stream]
    """The streams."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_streams_listing_response(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            data=required(data, "data", list_of(Stream.from_dict)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "data": dump(self.data),
        }
        return data


def _straight_streams_listing_response(src_dict: Any, cls: Callable[..., T]) -> T:
    got_data = src_dict["data"]
    if src_dict.__class__ is dict and got_data.__class__ is list:
        # By position: a call with names takes much longer.
        return cls(
            [_straight_stream(item, Stream) for item in got_data],
        )
    raise TypeError


@define
class SubscribeTracksRequest(Model):
    """The tracks that a peer shall receive.

    Attributes:
        track_ids: The ids of the tracks to receive.
    """

    track_ids: list[str]
    """The ids of the tracks to receive."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_subscribe_tracks_request(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            track_ids=required(data, "track_ids", list_of(read_str)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "track_ids": dump(self.track_ids),
        }
        return data


def _straight_subscribe_tracks_request(src_dict: Any, cls: Callable[..., T]) -> T:
    got_track_ids = src_dict["track_ids"]
    if src_dict.__class__ is dict and got_track_ids.__class__ is list:
        # By position: a call with names takes much longer.
        return cls(
            [read_str(item) for item in got_track_ids],
        )
    raise TypeError


@define
class TrackForwarding(Model):
    """A request to forward the tracks of a room to a composition.

    Attributes:
        composition_url: The address of the composition, such as
            `https://rtc.fishjam.io/api/composition/<id>`. An http or https URL with a path.
        selector: Which tracks to forward. `all` is the default and the only choice.
    """

    composition_url: str = field(repr=masked_address)
    """The address of the composition, such as `https://rtc.fishjam.io/api/composition/<id>`.

    An http or https URL with a path.
    """
    selector: str | None = "all"
    """Which tracks to forward. `all` is the default and the only choice."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_track_forwarding(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            composition_url=required(data, "compositionURL", read_str),
            selector=optional(data, "selector", read_str),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "compositionURL": self.composition_url,
        }
        if self.selector is not None:
            data["selector"] = self.selector
        return data


def _straight_track_forwarding(src_dict: Any, cls: Callable[..., T]) -> T:
    got_composition_url = src_dict["compositionURL"]
    got_selector = src_dict.get("selector")
    if (
        src_dict.__class__ is dict
        and got_composition_url.__class__ is str
        and (got_selector is None or got_selector.__class__ is str)
    ):
        # By position: a call with names takes much longer.
        return cls(
            got_composition_url,
            got_selector,
        )
    raise TypeError


@define
class ViewerDetailsResponse(Model):
    """An answer that holds one viewer.

    Attributes:
        data: The viewer.
    """

    data: Viewer
    """The viewer."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_viewer_details_response(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            data=required(data, "data", Viewer.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "data": dump(self.data),
        }
        return data


def _straight_viewer_details_response(src_dict: Any, cls: Callable[..., T]) -> T:
    got_data = src_dict["data"]
    if src_dict.__class__ is dict:
        # By position: a call with names takes much longer.
        return cls(
            _straight_viewer(got_data, Viewer),
        )
    raise TypeError


@define
class ViewerToken(Model):
    """A token for watching a livestream room.

    Attributes:
        token: The bearer token for the WHEP address of the Fishjam.
    """

    token: str = field(repr=masked)
    """The bearer token for the WHEP address of the Fishjam."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object; properties that are not known are ignored.

        Raises `ValueError` when a property is missing or of another kind than promised.
        """
        try:
            return _straight_viewer_token(src_dict, cls)
        except UNUSUAL:
            # What follows tells what it is, and where.
            data = read_object(src_dict)
        return cls(
            token=required(data, "token", read_str),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; what is None and may be left out is left out."""
        data: dict[str, Any] = {
            "token": self.token,
        }
        return data


def _straight_viewer_token(src_dict: Any, cls: Callable[..., T]) -> T:
    got_token = src_dict["token"]
    if src_dict.__class__ is dict and got_token.__class__ is str:
        # By position: a call with names takes much longer.
        return cls(
            got_token,
        )
    raise TypeError
