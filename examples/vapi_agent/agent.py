"""One room with a VAPI agent, from the call at VAPI to its end."""

from __future__ import annotations

import os
from typing import Any

import anyio
import httpx
from vapi import AsyncVapi

from fishjam import AsyncFishjamClient, FishjamNotifier, PeerOptions, PeerOptionsVapi
from fishjam.events import PeerConnected, PeerDisconnected, PeerType

# Fishjam takes part in the call over a WebSocket, with audio in this form.
TRANSPORT: Any = {
    "provider": "vapi.websocket",
    "audioFormat": {"format": "pcm_s16le", "container": "raw", "sampleRate": 16000},
}


async def run(is_rehearsal: bool) -> None:
    """Make a room, a call and an agent, and tell who is there, until Ctrl+C.

    Args:
        is_rehearsal: whether a local Fishjam is used. It takes the id of any call, because it
            never calls, so without a key no call is made.
    """
    api_key = os.environ.get("VAPI_API_KEY", "")
    if not api_key and not is_rehearsal:
        raise SystemExit("Set VAPI_API_KEY, the private key of your VAPI account.")
    notifier = FishjamNotifier.from_env()
    # Subscribed before the agent is added, so that nobody can come unnoticed.
    async with (
        AsyncFishjamClient.from_env() as client,
        notifier.subscribe(PeerConnected, PeerDisconnected, markers=False) as events,
    ):
        room = await client.create_room()
        try:
            call_id = await make_call(api_key) if api_key else "no-call"
            # With auto_close the call ends, and costs no more, when nobody else is in the room.
            options = PeerOptionsVapi(api_key or "no-key", call_id, auto_close=True)
            agent = await client.create_vapi_agent(room.id, options)
            print(f"The VAPI agent {agent.id} is in the room {room.id}.")
            _, token = await client.create_peer(room.id, PeerOptions({"name": "Ada"}))
            print("Join it with Fishjam's client SDK and this token, then say something:")
            print(f"  {token}")
            print("Ctrl+C deletes the room.", flush=True)
            async for event in events:
                match event:
                    case PeerConnected(room_id=room.id, peer_type=kind):
                        print(f"{name_of(kind)} has come.", flush=True)
                    case PeerDisconnected(room_id=room.id, peer_type=kind):
                        print(f"{name_of(kind)} has left.", flush=True)
        finally:
            # Ctrl+C cancels everything in here; the room is deleted all the same.
            with anyio.CancelScope(shield=True):
                await client.delete_room(room.id)


def name_of(kind: int) -> str:
    """Say who has come or left."""
    return "The agent" if kind == PeerType.VAPI else "Somebody"


async def make_call(api_key: str) -> str:
    """Make a call at VAPI, which waits for Fishjam to join it, and return its id."""
    assistant_id = os.environ.get("VAPI_ASSISTANT_ID")
    if not assistant_id:
        raise SystemExit("Set VAPI_ASSISTANT_ID, the assistant that you made at VAPI.")
    async with httpx.AsyncClient(timeout=30) as http:
        vapi = AsyncVapi(token=api_key, base_url=os.environ.get("VAPI_BASE_URL"), httpx_client=http)
        call: Any = await vapi.calls.create(assistant_id=assistant_id, transport=TRANSPORT)
    return str(call.id)
