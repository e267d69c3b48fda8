"""Transcription with a session of OpenAI's Realtime API that does nothing else."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import AsyncIterator, Callable

import anyio
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from openai.types.realtime.realtime_transcription_session_create_request_param import (
    RealtimeTranscriptionSessionCreateRequestParam,
)

from examples.transcription.transcriber import SAMPLE_RATE

SESSION: RealtimeTranscriptionSessionCreateRequestParam = {
    "type": "transcription",
    "audio": {
        "input": {
            "format": {"type": "audio/pcm", "rate": SAMPLE_RATE},
            "transcription": {
                "model": os.environ.get("OPENAI_TRANSCRIPTION_MODEL", "gpt-transcribe")
            },
            "turn_detection": {"type": "server_vad"},
        },
    },
}


class OpenAITranscriber:
    """Has one session with OpenAI for each person; OpenAI's SDK runs on asyncio alone."""

    async def transcribe(self, audio: AsyncIterator[bytes], on_text: Callable[[str], None]) -> None:
        """Call `on_text` with each thing that was said, until the audio ends."""
        async with (
            AsyncOpenAI() as openai,
            openai.realtime.connect(extra_query={"intent": "transcription"}) as connection,
            anyio.create_task_group() as tasks,
        ):
            await connection.session.update(session=SESSION)
            tasks.start_soon(send, audio, connection)
            async for event in connection:
                match event.type:
                    case "conversation.item.input_audio_transcription.completed":
                        on_text(event.transcript)
                    case "error":
                        raise RuntimeError(f"OpenAI cannot transcribe: {event.error.message}")


async def send(audio: AsyncIterator[bytes], connection: AsyncRealtimeConnection) -> None:
    """Send the audio as it comes, and close the session at its end."""
    async for data in audio:
        await connection.input_audio_buffer.append(audio=b64encode(data).decode())
    await connection.close()
