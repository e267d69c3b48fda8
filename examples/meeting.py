"""What the agent examples share: a room with an agent in it, and Ada to talk with."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import anyio

from fishjam import AgentOptions, AsyncFishjamClient, PeerOptions
from fishjam.agent import Agent
from fishjam.emulator import Emulator, EmulatorError
from fishjam.events import PeerConnected, PeerType

Speech = bytes | str | os.PathLike[str]


@asynccontextmanager
async def meeting(
    emulator: Emulator | None, speech: Speech, options: AgentOptions | None = None
) -> AsyncIterator[Agent]:
    """Make a room with an agent and Ada in it, and delete it at the end.

    Ada joins with the token that is printed and one of Fishjam's client SDKs. In the Fishjam that
    an example starts by itself a virtual peer plays her.

    Args:
        emulator: the local Fishjam, or None for yours.
        speech: what the virtual Ada says: PCM16 audio at 16 kHz, or the path of a WAV file.
        options: the options of the agent.
    """
    async with AsyncFishjamClient.from_env() as client:
        room = await client.create_room()
        try:
            agent = await client.create_agent(room.id, options)
            _, token = await client.create_peer(room.id, PeerOptions(metadata={"name": "Ada"}))
            if emulator is None:
                print(f"Join the room {room.id} with this token:\n  {token}", flush=True)
            else:
                threading.Thread(target=play_ada, args=(emulator, token, speech)).start()
            yield agent
        finally:
            # Ctrl+C cancels everything in here; the room is deleted all the same.
            with anyio.CancelScope(shield=True):
                await client.delete_room(room.id)


def play_ada(emulator: Emulator, token: str, speech: Speech) -> None:
    """Join as Ada, say something, and tell what Ada hears, until the room is deleted."""
    ada = emulator.connect_peer(token)
    ada.publish_video()
    while ada.connected and not any(map(is_agent_there, emulator.notifications)):
        time.sleep(0.05)
    with suppress(EmulatorError):
        seconds = ada.speak(speech)
        print(f"Ada speaks for {seconds:.1f} s.", flush=True)
        # A microphone does not stop when its owner does: only silence ends an utterance.
        ada.speak(bytes(2 * 16000 * 2))
        heard = 0.0
        while True:
            with suppress(TimeoutError):
                ada.hear(0.5, timeout=1.0)
                heard += 0.5
                print(f"Ada has heard {heard:.1f} s.", flush=True)
    if ada.heard and isinstance(speech, str):
        ada.save_wav("answer.wav")
        print("What Ada heard is in answer.wav.", flush=True)


def is_agent_there(event: object) -> bool:
    """Tell whether an event says that an agent has come."""
    return isinstance(event, PeerConnected) and event.peer_type == PeerType.AGENT
