"""Mistakes with agents: tokens that are no longer good, audio of another form, two at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import Any

import anyio
import pytest

from fishjam import AsyncFishjamClient, errors
from fishjam.agent import Agent, AgentSession, OutgoingAudioTrackOptions
from fishjam.emulator import Emulator, tone
from tests.http.worlds import TOKEN

pytestmark = pytest.mark.anyio

REFUSED = (
    "The server refused the agent: {}. An agent's token is good for 24 hours and one connection at "
    "a time, while its room and its peer exist."
)


@pytest.fixture
async def agent(emulator: Emulator) -> Agent:
    async with AsyncFishjamClient(emulator.fishjam_id, TOKEN) as client:
        room = await client.create_room()
        return await client.create_agent(room.id)


@pytest.fixture
async def session(agent: Agent) -> AsyncIterator[AgentSession]:
    async with agent.connect() as session:
        yield session


async def said(kind: type[BaseException], mistake: Awaitable[Any]) -> str:
    with pytest.raises(kind) as caught:
        await mistake
    assert type(caught.value) is kind
    return str(caught.value)


async def enter(agent: Agent) -> None:
    async with agent.connect():
        """Never comes here."""


async def test_it_is_connected_already(agent: Agent, session: AgentSession) -> None:
    text = await said(errors.AgentAuthError, enter(agent))
    assert text == REFUSED.format("peer already connected")


async def test_its_token_has_expired(emulator: Emulator, agent: Agent) -> None:
    emulator.advance(25 * 3600)
    assert await said(errors.AgentAuthError, enter(agent)) == REFUSED.format("expired token")


async def test_the_token_is_that_of_a_web_peer(emulator: Emulator, agent: Agent) -> None:
    async with AsyncFishjamClient(emulator.fishjam_id, TOKEN) as client:
        peer, token = await client.create_peer(agent.room_id)
    wrong = Agent(peer.id, agent.room_id, token, emulator.fishjam_id)
    text = await said(errors.AgentAuthError, enter(wrong))
    assert text == REFUSED.format("invalid token")
    assert token not in text


async def test_the_audio_has_another_form(session: AgentSession) -> None:
    rate: Any = OutgoingAudioTrackOptions(sample_rate=48000)  # type: ignore[arg-type]
    text = await said(ValueError, session.add_track(rate))
    assert text.startswith("sample_rate=48000: use one of")
    track = await session.add_track()
    for call in (track.send_chunk, track.play):
        assert (await said(ValueError, call(b"abc"))).startswith(
            "3 bytes are no whole number of 16-bit samples in 1 channel(s)"
        )
    floats: Any = [0.1, 0.2]
    assert "audio must be bytes, not list" in await said(TypeError, track.send_chunk(floats))


async def test_two_read_or_play_at_a_time(session: AgentSession) -> None:
    track = await session.add_track()

    async def read() -> None:
        async for _ in session.receive():
            """Nobody says anything."""

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read)
        tasks.start_soon(track.play, tone(440, 60))
        await anyio.wait_all_tasks_blocked()
        assert await said(errors.AgentBusyError, read()) == (
            "Another task is waiting for messages of this session. One task should receive and "
            "hand them on."
        )
        text = await said(errors.AgentBusyError, track.play(tone(440, 1)))
        assert "is playing already: interrupt() it first, or wait" in text
        tasks.cancel_scope.cancel()


async def test_something_is_sent_after_the_end(agent: Agent) -> None:
    async with agent.connect() as session:
        track = await session.add_track()
    for late in (track.send_chunk(b"ab"), session.add_track()):
        assert await said(errors.AgentSessionClosedError, late) == (
            "This agent session was closed on this side, by disconnect() or by leaving its block; "
            "connect again."
        )
