"""`fishjam demo --browser`: an agent that a person talks with on the emulator's page."""

from __future__ import annotations

import webbrowser
from contextlib import suppress
from functools import partial
from typing import cast
from urllib.parse import quote

import anyio
from anyio import to_thread
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from fishjam import AgentOptions, AsyncFishjamClient
from fishjam._concurrency.racing import all_of, race
from fishjam.agent import (
    AgentSession,
    AgentSessionClosedError,
    IncomingTrackData,
    OutgoingTrack,
)
from fishjam.cli._demo.narrator import Narrator
from fishjam.cli._demo.utterances import PAUSE, Utterances
from fishjam.cli._signals import StopRequest, stop_signals
from fishjam.emulator import Emulator, speech

_WAITING = 500
"""Frames that may wait while the agent speaks: what is said meanwhile is not answered."""


def talk_in_browser(narrator: Narrator, loop: str) -> None:
    """Open the emulator's page beside an agent that repeats what it hears, until Ctrl+C.

    Raises:
        MissingExtraError: if the packages for browsers are not installed.
    """
    with stop_signals() as stopped, Emulator(webrtc=True) as emulator:
        anyio.run(_talk, emulator, narrator, stopped, backend=loop)


async def _talk(emulator: Emulator, narrator: Narrator, stopped: StopRequest) -> None:
    credentials = emulator.fishjam_id, emulator.management_token
    async with AsyncFishjamClient(*credentials) as client:
        room = await client.create_room()
        agent = await client.create_agent(room.id, AgentOptions())
        # In the part of the address that no server gets to see.
        token = quote(emulator.management_token, safe="")
        page = f"{emulator.fishjam_id}/#token={token}&room={room.id}"
        narrator.line("An agent waits in a room and repeats what you say. Join it here:", "bold")
        narrator.address(page)
        narrator.line("Ctrl+C ends it.")
        await to_thread.run_sync(webbrowser.open, page)
        # The agent ends by itself when the room is deleted on the page.
        await race(partial(agent.run, _repeat), stopped.arrived)


async def _repeat(session: AgentSession) -> None:
    """Greet the first person that is heard, and say back what anybody says."""
    track = await session.add_track()
    sender, receiver = anyio.create_memory_object_stream[IncomingTrackData](_WAITING)
    await all_of(partial(_pass_on, session, sender), partial(_converse, track, receiver))


async def _converse(
    track: OutgoingTrack, frames: MemoryObjectReceiveStream[IncomingTrackData]
) -> None:
    # Until the session has ended; then nothing more comes.
    with frames, suppress(anyio.EndOfStream, AgentSessionClosedError):
        await _repeat_all(track, frames)


async def _repeat_all(
    track: OutgoingTrack, frames: MemoryObjectReceiveStream[IncomingTrackData]
) -> None:
    await frames.receive()
    answer = await to_thread.run_sync(speech)
    voices: dict[str, Utterances] = {}
    while True:
        await track.play(answer)
        # What was heard meanwhile may be the agent itself, out of somebody's loudspeakers.
        while frames.statistics().current_buffer_used:
            frames.receive_nowait()
        answer = await _next_utterance(frames, voices)


async def _pass_on(
    session: AgentSession, sender: MemoryObjectSendStream[IncomingTrackData]
) -> None:
    with sender:
        async for message in session.receive():
            # When it is full, what is said while the agent speaks is left out.
            with suppress(anyio.WouldBlock):
                # Images come only to those who ask for them.
                sender.send_nowait(cast("IncomingTrackData", message))


async def _next_utterance(
    frames: MemoryObjectReceiveStream[IncomingTrackData], voices: dict[str, Utterances]
) -> bytes:
    """Return what is said next."""
    utterance: bytes | None = None
    while utterance is None:
        with anyio.move_on_after(PAUSE) as pause:
            frame = await frames.receive()
            utterance = voices.setdefault(frame.peer_id, Utterances()).hear(frame.data)
        if pause.cancelled_caught:
            # A microphone that was turned off sends nothing, not even silence.
            utterance = next(filter(None, [voice.end() for voice in voices.values()]), None)
    return utterance
