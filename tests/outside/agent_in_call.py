"""An agent that hears one tone in a call and says another; it must run unchanged on both SDKs.

The argument is JSON with `fishjam_id`, `management_token`, `room`, and `hear` and `say` in Hz. It
prints `heard` when it has heard the tone, and stays in the room until its input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any, Final

from fishjam import FishjamClient
from fishjam.agent import AgentSession, IncomingTrackData, OutgoingAudioTrackOptions
from tests.support.tones import frequency_of, tone

PATIENCE = 20
RATE: Final = 16000


async def hear(session: AgentSession, frequency: float) -> None:
    """Wait until a tone is heard for 0.4 s."""
    heard: dict[str, bytes] = {}
    async for message in session.receive():
        if not isinstance(message, IncomingTrackData):
            continue
        track_id = message.track.id
        data = heard[track_id] = (heard.get(track_id, b"") + message.data)[-RATE * 4 // 5 :]
        if len(data) == RATE * 4 // 5 and abs(frequency_of(data, RATE) - frequency) < 5:
            return


async def join(scene: dict[str, Any]) -> None:
    """Join the call, and leave it when there is no more input."""
    client = FishjamClient(scene["fishjam_id"], scene["management_token"])
    agent = client.create_agent(scene["room"])
    async with agent.connect() as session:
        options = OutgoingAudioTrackOptions(metadata={"type": "voice"}, sample_rate=RATE)
        track = await session.add_track(options)
        await track.send_chunk(tone(2 * PATIENCE, RATE, scene["say"]))
        await asyncio.wait_for(hear(session, scene["hear"]), PATIENCE)
        print("heard", flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(join(json.loads(sys.argv[1])))
