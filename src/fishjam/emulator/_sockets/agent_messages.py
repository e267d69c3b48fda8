"""Messages of the agent socket: encoded and decoded."""

from __future__ import annotations

from typing import Any

from fishjam._protocol.messages import message_class
from fishjam.emulator._media.audio import AudioFormat, AudioFrame, Encoding
from fishjam.emulator._model.refusals import BadRequest

AGENT_REQUEST = message_class("fishjam.AgentRequest")
_RESPONSE = message_class("fishjam.AgentResponse")

_AUDIO = 2
# 0 is unspecified: what a message has that does not name an encoding.
_ENCODINGS: dict[int, Encoding] = {0: "pcm16", 1: "pcm16", 2: "opus"}
_RATES = (16000, 24000, 48000)
_JPEG = "image/jpeg"

AUTHENTICATED: bytes = _RESPONSE(authenticated={}).SerializeToString()
"""The answer to a valid token."""


def track_data(frame: AudioFrame) -> bytes:
    """Return the message with a frame, encoded once for all listeners."""
    if frame.encoded is None:
        track = frame.track
        content = {
            "peer_id": frame.peer_id,
            "track": {"id": track.id, "type": track.type, "metadata": track.metadata},
            "data": frame.data,
        }
        frame.encoded = bytes(_RESPONSE(track_data=content).SerializeToString())
    return frame.encoded


def track_image(track_id: str, jpeg: bytes) -> bytes:
    """Return the answer to a capture."""
    content = {"track_id": track_id, "content_type": _JPEG, "data": jpeg}
    return bytes(_RESPONSE(track_image=content).SerializeToString())


def format_of(add_track: Any) -> AudioFormat:
    """Return the format of a new track; what is not said is PCM16, 16000 Hz and mono.

    Raises:
        BadRequest: if such audio does not exist.
    """
    if add_track.track.type != _AUDIO:
        raise BadRequest("an agent's track is of type audio")
    parameters = add_track.codec_params
    encoding = _ENCODINGS.get(parameters.encoding)
    if encoding is None:
        raise BadRequest(f"unknown encoding {parameters.encoding}")
    # proto3 cannot tell a 0 from a field that is left out.
    rate, channels = parameters.sample_rate or 16000, parameters.channels or 1
    if rate not in _RATES:
        raise BadRequest(f"sample rate {rate} is not one of {', '.join(map(str, _RATES))}")
    if channels not in (1, 2):
        raise BadRequest(f"{channels} channels are neither 1 nor 2")
    return AudioFormat(encoding, rate, channels)
