"""Every notification with every field set: as protobuf's own library makes it, and as an event."""

from __future__ import annotations

from typing import Any

from fishjam import events
from fishjam._protocol.messages import message_class

ENVELOPE = message_class("fishjam.ServerMessage")
BATCH = message_class("fishjam.ServerMessage.NotificationBatch")

_AUDIO = {"id": "track-a", "type": 2, "metadata": '{"kind": "mic"}'}
_VIDEO = {"id": "track-v", "type": 1, "metadata": ""}
_AUDIO_TRACK = events.Track(
    id="track-a", type=events.TrackType.TRACK_TYPE_AUDIO, metadata='{"kind": "mic"}'
)
_VIDEO_TRACK = events.Track(id="track-v", type=events.TrackType.TRACK_TYPE_VIDEO, metadata="")

_PEER = {"room_id": "room", "peer_id": "peer", "peer_type": 1}
_PEER_EVENT: dict[str, Any] = {**_PEER, "peer_type": events.PeerType.PEER_TYPE_WEBRTC}
_BY_PEER = {"room_id": "room", "peer_id": "peer"}
_BY_COMPONENT = {"room_id": "room", "component_id": "component"}
_FORWARDED = {**_BY_PEER, "composition_url": "https://composition", "input_id": "input"}

CASES: list[tuple[str, dict[str, Any], events.Notification]] = [
    ("room_created", {"room_id": "room"}, events.RoomCreated(room_id="room")),
    ("room_deleted", {"room_id": "room"}, events.RoomDeleted(room_id="room")),
    ("room_crashed", {"room_id": "room"}, events.RoomCrashed(room_id="room")),
    ("peer_added", _PEER, events.PeerAdded(**_PEER_EVENT)),
    ("peer_deleted", _PEER, events.PeerDeleted(**_PEER_EVENT)),
    ("peer_connected", _PEER, events.PeerConnected(**_PEER_EVENT)),
    ("peer_disconnected", _PEER, events.PeerDisconnected(**_PEER_EVENT)),
    (
        "peer_metadata_updated",
        {**_PEER, "metadata": '{"name": "Ada"}'},
        events.PeerMetadataUpdated(**_PEER_EVENT, metadata='{"name": "Ada"}'),
    ),
    ("peer_crashed", {**_PEER, "reason": "oops"}, events.PeerCrashed(**_PEER_EVENT, reason="oops")),
    (
        "track_added",
        {**_BY_PEER, "track": _AUDIO},
        events.TrackAdded(**_BY_PEER, component_id=None, track=_AUDIO_TRACK),
    ),
    (
        "track_removed",
        {**_BY_COMPONENT, "track": _VIDEO},
        events.TrackRemoved(**_BY_COMPONENT, peer_id=None, track=_VIDEO_TRACK),
    ),
    (
        "track_metadata_updated",
        {**_BY_PEER, "track": _AUDIO},
        events.TrackMetadataUpdated(**_BY_PEER, track=_AUDIO_TRACK),
    ),
    (
        "channel_added",
        {**_BY_PEER, "channel_id": "channel"},
        events.ChannelAdded(**_BY_PEER, channel_id="channel"),
    ),
    (
        "channel_removed",
        {**_BY_COMPONENT, "channel_id": "channel"},
        events.ChannelRemoved(**_BY_COMPONENT, channel_id="channel"),
    ),
    (
        "streamer_connected",
        {"stream_id": "stream", "streamer_id": "streamer"},
        events.StreamerConnected(stream_id="stream", streamer_id="streamer"),
    ),
    (
        "streamer_disconnected",
        {"stream_id": "stream", "streamer_id": "streamer"},
        events.StreamerDisconnected(stream_id="stream", streamer_id="streamer"),
    ),
    (
        "viewer_connected",
        {"stream_id": "stream", "viewer_id": "viewer"},
        events.ViewerConnected(stream_id="stream", viewer_id="viewer"),
    ),
    (
        "viewer_disconnected",
        {"stream_id": "stream", "viewer_id": "viewer"},
        events.ViewerDisconnected(stream_id="stream", viewer_id="viewer"),
    ),
    (
        "recording_status_changed",
        {"recording_id": "recording", "status": 3, "metadata": '{"a": "b"}'},
        events.RecordingStatusChanged(
            recording_id="recording",
            status=events.RecordingStatusChangedStatus.STATUS_AVAILABLE,
            metadata='{"a": "b"}',
        ),
    ),
    (
        "track_forwarding",
        {**_FORWARDED, "audio_track": _AUDIO},
        events.TrackForwarding(**_FORWARDED, audio_track=_AUDIO_TRACK, video_track=None),
    ),
    ("track_forwarding_removed", _FORWARDED, events.TrackForwardingRemoved(**_FORWARDED)),
    (
        "vad_notification",
        {**_BY_PEER, "track_id": "track", "status": 2},
        events.VadNotification(
            **_BY_PEER, track_id="track", status=events.VadNotificationStatus.STATUS_SPEECH
        ),
    ),
]
"""(member of the envelope, its fields, the event that must come of it)"""

NOT_SURFACED: list[tuple[str, dict[str, Any]]] = [
    ("authenticated", {}),
    ("auth_request", {"token": "token"}),
    ("subscribe_request", {"event_type": 1}),
    ("subscribe_response", {"event_type": 1}),
    ("stream_connected", {"stream_id": "stream"}),
    ("stream_disconnected", {"stream_id": "stream"}),
    ("hls_playable", {"room_id": "room", "component_id": "component"}),
    ("hls_uploaded", {"room_id": "room"}),
    ("hls_upload_crashed", {"room_id": "room"}),
    ("component_crashed", {"room_id": "room", "component_id": "component"}),
]


def envelope(content: str, fields: dict[str, Any]) -> bytes:
    """Serialize one message with the protobuf library."""
    return bytes(ENVELOPE(**{content: fields}).SerializeToString())


def batch(*members: bytes) -> bytes:
    """Serialize a batch of serialized messages."""
    return bytes(ENVELOPE(notification_batch={"notifications": members}).SerializeToString())
