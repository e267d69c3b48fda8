"""What an agent and the server say to each other: frames to values and back, without any I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from fishjam._core.event import Entry
from fishjam._generated.protocol.events import (
    INCOMING,
    IncomingTrackData,
    IncomingTrackImage,
    TrackType,
)
from fishjam._protocol import messages
from fishjam._protocol.short import short_way

_REQUEST = messages.message_class("fishjam.AgentRequest")
_RESPONSE = messages.message_class("fishjam.AgentResponse")
_BY_CONTENT: Mapping[str, Entry] = {one.content: one for one in INCOMING}

IncomingAgentMessage: TypeAlias = IncomingTrackData | IncomingTrackImage
"""What an agent receives."""

_common = short_way(INCOMING)


def decode(frame: bytes) -> IncomingAgentMessage | None:
    """Return what a frame from the server holds; None when it is nothing that is handed out.

    An empty frame and what a newer server sends are nothing. Raises protobuf's `DecodeError` when
    the bytes are no message at all.
    """
    message: IncomingAgentMessage | None = _common(frame)
    return _uncommon(frame) if message is None else message


def _uncommon(frame: bytes) -> IncomingAgentMessage | None:
    response = _RESPONSE.FromString(frame)
    content = response.WhichOneof("content")
    entry = _BY_CONTENT.get(content)
    if entry is None:
        return None
    message: IncomingAgentMessage = entry.read(getattr(response, content))
    return message


def content_of(frame: bytes) -> str:
    """Name what a frame from the server holds; "nothing known" if it is none."""
    return messages.content_of(frame, _RESPONSE)


def auth_request(token: str) -> bytes:
    """Return the frame that presents the agent's token."""
    return _frame("auth_request", token=token)


def add_track(
    track_id: str, metadata: str, *, encoding: int, sample_rate: int, channels: int
) -> bytes:
    """Return the frame that begins an audio track; `metadata` is JSON, or empty for none."""
    return _frame(
        "add_track",
        track={"id": track_id, "type": int(TrackType.AUDIO), "metadata": metadata},
        codec_params={"encoding": encoding, "sample_rate": sample_rate, "channels": channels},
    )


def remove_track(track_id: str) -> bytes:
    """Return the frame that ends a track."""
    return _frame("remove_track", track_id=track_id)


def interrupt_track(track_id: str) -> bytes:
    """Return the frame that takes back what was sent on a track and not played yet."""
    return _frame("interrupt_track", track_id=track_id)


def capture_image(track_id: str) -> bytes:
    """Return the frame that asks for an image of somebody's video track."""
    return _frame("capture_image", track_id=track_id)


def _frame(content: str, **fields: object) -> bytes:
    return bytes(_REQUEST(**{content: fields}).SerializeToString())


def chunk_framer(track_id: str) -> Callable[[bytes | bytearray], bytes]:
    """Return the function that makes frames of audio for a track.

    An agent sends 50 of them a second, so they are not made by protobuf: two fields with their tags
    and lengths, around which another tag and length go. All before the audio stays the same while
    its length does.
    """
    name = track_id.encode()
    before = b"\x0a" + _varint(len(name)) + name + b"\x12"
    head, head_size = b"", -1

    def frame(data: bytes | bytearray) -> bytes:
        nonlocal head, head_size
        size = len(data)
        if size != head_size:
            inner = before + _varint(size)
            head = b"\x22" + _varint(len(inner) + size) + inner
            head_size = size
        return head + data

    return frame


def _varint(number: int) -> bytes:
    groups = bytearray()
    while number >= 0x80:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)
