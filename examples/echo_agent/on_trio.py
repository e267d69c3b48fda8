"""The echo on trio: `python -m examples.echo_agent.on_trio`."""

from contextlib import suppress

import trio

from examples.echo_agent.agent import echo_in_a_room
from examples.local_fishjam import local_fishjam

with local_fishjam() as emulator, suppress(KeyboardInterrupt):
    trio.run(echo_in_a_room, emulator)
