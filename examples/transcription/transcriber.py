"""What turns audio into text, as far as the agent needs to know it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final, Protocol

SAMPLE_RATE: Final = 24000
"""Samples a second of the audio that is transcribed: 16-bit PCM with one channel."""


class Transcriber(Protocol):
    """Turns what one person says into text, while it is said."""

    async def transcribe(self, audio: AsyncIterator[bytes], on_text: Callable[[str], None]) -> None:
        """Call `on_text` with each thing that was said, until the audio ends."""
        ...
