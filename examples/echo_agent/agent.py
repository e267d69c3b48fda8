"""The echo: it runs on asyncio and trio alike."""

from __future__ import annotations

from examples.meeting import meeting
from fishjam.agent import AgentSession, IncomingTrackData
from fishjam.emulator import Emulator, speech


async def echo(session: AgentSession) -> None:
    """Say back what anybody in the room says."""
    track = await session.add_track()
    async for message in session.receive():
        if isinstance(message, IncomingTrackData):
            await track.send_chunk(message.data)


async def echo_in_a_room(emulator: Emulator | None) -> None:
    """Make a room and be its echo, until Ctrl+C; a lost connection comes back by itself."""
    async with meeting(emulator, speech()) as agent:
        await agent.run(echo)
