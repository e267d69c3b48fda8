"""What can be chosen about a transport."""

from __future__ import annotations

from pipecat.transports.base_transport import TransportParams
from pydantic import Field, field_validator


class FishjamParams(TransportParams):
    """The parameters of a `FishjamTransport`, beside those of every transport of Pipecat.

    Audio comes and goes at the sample rates of the pipeline. A track of an agent plays 16000 and
    24000 Hz; other rates are converted. Agents send no video.

    Attributes:
        audio_in_user_tracks: whether the audio of each user comes by itself, as
            `UserAudioRawFrame` with the user's id; otherwise all of it is mixed into one stream.
        image_interval: seconds between two images of each video track while `video_in_enabled`, at
            least 1, or None for images on request alone.
        image_timeout: seconds to wait for an image that was requested.
        track_metadata: a dict that everybody in the room can read of the bot's track.
        max_attempts: failed attempts to connect in a row after which the bot ends, or None for
            never.
    """

    audio_in_user_tracks: bool = True
    image_interval: float | None = Field(default=1.0, ge=1)
    image_timeout: float = Field(default=5.0, gt=0)
    track_metadata: dict[str, object] | None = None
    max_attempts: int | None = Field(default=10, ge=1)

    @field_validator("audio_in_channels", "audio_out_channels")
    @classmethod
    def _check_channels(cls, channels: int) -> int:
        if channels not in (1, 2):
            raise ValueError(f"{channels} channels: use 1 or 2")
        return channels

    @field_validator("audio_in_sample_rate", "audio_out_sample_rate")
    @classmethod
    def _check_rate(cls, rate: int | None) -> int | None:
        if rate is not None and not 8000 <= rate <= 192_000:
            raise ValueError(f"a sample rate of {rate} Hz: use one from 8000 to 192000 Hz")
        return rate

    @field_validator("audio_out_destinations")
    @classmethod
    def _check_destinations(cls, destinations: list[str]) -> list[str]:
        if destinations:
            raise ValueError("the bot speaks on one track: leave audio_out_destinations empty")
        return destinations

    @field_validator("video_out_enabled")
    @classmethod
    def _check_video_out(cls, enabled: bool) -> bool:
        if enabled:
            raise ValueError("an agent of Fishjam sends audio alone: leave video_out_enabled off")
        return enabled
