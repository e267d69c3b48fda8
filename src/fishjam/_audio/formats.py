"""What the bytes of PCM16 audio mean."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

WIDTH = 2
"""The bytes of one value."""


class PcmLayout(Protocol):
    """Anything that says how PCM16 audio is laid out."""

    @property
    def sample_rate(self) -> int:
        """In Hz."""
        ...

    @property
    def channels(self) -> int:
        """1 or 2; the samples of two channels take turns."""
        ...


@frozen
class PcmFormat:
    """Little-endian 16-bit PCM.

    Attributes:
        sample_rate: in Hz.
        channels: 1 or 2; the samples of two channels take turns.
    """

    sample_rate: int = 16000
    channels: int = 1

    @property
    def sample_size(self) -> int:
        """The bytes of one sample of all channels."""
        return WIDTH * self.channels

    @property
    def byte_rate(self) -> int:
        """The bytes of one second."""
        return self.sample_size * self.sample_rate
