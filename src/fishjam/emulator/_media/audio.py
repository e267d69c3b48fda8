"""Audio in memory: its format, and one frame of it."""

from __future__ import annotations

from typing import Literal

from attrs import define, frozen

from fishjam import events

Encoding = Literal["pcm16", "opus"]


# Formats are looked up for every frame of every track.
@frozen(cache_hash=True)
class AudioFormat:
    """The format of a track's bytes, or the format that a listener wants.

    Attributes:
        encoding: `pcm16`, which is little-endian, or `opus`.
        sample_rate: in Hz.
        channels: 1 or 2; the samples of two channels take turns.
    """

    encoding: Encoding = "pcm16"
    sample_rate: int = 16000
    channels: int = 1

    @property
    def sample_size(self) -> int:
        """The bytes of one sample of all channels, in PCM16."""
        return 2 * self.channels

    @property
    def byte_rate(self) -> int:
        """The bytes of one second, in PCM16."""
        return self.sample_size * self.sample_rate


@define(eq=False)
class AudioFrame:
    """At most 20 ms of a track, or one Opus packet; shared by all listeners with the same format.

    Attributes:
        time: when it began to sound, in seconds of the emulator's clock.
        peer_id: whose track it is.
        track: the track, as events show it.
        format: the format of the data.
        data: the audio.
        encoded: the message of the agent socket with this frame, once it was encoded.
    """

    time: float
    peer_id: str
    track: events.Track
    format: AudioFormat
    data: bytes
    encoded: bytes | None = None
