"""Start the agent: `python -m examples.gemini_agent [QUESTION.wav]`."""

import asyncio
import os
import sys
from contextlib import suppress

from examples.gemini_agent.agent import OPTIONS, talk
from examples.local_fishjam import local_fishjam
from examples.meeting import meeting
from fishjam.emulator import Emulator, speech


async def main(emulator: Emulator | None) -> None:
    """Let the agent talk in a room until Ctrl+C."""
    question = sys.argv[1] if sys.argv[1:] else speech("what time is it")
    async with meeting(emulator, question, OPTIONS) as agent:
        await agent.run(talk)


if not os.environ.get("GEMINI_API_KEY"):
    raise SystemExit("Set GEMINI_API_KEY, a key of Google AI Studio.")
with local_fishjam() as emulator, suppress(KeyboardInterrupt):
    asyncio.run(main(emulator))
