"""A program with the published Python SDK's agent, which must run unchanged on both SDKs.

Arguments and output are those of `published_python.py`. Where the SDKs differ on purpose, it asks
for what they have in common: an agent that is sent away hears nothing more, with or without an
error.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

from websockets.exceptions import ConnectionClosed

from fishjam import AgentOptions, AgentOutputOptions
from fishjam.agent import (
    Agent,
    AgentSession,
    IncomingTrackData,
    IncomingTrackImage,
    OutgoingAudioTrackOptions,
)
from fishjam.agent.errors import AgentAuthError, AgentError
from fishjam.events import TrackEncoding, TrackType
from tests.outside.published_tools import Scene, client_of, control, run_parts
from tests.support.tones import frequency_of, longest_silence_of, tone

T = TypeVar("T")
PATIENCE = 10


def check_agents_hear_each_other(scene: Scene) -> None:
    client = client_of(scene)
    room = client.create_room().id
    fine = AgentOptions(output=AgentOutputOptions(audio_sample_rate=24000))
    one, other = client.create_agent(room), client.create_agent(room, fine)

    async def story() -> None:
        async with one.connect() as first, other.connect() as second:
            plain = OutgoingAudioTrackOptions(metadata={"voice": "low"})
            low = await first.add_track(plain)
            encoding = TrackEncoding.TRACK_ENCODING_PCM16
            high = await second.add_track(
                OutgoingAudioTrackOptions(encoding=encoding, sample_rate=24000, channels=2)
            )
            await low.send_chunk(tone(0.5, 16000, 440))
            await high.send_chunk(tone(0.5, 24000, 660, channels=2))
            await heard(first, 660, 16000, other)
            message = await heard(second, 440, 24000, one)
            assert (message.track.id, message.track.metadata) == (low.id, '{"voice":"low"}')
            assert message.track.type == TrackType.TRACK_TYPE_AUDIO

    play(story)


def check_a_user_and_an_agent_talk(scene: Scene) -> None:
    room, token = user_of(scene)
    agent = client_of(scene).create_agent(room)

    async def story() -> None:
        async with agent.connect() as session:
            await remote(scene, "speak_tone", token, 550.0, 0.5)
            await heard(session, 550, 16000)
            track = await session.add_track(OutgoingAudioTrackOptions(sample_rate=24000))
            data = tone(0.5, 24000, 440)
            for start in range(0, len(data), 1000):
                await track.send_chunk(data[start : start + 1000])
            assert abs(await remote(scene, "hear_tone", token, 0.5) - 440) < 1

    play(story)


def check_an_interruption(scene: Scene) -> None:
    room, token = user_of(scene)
    agent = client_of(scene).create_agent(room)

    async def story() -> None:
        async with agent.connect() as session:
            track = await session.add_track(OutgoingAudioTrackOptions())
            await track.send_chunk(tone(60, 16000, 440))
            await remote(scene, "hear_tone", token, 0.1)
            await track.interrupt()
            await track.send_chunk(tone(0.5, 16000, 880))
            # Some was heard before the interruption came, and it has to end sometime.
            while abs(await remote(scene, "hear_tone", token, 0.1) - 880) > 1:
                pass
            assert await remote(scene, "heard_seconds", token) < 5

    play(story)


def check_an_image_is_captured(scene: Scene) -> None:
    room, token = user_of(scene)
    agent = client_of(scene).create_agent(room)
    camera = control(scene, "publish_video", token)

    async def story() -> None:
        async with agent.connect() as session:
            await session.capture_image(camera)
            async for message in session.receive():
                assert isinstance(message, IncomingTrackImage)
                assert (message.track_id, message.content_type) == (camera, "image/jpeg")
                assert message.data.startswith(b"\xff\xd8")
                break

    play(story)


def check_a_bad_token(scene: Scene) -> None:
    assert issubclass(AgentAuthError, AgentError)

    async def story() -> None:
        await refused(Agent("id", "room", "no token", scene["fishjam_id"]), "invalid token")

    play(story)


def check_an_agent_is_there_once(scene: Scene) -> None:
    client = client_of(scene)
    agent = client.create_agent(client.create_room().id)

    async def story() -> None:
        for _ in range(2):
            async with agent.connect() as session:
                await refused(agent, "peer already connected")
                await session.disconnect()

    play(story)


def check_an_agent_is_sent_away(scene: Scene) -> None:
    client = client_of(scene)
    room = client.create_room().id
    agent = client.create_agent(room)

    async def story() -> None:
        async with agent.connect() as session:
            await asyncio.to_thread(client.delete_peer, room, agent.id)
            with suppress(ConnectionClosed):
                async for _ in session.receive():
                    raise AssertionError("there is nobody to be heard")

    play(story)


def user_of(scene: Scene) -> tuple[str, str]:
    """Make a room with a virtual user; return its id and the token of the user."""
    client = client_of(scene)
    room = client.create_room().id
    _, token = client.create_peer(room)
    control(scene, "connect_user", token)
    return room, token


async def refused(agent: Agent, reason: str) -> None:
    """Try to connect, which must fail for that reason."""
    said = ""
    try:
        async with agent.connect():
            pass
    except AgentAuthError as error:
        said = str(error)
    assert reason in said, said


async def heard(
    session: AgentSession, frequency: float, rate: int, speaker: Agent | None = None
) -> Any:
    """Hear 0.4 s of a tone, and return the last message."""
    data = b""
    async for message in session.receive():
        assert isinstance(message, IncomingTrackData)
        assert speaker is None or message.peer_id == speaker.id
        data += message.data
        if len(data) >= rate * 2 * 0.4:
            break
    assert abs(frequency_of(data, rate) - frequency) < 2, frequency_of(data, rate)
    # A resampling filter delays the sound by a millisecond.
    assert longest_silence_of(data) < rate / 500
    return message


async def remote(scene: Scene, name: str, *arguments: Any) -> Any:
    """Do something behind the API's back without blocking the loop."""
    return await asyncio.to_thread(control, scene, name, *arguments)


def play(story: Callable[[], Awaitable[T]]) -> T:
    """Run a story, which may not take long."""

    async def run() -> T:
        return await asyncio.wait_for(story(), PATIENCE)

    return asyncio.run(run())


if __name__ == "__main__":
    sys.exit(run_parts(globals()))
