"""Whole conversations of a user with an agent of `fishjam.agent`, in a few lines."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
import pytest

from fishjam.agent import AgentSession, IncomingTrackData, OutgoingAudioTrackOptions
from fishjam.clock import ManualClock
from fishjam.emulator import tone
from tests.emulator.virtual.conftest import Scene
from tests.emulator.virtual.sound import silences
from tests.support.tones import frequency_of

pytestmark = pytest.mark.anyio
SECOND = 32000


@asynccontextmanager
async def agent_in(
    scene: Scene, behave: Callable[[AgentSession], Coroutine[Any, Any, None]], **options: Any
) -> AsyncIterator[None]:
    """Let an agent take part that behaves in some way."""
    agent = await anyio.to_thread.run_sync(scene.client.create_agent, scene.room_id)
    async with agent.connect(**options) as session, anyio.create_task_group() as tasks:
        tasks.start_soon(behave, session)
        yield
        tasks.cancel_scope.cancel()


async def repeat(session: AgentSession, seconds: float = 1) -> None:
    """Listen for a second, then say the same, again and again."""
    track = await session.add_track()
    audio = b""
    async for message in session.receive():
        assert isinstance(message, IncomingTrackData)
        audio += message.data
        if len(audio) == seconds * SECOND:
            await track.play(audio)
            audio = b""


async def test_a_conversation_in_real_time(live_scene: Scene) -> None:
    begin = time.monotonic()
    async with agent_in(live_scene, partial(repeat, seconds=0.2)):
        user = await live_scene.ajoin({"name": "Ada"})
        user.speak(tone(440, seconds=0.2))
        answer = await user.ahear(0.2)
    assert answer == tone(440, seconds=0.2)
    # None on an idle machine; on a busy one the agent may be held up.
    assert max(map(abs, silences(user.heard))) < 5
    assert time.monotonic() - begin > 0.35


@pytest.mark.once
@pytest.mark.usefixtures("patient")
async def test_a_conversation_in_no_time(scene: Scene, clock: ManualClock) -> None:
    start, begin = clock.now(), time.monotonic()
    async with agent_in(scene, repeat, clock=clock):
        user = await scene.ajoin({"name": "Ada"})
        for frequency in (440, 550, 660):
            user.speak(tone(frequency, seconds=1))
            answer = await user.ahear(1.0)
            assert frequency_of(answer, 16000) == pytest.approx(frequency, abs=1)
    assert max(map(abs, silences(user.heard[:50]))) < 1e-5
    assert clock.now() - start == pytest.approx(6, abs=0.5)
    assert time.monotonic() - begin < 30


@pytest.mark.once
@pytest.mark.usefixtures("patient")
async def test_an_agent_that_waits_before_it_answers(scene: Scene, clock: ManualClock) -> None:
    async def think(session: AgentSession) -> None:
        track = await session.add_track(OutgoingAudioTrackOptions(sample_rate=24000))
        async for _ in session.receive():
            break
        await clock.sleep_until(clock.now() + 1)
        await track.play(tone(440, 1, sample_rate=24000))

    async with agent_in(scene, think, clock=clock):
        user, start = await scene.ajoin(), clock.now()
        user.speak(tone(880, seconds=0.02))
        answer = await user.ahear(1.0)
    assert frequency_of(answer, 16000) == pytest.approx(440, abs=1)
    # Through a silence the clock moves on while the agent wakes up and begins.
    assert 1 <= user.heard[0].time - start < 30
    assert max(map(abs, silences(user.heard))) < 1e-5


async def test_an_interruption_cuts_the_agent_off(scene: Scene, clock: ManualClock) -> None:
    async def talk(session: AgentSession) -> None:
        track = await session.add_track()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(track.play, bytes(10 * SECOND))
            async for _ in session.receive():
                await track.interrupt()
                break

    async with agent_in(scene, talk, clock=clock):
        user = await scene.ajoin()
        await user.ahear(0.5)
        user.speak(tone(440, 0.02))
        with pytest.raises(TimeoutError, match=r"heard 0\.\d+ s of 5 s within 2 s"):
            await user.ahear(5, timeout=2)
