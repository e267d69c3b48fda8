"""Rooms, compositions and recordings that are there for the length of an `async with`.

Ctrl+C cancels what is inside such a block. What is made here is cleaned up all the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from fishjam import AsyncCompositionClient, AsyncFishjamClient, Room, RoomOptions
from fishjam.recording import CompositionSource, DownloadProgress

FOLDER = "recordings"


@asynccontextmanager
async def room(
    client: AsyncFishjamClient, options: RoomOptions | None = None
) -> AsyncIterator[Room]:
    """Make a room, and delete it at the end."""
    made = await client.create_room(options)
    try:
        yield made
    finally:
        with anyio.CancelScope(shield=True):
            await client.delete_room(made.id)


@asynccontextmanager
async def composition(compositions: AsyncCompositionClient) -> AsyncIterator[str]:
    """Make a composition and give its id; delete it at the end."""
    made = await compositions.create_composition()
    try:
        yield made.composition_id
    finally:
        with anyio.CancelScope(shield=True):
            await compositions.delete_composition(made.composition_id)


@asynccontextmanager
async def recording(client: AsyncFishjamClient, source: CompositionSource) -> AsyncIterator[None]:
    """Record an output of a composition; at the end download what was recorded."""
    made = await client.create_composition_recording(source, {"example": "composition"})
    try:
        yield
    finally:
        with anyio.CancelScope(shield=True):
            await client.stop_recording(made.id)
            print("Waiting for the recording.", flush=True)
            available = await client.wait_for_recording(made.id, timeout=120)
            for path in await client.download_recording(available, FOLDER, on_progress=show):
                print(f"The recording is in {path}.", flush=True)


def show(progress: DownloadProgress) -> None:
    """Say how far a download is."""
    total = "?" if progress.total is None else progress.total
    print(f"  file {progress.number} of {progress.files}: {progress.done} of {total} bytes")
