"""A realtime session of the Agents SDK in a room."""

from __future__ import annotations

import importlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
import trio
from agents import function_tool
from agents.realtime import RealtimeAgent, RealtimeRunner, RealtimeSession
from attrs import frozen

import fishjam.integrations.openai
from fishjam.agent import AgentConnectionError
from fishjam.emulator import Emulator, tone
from fishjam.errors import EventLoopError, MissingExtraError
from fishjam.integrations.openai import bridge
from tests.examples.openai_realtime import KEY, RealtimeServer
from tests.openai.rooms import PATIENCE, Meeting, beside, meeting, until
from tests.support.tones import pitch_of

pytestmark = pytest.mark.anyio
QUESTION = tone(440, 0.4) + bytes(32000)


@function_tool
def weather(city: str) -> str:
    """Tell the weather."""
    return f"It rains in {city}."


@frozen
class Answer:
    """An answer of the model that is being spoken."""

    there: Meeting
    session: RealtimeSession
    interrupted: anyio.Event
    outcome: list[Any]
    """What the bridge has returned or raised, once it has ended."""


@asynccontextmanager
async def model(server: RealtimeServer) -> AsyncIterator[RealtimeSession]:
    runner = RealtimeRunner(RealtimeAgent(name="Assistant", tools=[weather]))
    url = server.url.replace("http", "ws") + "/realtime?model=m"
    async with await runner.run(model_config={"url": url, "api_key": KEY}) as session:
        yield session


@asynccontextmanager
async def answering(emulator: Emulator, server: RealtimeServer) -> AsyncIterator[Answer]:
    """Ask the model, which answers for ten seconds, and give what is there when it has begun."""
    server.speech = tone(600, 10, sample_rate=24000)
    interrupted = anyio.Event()
    async with (
        meeting(emulator) as there,
        model(server) as session,
        beside(lambda: bridge(there.session, session, on_interrupted=interrupted.set)) as outcome,
    ):
        there.user.speak(QUESTION)
        await there.user.ahear(0.5, timeout=PATIENCE)
        yield Answer(there, session, interrupted, outcome)


async def test_a_conversation(emulator: Emulator, server: RealtimeServer) -> None:
    server.speech = tone(600, 0.5, sample_rate=24000)
    told: list[str] = []
    events: set[str] = set()
    async with (
        meeting(emulator) as there,
        model(server) as session,
        beside(
            lambda: bridge(
                there.session,
                session,
                on_input_transcript=lambda text: told.append(f"user: {text}"),
                on_output_transcript=told.append,
                on_event=lambda event: events.add(event.type),
            )
        ) as outcome,
    ):
        there.user.speak(QUESTION)
        heard = await there.user.ahear(0.45, timeout=PATIENCE)
        assert pitch_of(heard, 16000) == pytest.approx(600, abs=3)
        await there.close_room()
    assert outcome == ["fishjam"]
    assert told == [f"user: {server.transcript}", "Hello, "]
    assert {"audio", "audio_end", "history_updated"} <= events
    # It heard the question at its own rate.
    utterance = server.utterances[0]
    assert pitch_of(utterance[4800:16800], 24000) == pytest.approx(440, abs=4)


async def test_an_interruption_is_silent_at_once(
    emulator: Emulator, server: RealtimeServer
) -> None:
    async with answering(emulator, server) as answer:
        user = answer.there.user
        user.speak(tone(440, 0.3))
        with anyio.fail_after(PATIENCE):
            await answer.interrupted.wait()
        before = len(user.heard_audio())
        await anyio.sleep(1)
        # Otherwise it would go on for this second; a busy machine takes a part of it.
        assert len(user.heard_audio()) - before <= 32 * 600
        await answer.session.close()
    assert answer.outcome == ["openai"]
    assert server.truncations[0]["audio_end_ms"] < 5000


async def test_what_still_comes_of_an_interrupted_answer_is_not_heard(
    emulator: Emulator, server: RealtimeServer
) -> None:
    async with answering(emulator, server) as answer:
        user = answer.there.user
        (talk,) = server.talks
        (item,) = talk.answers
        await answer.session.interrupt()
        with anyio.fail_after(PATIENCE):
            await answer.interrupted.wait()
        # It was on its way when the model was told.
        talk.say(item, tone(900, 2, sample_rate=24000))
        before = len(user.heard_audio())
        server.speech = tone(440, 1, sample_rate=24000)
        talk.speak()
        await until(lambda: len(user.heard_audio()) > before + 0.9 * 32000)
        heard = user.heard_audio()[before:]
        assert pitch_of(heard, 16000) == pytest.approx(440, abs=3)
        await answer.there.close_room()


async def test_tools_are_called_by_the_sdk(emulator: Emulator, server: RealtimeServer) -> None:
    events: list[Any] = []

    def kinds() -> list[str]:
        return [event.type for event in events]

    async with (
        meeting(emulator) as there,
        model(server) as session,
        beside(lambda: bridge(there.session, session, on_event=events.append)),
    ):
        await until(lambda: server.talks)
        server.talks[0].call_function(name="weather", arguments='{"city": "Krakow"}', call_id="c")
        await until(lambda: "tool_end" in kinds())
        await there.close_room()
    (end,) = [event for event in events if event.type == "tool_end"]
    assert end.output == "It rains in Krakow."


async def test_a_model_that_closes_ends_it(emulator: Emulator, server: RealtimeServer) -> None:
    server.speech = tone(600, 0.3, sample_rate=24000)
    async with meeting(emulator) as there, model(server) as session:
        track = await there.session.add_track()
        async with beside(lambda: bridge(there.session, session, track=track)) as outcome:
            there.user.speak(QUESTION)
            await there.user.ahear(0.2, timeout=PATIENCE)
            server.talks[0].connection.close()
            there.user.speak(tone(440, 0.5))
        assert outcome == ["openai"]


async def test_a_crash_of_the_agent_is_raised(emulator: Emulator, server: RealtimeServer) -> None:
    async with meeting(emulator) as there, model(server) as session:
        async with beside(lambda: bridge(there.session, session)) as outcome:
            agent = there.session.agent
            emulator.crash_peer(agent.room_id, agent.id)
        assert isinstance(outcome[0], AgentConnectionError)


async def test_a_session_that_has_ended_before(emulator: Emulator, server: RealtimeServer) -> None:
    async with meeting(emulator) as there, model(server) as session:
        await there.close_room()
        assert [message async for message in there.session] == []
        assert await bridge(there.session, session) == "fishjam"


async def test_a_function_that_cannot_be_called(emulator: Emulator, server: RealtimeServer) -> None:
    wrong: Any = "print"
    async with meeting(emulator) as there, model(server) as session:
        with pytest.raises(TypeError, match="not a handler"):
            await bridge(there.session, session, on_interrupted=wrong)


async def test_a_track_that_does_not_fit(emulator: Emulator, server: RealtimeServer) -> None:
    async with meeting(emulator) as there, meeting(emulator) as elsewhere, model(server) as session:
        track = await elsewhere.session.add_track()
        with pytest.raises(ValueError, match="another session"):
            await bridge(there.session, session, track=track)


def test_trio_gets_one_clear_error() -> None:
    nothing: Any = None
    with pytest.raises(EventLoopError, match="OpenAI's Agents SDK runs on asyncio alone"):
        trio.run(bridge, nothing, nothing)


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "agents.voice", None)
    with pytest.raises(MissingExtraError, match=r"fishjam-server-sdk\[openai\]"):
        importlib.reload(fishjam.integrations.openai)
