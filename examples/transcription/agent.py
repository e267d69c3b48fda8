"""An agent that only listens: what each person says goes to a transcription of its own."""

from __future__ import annotations

from contextlib import AsyncExitStack

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from examples.transcription.transcriber import SAMPLE_RATE, Transcriber
from fishjam import AgentOptions, AgentOutputOptions, AsyncFishjamClient
from fishjam.agent import AgentSession, IncomingTrackData

OPTIONS = AgentOptions(output=AgentOutputOptions(audio_sample_rate=SAMPLE_RATE))


async def write_down(
    session: AgentSession, client: AsyncFishjamClient, transcriber: Transcriber
) -> None:
    """Transcribe everybody in the room, until the session ends."""

    async def follow(peer_id: str, audio: MemoryObjectReceiveStream[bytes]) -> None:
        async with audio:
            name = await name_of(client, session.agent.room_id, peer_id)
            await transcriber.transcribe(audio, lambda text: print(f"{name}: {text}", flush=True))

    voices: dict[str, MemoryObjectSendStream[bytes]] = {}
    # At the end all voices are closed, and so the transcriptions come to their end, too.
    async with anyio.create_task_group() as tasks, AsyncExitStack() as stack:
        async for message in session.receive():
            if not isinstance(message, IncomingTrackData):
                continue
            if message.peer_id not in voices:
                voice, audio = anyio.create_memory_object_stream[bytes](100)
                voices[message.peer_id] = await stack.enter_async_context(voice)
                tasks.start_soon(follow, message.peer_id, audio)
            # Waiting here is safe: the session reads on, and drops the oldest audio if it has to.
            await voices[message.peer_id].send(message.data)


async def name_of(client: AsyncFishjamClient, room_id: str, peer_id: str) -> str:
    """Return the name that the backend gave to a peer, or else the peer's id."""
    room = await client.get_room(room_id)
    for peer in room.peers:
        if peer.id == peer_id and peer.metadata:
            return str(peer.metadata["server"].get("name", peer_id))
    return peer_id
