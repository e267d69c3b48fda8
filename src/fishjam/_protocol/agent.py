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
from fishjam._protocol.chunks import ChunkReader
from fishjam._protocol.fast_path import fast_decoder

_REQUEST = messages.message_class("fishjam.AgentRequest")
_RESPONSE = messages.message_class("fishjam.AgentResponse")
_BY_CONTENT: Mapping[str, Entry] = {entry.content: entry for entry in INCOMING}

IncomingAgentMessage: TypeAlias = IncomingTrackData | IncomingTrackImage
"""What an agent receives."""

_decode_fast = fast_decoder(INCOMING)
_chunks = ChunkReader()
_read_chunk = _chunks.read


def decode(frame: bytes) -> IncomingAgentMessage | None:
    """Return the message in a frame from the server; None when users are not given it.

    That is so for an empty frame and for what only a newer server sends. Raises protobuf's
    `DecodeError` when the bytes are not a message at all.
    """
    chunk = _read_chunk(frame)
    if chunk is not None:
        return chunk
    message = decode_anew(frame)
    if isinstance(message, IncomingTrackData):
        _chunks.learn(frame, message)
    return message


def decode_anew(frame: bytes) -> IncomingAgentMessage | None:
    """Do what `decode` does, without regard to frames that came before."""
    try:
        message: IncomingAgentMessage | None = _decode_fast(frame)
        return _decode_full(frame) if message is None else message
    except messages.DECODE_ERRORS as error:
        raise messages.DecodeError(str(error)) from error


def _decode_full(frame: bytes) -> IncomingAgentMessage | None:
    response = _RESPONSE.FromString(frame)
    content = response.WhichOneof("content")
    entry = _BY_CONTENT.get(content)
    if entry is None:
        return None
    message: IncomingAgentMessage = entry.read(getattr(response, content))
    return message


def content_of(frame: bytes) -> str:
    """Name what a frame from the server holds; "nothing known" for other bytes."""
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
    """Return the frame that asks for an image of another peer's video track."""
    return _frame("capture_image", track_id=track_id)


def _frame(content: str, **fields: object) -> bytes:
    return bytes(_REQUEST(**{content: fields}).SerializeToString())


def chunk_framer(track_id: str) -> Callable[[bytes | bytearray], bytes]:
    """Return the function that makes frames of audio for a track.

    All before the audio stays the same as long as its length does.
    """
    # An agent sends 50 of them a second for each track, and protobuf would copy the audio twice. So
    # the fields are put together by hand, and their varints as well: id and audio, with tag and
    # length each, inside the field of the envelope.
    # 0x22 is field 4 of `AgentRequest`, `track_data`; 0x0a and 0x12 are its fields 1 and 2.
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
