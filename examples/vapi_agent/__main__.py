"""Put a VAPI agent into a room: `python -m examples.vapi_agent`."""

import asyncio
from contextlib import suppress

from examples.local_fishjam import local_fishjam
from examples.vapi_agent.agent import run

with local_fishjam() as emulator, suppress(KeyboardInterrupt):
    asyncio.run(run(is_rehearsal=emulator is not None))
