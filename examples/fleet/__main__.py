"""All of it in one process: a local Fishjam, a fleet in memory and a few rooms."""

from __future__ import annotations

import os

import anyio

from examples.local_fishjam import local_fishjam
from fishjam import AsyncFishjamClient

ROOMS = 3


async def main() -> None:
    """Run the fleet, with a few rooms that want an agent, until Ctrl+C."""
    # Only now, because it reads the environment.
    from examples.fleet.calls import fleet

    async with (
        AsyncFishjamClient.from_env() as client,
        fleet.connect() as link,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(fleet.run)
        rooms = [await client.create_room() for _ in range(ROOMS)]
        try:
            for room in rooms:
                await link.dispatch(room.id, "host")
                await link.started(room.id, "host")
            print(f"All {ROOMS} rooms have their agent. Ctrl+C ends it.", flush=True)
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                for room in rooms:
                    await client.delete_room(room.id)


if __name__ == "__main__":
    with local_fishjam():
        os.environ.setdefault("FISHJAM_FLEET_URL", "memory://")
        try:
            anyio.run(main)
        except KeyboardInterrupt:
            print("stopped")
