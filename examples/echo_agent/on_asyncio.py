"""The echo on asyncio: `python -m examples.echo_agent.on_asyncio`."""

import asyncio
from contextlib import suppress

from examples.echo_agent.agent import echo_in_a_room
from examples.local_fishjam import local_fishjam

with local_fishjam() as emulator, suppress(KeyboardInterrupt):
    asyncio.run(echo_in_a_room(emulator))
