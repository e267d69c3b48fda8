"""Start the agent: `python -m examples.openai_realtime_agent [QUESTION.wav]`."""

import asyncio
import os
import sys
from contextlib import suppress

from examples.local_fishjam import local_fishjam
from examples.meeting import meeting
from examples.openai_realtime_agent.agent import OPTIONS, talk
from fishjam.emulator import Emulator, speech


async def main(emulator: Emulator | None) -> None:
    """Let the agent talk in a room until Ctrl+C."""
    question = sys.argv[1] if sys.argv[1:] else speech("what time is it")
    async with meeting(emulator, question, OPTIONS) as agent:
        await agent.run(talk)


if not os.environ.get("OPENAI_API_KEY"):
    raise SystemExit("Set OPENAI_API_KEY, a key of the OpenAI platform.")
with local_fishjam() as emulator, suppress(KeyboardInterrupt):
    asyncio.run(main(emulator))
