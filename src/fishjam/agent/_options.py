"""The form of an outgoing track: what a caller can choose, checked, and the frame that says it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from attrs import frozen

from fishjam._core.annotations import resolve_annotations
from fishjam._core.options import checked_options
from fishjam._protocol.agent import add_track
from fishjam.events import TrackEncoding

# The server takes no other rates, and no more channels, from an agent.
SAMPLE_RATES = (16000, 24000)
CHANNELS = (1, 2)
SAMPLE_BYTES = 2
"""Bytes of one 16-bit sample."""


@dataclass
class OutgoingAudioTrackOptions:
    """The form of the audio that an agent sends on a track.

    Attributes:
        encoding: how the audio is encoded; unspecified means 16-bit little-endian PCM.
        sample_rate: samples a second, 16000 or 24000.
        channels: 1 for mono, 2 for stereo with interleaved samples.
        metadata: a dict that is sent as a JSON object, which everybody in the room can read.
    """

    encoding: TrackEncoding = TrackEncoding.TRACK_ENCODING_UNSPECIFIED
    """How the audio is encoded; unspecified means 16-bit little-endian PCM."""
    sample_rate: Literal[16000, 24000] = 16000
    """Samples a second, 16000 or 24000."""
    channels: Literal[1, 2] = 1
    """1 for mono, 2 for stereo with interleaved samples."""
    metadata: dict[str, Any] | None = None
    """A dict that is sent as a JSON object, which everybody in the room can read."""


# Not inside the class, where the decorator would look for that module before it is there.
OutgoingAudioTrackOptions.__module__ = "fishjam.agent"
resolve_annotations(globals(), OutgoingAudioTrackOptions)


@frozen
class TrackFormat:
    """The form of a track's audio, checked."""

    encoding: TrackEncoding
    sample_rate: int
    channels: int

    @classmethod
    def of(cls, options: OutgoingAudioTrackOptions) -> TrackFormat:
        """Check what the caller chose; raises `ValueError` for what cannot be used."""
        try:
            encoding = TrackEncoding(options.encoding)
        except ValueError:
            raise ValueError(
                f"encoding={options.encoding!r}: use TrackEncoding.PCM16 or TrackEncoding.OPUS of "
                "fishjam.events"
            ) from None
        if options.sample_rate not in SAMPLE_RATES:
            raise ValueError(f"sample_rate={options.sample_rate!r}: use one of {SAMPLE_RATES}")
        if options.channels not in CHANNELS:
            raise ValueError(f"channels={options.channels!r}: use one of {CHANNELS}")
        return cls(encoding, options.sample_rate, options.channels)

    @property
    def is_pcm(self) -> bool:
        """Whether the audio is bare samples, whose length in bytes tells that in seconds."""
        return self.encoding is not TrackEncoding.OPUS

    @property
    def unit(self) -> int:
        """How many bytes belong together: one sample of each channel."""
        return SAMPLE_BYTES * self.channels if self.is_pcm else 1

    @property
    def bytes_per_second(self) -> int:
        """How many bytes of PCM are a second."""
        return self.sample_rate * self.unit


def track_options(options: OutgoingAudioTrackOptions | None) -> OutgoingAudioTrackOptions:
    """Return the form of a track, the usual one if none was chosen; `TypeError` for a dict."""
    return checked_options(
        options or OutgoingAudioTrackOptions(), OutgoingAudioTrackOptions, "add_track"
    )


def encode_add_track(track_id: str, options: OutgoingAudioTrackOptions) -> bytes:
    """Return the frame that begins a track; raises `ValueError` for options that cannot be used."""
    audio = TrackFormat.of(options)
    return add_track(
        track_id,
        _json(options.metadata),
        encoding=int(options.encoding),
        sample_rate=audio.sample_rate,
        channels=audio.channels,
    )


def _json(metadata: object) -> str:
    if metadata is None:
        return ""
    if not isinstance(metadata, dict):
        # The server would end the whole session.
        raise ValueError(
            f"metadata must be a dict or None, not {type(metadata).__name__}: it is sent as a JSON "
            "object, and must not be turned into text before."
        )
    try:
        return json.dumps(metadata, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"metadata: not everything in it can be JSON: {error}") from error
