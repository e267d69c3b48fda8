"""Put a conference on air: `python -m examples.composition`."""

import asyncio
from contextlib import suppress
from functools import partial

from examples.composition.broadcast import run
from examples.local_fishjam import local_fishjam
from fishjam.emulator import Emulator, speech


def rehearse(emulator: Emulator, tokens: list[str]) -> None:
    """Let Ada and Bob come, because nobody can join a local Fishjam with a browser."""
    print("This is a rehearsal: Ada and Bob are not real, and nothing is mixed.")
    ada, bob = (emulator.connect_peer(token) for token in tokens)
    ada.publish_video()
    ada.speak(speech())
    bob.publish_video()


with local_fishjam() as emulator, suppress(KeyboardInterrupt):
    asyncio.run(run(partial(rehearse, emulator) if emulator else None))
