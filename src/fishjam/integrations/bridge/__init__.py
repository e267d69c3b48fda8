"""Connects a room with any framework that hears and speaks: mixing, pacing and interruption.

`fishjam.integrations.gemini`, `fishjam.integrations.openai` and `fishjam.integrations.pipecat`
are built on this. For another framework, `room_bridge` is all that is needed; it works on asyncio
and trio.

Example:
    ```python
    from fishjam.integrations.bridge import room_bridge


    async def talk(session: AgentSession) -> None:
        async with room_bridge(session, sample_rate=24000) as room:
            async for heard in room:
                if model.has_been_interrupted(heard.data):
                    await room.interrupt()
                for answer in model.hear(heard.data):
                    room.say(answer)
                room.end_turn()


    await agent.run(talk)
    ```
"""

from fishjam.integrations.bridge._room_audio import Heard as Heard
from fishjam.integrations.bridge._room_bridge import RoomBridge as RoomBridge
from fishjam.integrations.bridge._room_bridge import room_bridge as room_bridge
from fishjam.integrations.bridge._voice import Utterance as Utterance

__all__ = ("Heard", "RoomBridge", "Utterance", "room_bridge")
