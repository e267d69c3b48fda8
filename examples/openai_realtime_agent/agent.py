"""A model that hears and speaks in a room; OpenAI's SDK runs on asyncio alone."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from dataclasses import dataclass

import anyio
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from openai.types.realtime.realtime_session_create_request_param import (
    RealtimeSessionCreateRequestParam,
)

from fishjam import AgentOptions, AgentOutputOptions
from fishjam.agent import AgentSession, IncomingTrackData, OutgoingAudioTrackOptions, OutgoingTrack

MODEL = os.environ.get("OPENAI_REALTIME_MODEL", "gpt-realtime-2.1")
# PCM at 24 kHz is what the Realtime API speaks, so the agent hears and speaks it, too.
OPTIONS = AgentOptions(output=AgentOutputOptions(audio_sample_rate=24000))
BYTES_PER_MS = 24 * 2
SESSION: RealtimeSessionCreateRequestParam = {
    "type": "realtime",
    "instructions": "You are in a video call. Be friendly, and answer in one or two sentences.",
    "output_modalities": ["audio"],
    "audio": {
        "input": {
            "format": {"type": "audio/pcm", "rate": 24000},
            "transcription": {"model": "gpt-transcribe"},
            "turn_detection": {"type": "server_vad"},
        },
        "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin"},
    },
}


@dataclass
class Answer:
    """An answer that is being played: which one, since when, and how much of it there is."""

    item_id: str
    began: float
    size: int = 0

    def played_ms(self) -> int:
        """Return how much was heard in the room so far."""
        elapsed = int((anyio.current_time() - self.began) * 1000)
        return min(elapsed, self.size // BYTES_PER_MS)


async def talk(session: AgentSession) -> None:
    """Let the model talk with the room, until one of the two sessions ends."""
    track = await session.add_track(OutgoingAudioTrackOptions(sample_rate=24000))
    async with (
        AsyncOpenAI() as openai,
        openai.realtime.connect(model=MODEL) as connection,
        anyio.create_task_group() as tasks,
    ):
        await connection.session.update(session=SESSION)
        tasks.start_soon(listen, session, connection)
        await speak(connection, track)
        tasks.cancel_scope.cancel()


async def listen(session: AgentSession, connection: AsyncRealtimeConnection) -> None:
    """Let the model hear the room; if several people talk at once, mix them before."""
    async for message in session.receive():
        if isinstance(message, IncomingTrackData):
            await connection.input_audio_buffer.append(audio=b64encode(message.data).decode())
    await connection.close()


async def speak(connection: AsyncRealtimeConnection, track: OutgoingTrack) -> None:
    """Let the room hear the model, which is silent at once when somebody interrupts it."""
    answer: Answer | None = None
    async for event in connection:
        match event.type:
            case "response.output_audio.delta":
                audio = b64decode(event.delta)
                if answer is None or answer.item_id != event.item_id:
                    answer = Answer(event.item_id, anyio.current_time())
                answer.size += len(audio)
                # An answer comes faster than it is played; Fishjam keeps what is still to play.
                await track.send_chunk(audio)
            case "input_audio_buffer.speech_started" if answer is not None:
                await track.interrupt()
                # The model must not believe that it was heard to the end.
                await connection.conversation.item.truncate(
                    item_id=answer.item_id, content_index=0, audio_end_ms=answer.played_ms()
                )
                answer = None
            case "conversation.item.input_audio_transcription.completed":
                print(f"Ada: {event.transcript}", flush=True)
            case "response.output_audio_transcript.done":
                print(f"Agent: {event.transcript}", flush=True)
            case "error":
                print(f"OpenAI: {event.error.message}", flush=True)
