"""What a caller can choose when rooms, peers, agents and streams are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from fishjam._core.encode import masked_address
from fishjam.peer import SubscribeMode
from fishjam.room import RoomType, VideoCodec

__all__ = (
    "AgentOptions",
    "AgentOutputOptions",
    "PeerOptions",
    "RoomOptions",
    "StreamOptions",
)


class _MaskedAddress:
    """Shows the address of webhooks in the repr without what is as good as a password in it."""

    def __repr__(self) -> str:
        values = {name: repr(value) for name, value in vars(self).items()}
        values["webhook_url"] = masked_address(vars(self)["webhook_url"])
        shown = ", ".join(f"{name}={value}" for name, value in values.items())
        return f"{type(self).__qualname__}({shown})"


@dataclass(repr=False)
class RoomOptions(_MaskedAddress):
    """Options of a new room.

    Attributes:
        max_peers: how many peers may be in the room at once; None means no limit.
        video_codec: "h264" or "vp8"; None leaves the choice to the server (h264).
        webhook_url: where the room's events are posted to; None means nowhere.
        room_type: what the room is for; livestream tokens need a livestream room.
        public: whether a livestream can be watched without a viewer token.
        batch_webhook_notifications: whether several events may come in one webhook call.
    """

    max_peers: int | None = None
    """How many peers may be in the room at once; None means no limit."""
    video_codec: Literal["h264", "vp8"] | VideoCodec | None = None
    """"h264" or "vp8"; None leaves the choice to the server (h264)."""
    webhook_url: str | None = None
    """Where the room's events are posted to; None means nowhere."""
    room_type: (
        Literal[
            "conference",
            "audio_only",
            "livestream",
            "full_feature",
            "broadcaster",
            "audio_only_livestream",
        ]
        | RoomType
    ) = "conference"
    """What the room is for; livestream tokens need a livestream room."""
    public: bool = False
    """Whether a livestream can be watched without a viewer token."""
    batch_webhook_notifications: bool = False
    """Whether several events may come in one webhook call."""


@dataclass
class PeerOptions:
    """Options of a new WebRTC peer.

    Attributes:
        metadata: free-form JSON that everybody in the room can read; it appears under the key
            `server` of the peer's metadata.
        subscribe_mode: "auto" receives everybody's tracks, "manual" only those that
            `subscribe_peer` and `subscribe_tracks` grant.
    """

    metadata: dict[str, Any] | None = None
    """Free-form JSON that everybody in the room can read; it appears under the key `server` of the
    peer's metadata.
    """
    subscribe_mode: Literal["auto", "manual"] | SubscribeMode = "auto"
    """"auto" receives everybody's tracks, "manual" only those that `subscribe_peer` and
    `subscribe_tracks` grant.
    """


@dataclass
class AgentOutputOptions:
    """The form of the audio that an agent hears.

    Attributes:
        audio_format: "pcm16": 16-bit little-endian samples, one channel.
        audio_sample_rate: samples a second, 16000 or 24000.
    """

    audio_format: Literal["pcm16"] = "pcm16"
    """"pcm16": 16-bit little-endian samples, one channel."""
    audio_sample_rate: Literal[16000, 24000] = 16000
    """Samples a second, 16000 or 24000."""


@dataclass
class AgentOptions:
    """Options of a new agent.

    Attributes:
        output: the form of the audio that the agent hears.
        subscribe_mode: "auto" hears everybody, "manual" only those that `subscribe_peer` and
            `subscribe_tracks` grant.
    """

    # Made anew each time: one object as the default would be shared, and can be changed.
    output: AgentOutputOptions = field(default_factory=AgentOutputOptions)
    """The form of the audio that the agent hears."""
    subscribe_mode: Literal["auto", "manual"] | SubscribeMode = "auto"
    """"auto" hears everybody, "manual" only those that `subscribe_peer` and `subscribe_tracks`
    grant.
    """


@dataclass(repr=False)
class StreamOptions(_MaskedAddress):
    """Options of a new livestream.

    Attributes:
        audio_only: whether the stream has sound alone.
        public: whether it can be watched without a viewer token.
        webhook_url: where the stream's events are posted to; None means nowhere.
        batch_webhook_notifications: whether several events may come in one webhook call.
    """

    audio_only: bool = False
    """Whether the stream has sound alone."""
    public: bool = False
    """Whether it can be watched without a viewer token."""
    webhook_url: str | None = None
    """Where the stream's events are posted to; None means nowhere."""
    batch_webhook_notifications: bool = False
    """Whether several events may come in one webhook call."""
