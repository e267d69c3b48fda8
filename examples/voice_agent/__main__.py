"""Start the voice agent: `python -m examples.voice_agent`."""

import asyncio
import os
from contextlib import suppress

import anyio

from examples.local_fishjam import local_fishjam
from examples.voice_agent.agent import talk
from examples.voice_agent.recognizer import Recognizer
from examples.voice_agent.skills import GRAMMAR, OTHERS, Skills
from examples.voice_agent.visitor import visit
from fishjam import AsyncFishjamClient, PeerOptions
from fishjam.agent import AgentSession
from fishjam.emulator import Emulator


async def main(emulator: Emulator | None) -> None:
    """Talk with the people of a room, until one of them says goodbye, or Ctrl+C."""
    recognizer = Recognizer(GRAMMAR, OTHERS)
    async with AsyncFishjamClient.from_env() as client:
        room = await client.create_room()
        try:
            skills = Skills(client, room.id)
            agent = await client.create_agent(room.id)
            _, token = await client.create_peer(room.id, PeerOptions(metadata={"name": "Ada"}))

            async with anyio.create_task_group() as tasks:

                async def handle(session: AgentSession) -> None:
                    if emulator is not None:
                        tasks.start_soon(visit, emulator, token)
                    await talk(session, recognizer, skills.answer)

                if emulator is None:
                    print(f"Join the room {room.id} with this token:\n  {token}", flush=True)
                    # The emulator's own page takes it.
                    if (address := os.environ["FISHJAM_ID"]).startswith("http://127.0.0.1"):
                        print(f"or with your browser: {address}/#peer={token}", flush=True)
                await agent.run(handle)
        finally:
            # Ctrl+C cancels everything in here; the room is deleted all the same.
            with anyio.CancelScope(shield=True):
                await client.delete_room(room.id)


with local_fishjam() as emulator, suppress(KeyboardInterrupt):
    asyncio.run(main(emulator))
