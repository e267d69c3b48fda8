"""The last chapter of the demo: a user and a voice agent talk in a room of a local Fishjam."""

from __future__ import annotations

import time
import wave
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread

from fishjam import AsyncFishjamClient, PeerOptions
from fishjam._concurrency.racing import all_of
from fishjam.agent import AgentSession, IncomingTrackData, IncomingTrackImage, OutgoingTrack
from fishjam.cli._demo.narrator import Narrator
from fishjam.emulator import Emulator, VirtualPeer, speech

SAMPLE_RATE = 16000
DELAY = 1.0
"""Seconds after which the agent answers."""
_SENTENCE = "hello, this is Fishjam"
_LISTENED = 0.6
"""Seconds of the answer that the user hears out before she interrupts."""
_SILENCE = 0.2
"""Seconds in which something more could be heard after the interruption."""


async def converse(emulator: Emulator, narrator: Narrator, folder: Path) -> str:
    """Tell the chapter, keep its sound and its picture in a folder, and return the room's id."""
    narrator.chapter("A conversation with a voice agent")
    async with AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        room = await client.create_room()
        try:
            ada, token = await client.create_peer(room.id, PeerOptions(metadata={"name": "Ada"}))
            narrator.know(ada.id, "Ada")
            user = emulator.connect_peer(token)
            agent = await client.create_agent(room.id)
            async with agent.connect() as session:
                await _step(narrator, f"Ada and agent {agent.id} are in room {room.id}")
                await _talk(user, session, narrator, folder)
                await _look(user, session, narrator, folder)
        finally:
            await client.delete_room(room.id)
    return room.id


async def _talk(user: VirtualPeer, session: AgentSession, narrator: Narrator, folder: Path) -> None:
    track = await session.add_track()
    began = time.time()
    length = user.speak(_recorded(folder / "ada.wav"))
    # Not `_step`: she speaks while this is read.
    narrator.line(
        f'   ♪ Ada says "{_SENTENCE}", {length:.1f} s of audio from a WAV file', "magenta"
    )

    async def listen() -> None:
        await user.ahear(_LISTENED)
        later = user.heard[0].time - began
        narrator.sound(f"the agent repeats it, {later:.1f} s after she began")
        # The echo ends with this.
        await track.interrupt()

    await all_of(partial(_echo, session, track), listen)
    await anyio.sleep(_SILENCE)
    heard = sum(piece.duration for piece in user.heard)
    await _step(narrator, f"an interruption: she heard {heard:.2f} s of {length:.1f} s")
    user.save_wav(folder / "agent.wav")


async def _step(narrator: Narrator, text: str) -> None:
    """Report a step in a worker thread, because reading it takes time and audio must go on."""
    await anyio.to_thread.run_sync(narrator.step, text)


async def _echo(session: AgentSession, track: OutgoingTrack) -> None:
    # The interruption leaves the generator half-way. Without this it would be closed only when it
    # is collected, outside of any task.
    async with aclosing(later(session.receive())) as answer:
        await track.play(answer)


async def later(
    heard: AsyncIterable[IncomingTrackData | IncomingTrackImage],
) -> AsyncGenerator[bytes, None]:
    """Give the audio of what an agent hears, all of it a while later."""
    waited = False
    async for message in heard:
        if isinstance(message, IncomingTrackData):
            # Once is enough: what comes meanwhile waits, and stays as late as the first.
            if not waited:
                waited = True
                await anyio.sleep(DELAY)
            yield message.data


async def _look(user: VirtualPeer, session: AgentSession, narrator: Narrator, folder: Path) -> None:
    camera = user.publish_video()
    image = await session.request_image(camera.id)
    seen = f"{image.content_type}, {len(image.data)} bytes"
    await _step(narrator, f"the agent looks through Ada's camera: {seen}")
    (folder / "camera.jpg").write_bytes(image.data)


def _recorded(path: Path) -> Path:
    """Write what the user says as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        # `speech` gives 16-bit samples of one channel.
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(speech(_SENTENCE, SAMPLE_RATE))
    return path
