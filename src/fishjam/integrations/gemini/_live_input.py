"""Sends audio and images to the model in a Live session."""

from __future__ import annotations

from typing import Any

import anyio
from google.genai import types
from google.genai.live import AsyncSession
from websockets.exceptions import ConnectionClosed

from fishjam.agent import IncomingTrackImage
from fishjam.integrations.bridge._room_audio import Heard
from fishjam.integrations.gemini._client import audio_mime_type


class LiveInput:
    """Sends to the model; audio is 16-bit mono PCM of one sample rate."""

    def __init__(self, live: AsyncSession, sample_rate: int) -> None:
        self._live = live
        self._mime_type = audio_mime_type(sample_rate)

    async def hear(self, heard: Heard) -> None:
        """Let the model hear audio."""
        await self._send(audio=types.Blob(data=heard.data, mime_type=self._mime_type))

    async def see(self, image: IncomingTrackImage) -> None:
        """Let the model see a frame of a video track."""
        await self._send(video=types.Blob(data=image.data, mime_type=image.content_type))

    async def end_audio(self) -> None:
        """Tell the model that no more audio comes for now, so that it answers."""
        await self._send(audio_stream_end=True)

    async def _send(self, **what: Any) -> None:
        try:
            await self._live.send_realtime_input(**what)
        except ConnectionClosed:
            # LiveReader gets the reason when it reads, and ends the bridge.
            await anyio.sleep_forever()
