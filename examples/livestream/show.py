"""One livestream from its first token to its end."""

from __future__ import annotations

from collections.abc import Callable

import anyio

from fishjam import AsyncFishjamClient, FishjamNotifier, RoomOptions
from fishjam.events import (
    StreamerConnected,
    StreamerDisconnected,
    ViewerConnected,
    ViewerDisconnected,
)

AUDIENCE_EVENTS = (StreamerConnected, StreamerDisconnected, ViewerConnected, ViewerDisconnected)


async def run(on_air: Callable[[str], None] | None = None) -> None:
    """Make a livestream, say how to reach it, and tell who comes and goes, until Ctrl+C.

    Args:
        on_air: called with the room's id once everything is ready.
    """
    notifier = FishjamNotifier.from_env()
    # Subscribed before the room is made, so that nobody can come unnoticed.
    async with (
        AsyncFishjamClient.from_env() as client,
        notifier.subscribe(*AUDIENCE_EVENTS, markers=False) as events,
    ):
        room = await client.create_room(RoomOptions(room_type="livestream"))
        try:
            await announce(client, room.id)
            if on_air is not None:
                on_air(room.id)
            viewers: set[str] = set()
            async for event in events:
                match event:
                    case StreamerConnected(stream_id=room.id):
                        print("On air.", flush=True)
                    case StreamerDisconnected(stream_id=room.id):
                        print("Off air.", flush=True)
                    case ViewerConnected(stream_id=room.id, viewer_id=viewer):
                        viewers.add(viewer)
                        print(f"Watching: {len(viewers)}", flush=True)
                    case ViewerDisconnected(stream_id=room.id, viewer_id=viewer):
                        viewers.discard(viewer)
                        print(f"Watching: {len(viewers)}", flush=True)
        finally:
            # Ctrl+C cancels everything in here; the room is deleted all the same.
            with anyio.CancelScope(shield=True):
                await client.delete_room(room.id)


async def announce(client: AsyncFishjamClient, room_id: str) -> None:
    """Print where to publish and where to watch, and the tokens for it."""
    streamer_token = await client.create_livestream_streamer_token(room_id)
    viewer_token = await client.create_livestream_viewer_token(room_id)
    print("WHIP, for example in OBS: Settings, Stream, Service: WHIP")
    print(f"  publish to    {client.livestream_whip_url()}")
    print(f"  bearer token  {streamer_token}")
    print(f"  watch at      {client.livestream_whep_url()}")
    print(f"  bearer token  {viewer_token}")

    # The path is yours to choose. A token is good for its path alone.
    publisher = await client.create_moq_access(publish_path=room_id, ttl=4 * 3600)
    subscriber = await client.create_moq_access(subscribe_path=room_id, ttl=4 * 3600)
    print("Media over QUIC, for four hours:")
    print(f"  publish to    {publisher.connection_url}")
    print(f"  watch at      {subscriber.connection_url}")
    print("Ctrl+C ends the livestream.", flush=True)
