"""Request bodies from options; values outside a fixed set are refused here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from attrs import evolve

from fishjam._core.enums import OpenIntEnum, OpenStrEnum
from fishjam._core.options import checked_options
from fishjam._core.request import checked_id
from fishjam._generated.fishjam_api import models
from fishjam.options import (
    AgentOptions,
    AgentOutputOptions,
    PeerOptions,
    RoomOptions,
    StreamOptions,
)

S = TypeVar("S", bound=OpenStrEnum)


def enum_member(kind: type[S], value: Any, name: str) -> S:
    """Return the member of a fixed set; a value that came from a server is let through."""
    if isinstance(value, kind):
        return value
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(repr(str(member)) for member in kind)
        raise ValueError(f"{name}={value!r} is not known; use one of {known}") from None


def _number_of(kind: type[OpenIntEnum], value: Any, name: str) -> Any:
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(str(member) for member in kind)
        raise ValueError(f"{name}={value!r} is not known; use one of {known}") from None


def room_body(options: RoomOptions | None) -> models.RoomConfig:
    """Return the body of "create room"."""
    options = checked_options(options or RoomOptions(), RoomOptions, "create_room")
    codec = options.video_codec
    # As the published SDK does it: the codec is left out if none was chosen, the rest is sent.
    return models.RoomConfig(
        batch_webhook_notifications=options.batch_webhook_notifications,
        max_peers=options.max_peers,
        public=options.public,
        room_type=enum_member(models.RoomType, options.room_type, "room_type"),
        video_codec=None if codec is None else enum_member(models.VideoCodec, codec, "video_codec"),
        webhook_url=options.webhook_url,
    )


def peer_body(options: PeerOptions | None) -> models.PeerConfigWebRTC:
    """Return the body of "add peer" for a WebRTC peer."""
    options = checked_options(options or PeerOptions(), PeerOptions, "create_peer")
    # The published SDK always sends an object here, and never null.
    metadata: Any = {} if options.metadata is None else options.metadata
    return models.PeerConfigWebRTC(
        models.PeerOptionsWebRTC(metadata=metadata, subscribe_mode=_mode(options.subscribe_mode))
    )


def agent_body(options: AgentOptions | None) -> models.PeerConfigAgent:
    """Return the body of "add peer" for an agent."""
    options = checked_options(options or AgentOptions(), AgentOptions, "create_agent")
    asked = checked_options(options.output, AgentOutputOptions, "create_agent", "output")
    output = models.AgentOutput(
        enum_member(models.AudioFormat, asked.audio_format, "audio_format"),
        _number_of(models.AudioSampleRate, asked.audio_sample_rate, "audio_sample_rate"),
    )
    return models.PeerConfigAgent(
        models.PeerOptionsAgent(output=output, subscribe_mode=_mode(options.subscribe_mode))
    )


def vapi_body(options: models.PeerOptionsVapi) -> models.PeerConfigVAPI:
    """Return the body of "add peer" for a VAPI agent."""
    mode = checked_options(options, models.PeerOptionsVapi, "create_vapi_agent").subscribe_mode
    checked = None if mode is None else _mode(mode)
    # A copy: the options belong to the caller, who may use them again.
    return models.PeerConfigVAPI(evolve(options, subscribe_mode=checked))


def tracks_body(track_ids: Iterable[str]) -> models.SubscribeTracksRequest:
    """Return the body of "subscribe to tracks"; each id is checked."""
    # A string can be iterated over as well, and each character would become an id.
    if isinstance(track_ids, str):
        raise ValueError("track_ids is one string: pass a list of ids")
    # Anything but text is left to the server, as other values of a wrong kind are.
    checked = [
        checked_id(track_id, "track_ids") if isinstance(track_id, str) else track_id
        for track_id in track_ids
    ]
    return models.SubscribeTracksRequest(checked)


def stream_body(options: StreamOptions | None) -> models.StreamConfig:
    """Return the body of "create stream"."""
    options = checked_options(options or StreamOptions(), StreamOptions, "create_stream")
    return models.StreamConfig(
        audio_only=options.audio_only,
        batch_webhook_notifications=options.batch_webhook_notifications,
        public=options.public,
        webhook_url=options.webhook_url,
    )


def _mode(value: Any) -> models.SubscribeMode:
    return enum_member(models.SubscribeMode, value, "subscribe_mode")
