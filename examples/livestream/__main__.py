"""Start a livestream: `python -m examples.livestream`."""

import asyncio
from contextlib import suppress
from functools import partial

from examples.livestream.show import run
from examples.local_fishjam import local_fishjam
from fishjam.emulator import Emulator


def rehearse(emulator: Emulator, room_id: str) -> None:
    """Let a streamer and two viewers come, because no video can be sent to a local Fishjam."""
    print("\nThis is a rehearsal: the streamer and the viewers are not real.")
    emulator.connect_streamer(room_id, "studio")
    emulator.connect_viewer(room_id, "viewer-1")
    emulator.connect_viewer(room_id, "viewer-2")
    emulator.disconnect_viewer(room_id, "viewer-1")


with local_fishjam() as emulator, suppress(KeyboardInterrupt):
    asyncio.run(run(partial(rehearse, emulator) if emulator else None))
