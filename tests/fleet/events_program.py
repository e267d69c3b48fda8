"""A worker that handles events as a program of its own, which the tests kill."""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path

import anyio

from fishjam.events import PeerConnected
from fishjam.fleet import Delivery, Fleet


async def main(url: str, fishjam_id: str, token: str, folder: str) -> None:
    fleet = Fleet(url, fishjam_id=fishjam_id, management_token=token, lease=1.5, partitions=4)
    notes = Path(folder, f"{os.getpid()}.txt").open("a")  # noqa: ASYNC230, SIM115 - it is short

    def note(what: str, event: PeerConnected, delivery: Delivery) -> None:
        line = [what, event.room_id, event.peer_id, delivery.id, delivery.again]
        notes.write(json.dumps(line) + "\n")
        notes.flush()

    @fleet.on(PeerConnected)
    async def handle(event: PeerConnected, delivery: Delivery) -> None:
        note("begun", event, delivery)
        await anyio.sleep(0.01)
        note("done", event, delivery)

    await fleet.run(name=str(os.getpid()), roles=["events"])


if __name__ == "__main__":
    backend, *arguments = sys.argv[1:]
    anyio.run(partial(main, *arguments), backend=backend)
