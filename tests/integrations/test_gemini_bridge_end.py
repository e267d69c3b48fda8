"""How a bridge to a model ends, and what it refuses before it begins."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from google.genai.errors import APIError
from google.genai.types import FunctionResponse, LiveServerMessage

from fishjam.agent import (
    AgentBusyError,
    AgentConnectionError,
    AgentTrackRemovedError,
    OutgoingAudioTrackOptions,
)
from fishjam.emulator import tone
from fishjam.errors import CallbackCancelledError, EventLoopError
from fishjam.events import TrackEncoding
from fishjam.integrations.gemini import GeminiIntegration, bridge
from fishjam.integrations.gemini._live_input import LiveInput
from tests.integrations.gemini_live import Call
from tests.integrations.gemini_talk import Start, bridged, pass_time
from tests.support.cancelled import NEEDS_COUNTING, wait_for_something_cancelled

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_google_environment")]

QUESTION = tone(440, 0.5)
ANSWER = tone(600, 0.5, sample_rate=24000)


@pytest.fixture
def anyio_backend() -> str:
    """google-genai knows no other."""
    return "asyncio"


# The end


async def test_the_room_ends_it(start: Start) -> None:
    async with start(Call.until_closed) as talk, bridged(talk) as outcome:
        await talk.spoken()
        await talk.client.delete_room(talk.agent.room_id)
    assert outcome == ["fishjam"]


async def test_this_side_ends_it(start: Start) -> None:
    def model(call: Call) -> None:
        call.content(outputTranscription={"text": "Goodbye."})

    async with start(model) as talk:
        async with bridged(
            talk, on_output_transcript=lambda _: talk.session.disconnect()
        ) as outcome:
            pass
        assert outcome == ["fishjam"]


async def test_a_crash_of_the_agent_is_raised(start: Start) -> None:
    async with start(Call.until_closed) as talk, bridged(talk) as outcome:
        await talk.spoken()
        talk.emulator.crash_peer(talk.agent.room_id, talk.agent.id)
    (error,) = outcome
    assert isinstance(error, AgentConnectionError)


async def test_to_send_to_a_model_that_has_closed_is_no_error(start: Start) -> None:
    async with start(lambda call: call.close(1011)) as talk:
        with pytest.raises(APIError):
            await talk.bridge()
        # Whoever reads knows better why it has closed.
        with anyio.move_on_after(0.02) as scope:
            await LiveInput(talk.live, 16000).end_audio()
        assert scope.cancelled_caught


@pytest.mark.parametrize("code", [1006, 1008, 1011])
async def test_an_error_of_the_model_is_raised(start: Start, code: int) -> None:
    def model(call: Call) -> None:
        call.say(ANSWER)
        if code == 1006:
            call.break_off()
        else:
            call.close(code, "quota")

    async with start(model) as talk:
        # Sending fails too, and says less about the reason.
        talk.user.speak(QUESTION)
        with pytest.raises(APIError) as caught:
            await talk.bridge()
        assert caught.value.code == code
        assert await talk.has_no_tracks()


async def test_the_model_has_to_go_and_another_goes_on(start: Start) -> None:
    def model(call: Call) -> None:
        resumed = call.setup["sessionResumption"].get("handle")
        if resumed is None:
            call.send(sessionResumptionUpdate={"newHandle": "h-1", "resumable": True})
            call.send(goAway={"timeLeft": "50s"})
        else:
            call.hear(3200)
            call.tell(resumed)
            call.close(1000)

    handles: list[str] = []

    def keep_handle(message: LiveServerMessage) -> None:
        update = message.session_resumption_update
        if update is not None and update.new_handle is not None:
            handles.append(update.new_handle)

    async with start(model, session_resumption={}) as talk:
        assert await talk.bridge(on_message=keep_handle) == "go_away"
        # What is said meanwhile is not lost.
        await talk.spoken()
        config: Any = {"session_resumption": {"handle": handles[-1]}}
        async with talk.gemini.aio.live.connect(model="gemini", config=config) as talk.live:
            assert await talk.bridge() == "gemini"
        assert await talk.server.wait() == "h-1"


async def test_the_model_has_to_go_but_finishes_its_turn(start: Start) -> None:
    def model(call: Call) -> None:
        call.say(ANSWER)
        call.send(goAway={"timeLeft": "50s"})
        call.say(ANSWER)
        call.end_turn()

    async with start(model) as talk:
        async with bridged(talk) as outcome:
            await talk.user.ahear(1)
        assert outcome == ["go_away"]


async def test_the_model_has_to_go_and_goes(start: Start) -> None:
    def model(call: Call) -> None:
        call.say(ANSWER)
        call.send(goAway={})
        call.close(1011, "deadline")

    async with start(model) as talk:
        async with bridged(talk) as outcome:
            await talk.user.ahear(0.5)
        assert outcome == ["go_away"]


async def test_the_room_ends_while_the_last_words_are_played(start: Start) -> None:
    def model(call: Call) -> None:
        call.say(10 * ANSWER)
        call.end_turn()
        call.close(1000)
        call.tell("closed")

    async with start(model) as talk:
        async with bridged(talk) as outcome:
            await talk.user.ahear(0.5)
            await talk.server.wait()
            await talk.client.delete_room(talk.agent.room_id)
        assert outcome == ["gemini"]


async def test_a_session_that_has_ended_before(start: Start) -> None:
    async with start(Call.until_closed) as talk:
        await talk.session.disconnect()
        assert await talk.bridge() == "fishjam"


async def test_the_track_is_taken_away(start: Start) -> None:
    def model(call: Call) -> None:
        call.wait()
        call.say(ANSWER)

    async with start(model) as talk:
        track = await talk.session.add_track(GeminiIntegration.GEMINI_OUTPUT_AUDIO_SETTINGS)
        async with bridged(talk, track=track) as outcome:
            await track.remove()
            talk.server.go.set()
        assert isinstance(outcome[0], AgentTrackRemovedError)


async def test_somebody_else_receives_already(start: Start) -> None:
    async with start(Call.until_closed) as talk, bridged(talk) as outcome:
        await talk.spoken()
        async with talk.gemini.aio.live.connect(model="gemini") as talk.live:
            with pytest.raises(AgentBusyError):
                await talk.bridge()
        await talk.session.disconnect()
    assert outcome == ["fishjam"]


@pytest.mark.parametrize("name", ["on_message", "on_output_transcript"])
async def test_an_error_of_a_callback_is_raised(start: Start, name: str) -> None:
    def model(call: Call) -> None:
        call.content(outputTranscription={"text": "What?"})

    async def fail(_: object) -> None:
        raise LookupError("callback")

    async with start(model) as talk:
        with pytest.raises(LookupError, match="callback"):
            await talk.bridge(**{name: fail})
        assert await talk.has_no_tracks()


@NEEDS_COUNTING
async def test_a_callback_that_is_cancelled_from_inside_ends_it_with_an_error(
    start: Start,
) -> None:
    def model(call: Call) -> None:
        call.content(outputTranscription={"text": "What?"})

    async with start(model) as talk:
        with pytest.raises(CallbackCancelledError, match="wait_for_something_cancelled"):
            await talk.bridge(on_output_transcript=wait_for_something_cancelled)
        assert await talk.has_no_tracks()


async def test_a_cancellation_ends_it(start: Start) -> None:
    async with start(Call.until_closed) as talk:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(talk.bridge)
            await talk.spoken()
            assert len(await talk.tracks()) == 1
            tasks.cancel_scope.cancel()
        assert await talk.has_no_tracks()
        assert not talk.session.closed


async def test_everything_the_model_sends_can_be_seen(start: Start) -> None:
    blob = {"mimeType": "image/png", "data": ""}
    parts: list[Any] = [{"text": "Let me think."}, {"inlineData": blob}, {"inlineData": {}}]

    def model(call: Call) -> None:
        call.send(toolCall={"functionCalls": [{"id": "1", "name": "time", "args": {}}]})
        response = call.read()
        assert response is not None
        call.content(modelTurn={"parts": parts})
        call.content(modelTurn={})
        call.close(1000)

    kinds: list[str] = []

    async def see(message: Any) -> None:
        kinds.extend(message.model_dump(exclude_none=True))
        if message.tool_call:
            answer = FunctionResponse(id="1", name="time", response={"now": "noon"})
            await talk.live.send_tool_response(function_responses=answer)

    async with start(model) as talk:
        assert await talk.bridge(on_message=see) == "gemini"
        assert kinds == ["tool_call", "server_content", "server_content"]
        await pass_time(talk, 1)
        assert talk.user.heard == []


# What is refused before anything happens


def test_trio_is_refused() -> None:
    async def run() -> None:
        nothing: Any = None
        await bridge(nothing, nothing)

    with pytest.raises(EventLoopError, match=r"bridge\(\) cannot run under trio"):
        anyio.run(run, backend="trio")


@pytest.mark.parametrize(
    "options",
    [
        OutgoingAudioTrackOptions(sample_rate=16000),
        OutgoingAudioTrackOptions(sample_rate=24000, channels=2),
        OutgoingAudioTrackOptions(sample_rate=24000, encoding=TrackEncoding.OPUS),
    ],
)
async def test_a_track_of_another_format(start: Start, options: OutgoingAudioTrackOptions) -> None:
    async with start(Call.until_closed) as talk:
        track = await talk.session.add_track(options)
        with pytest.raises(ValueError, match="GEMINI_OUTPUT_AUDIO_SETTINGS"):
            await talk.bridge(track=track)


async def test_arguments_that_do_not_fit(start: Start) -> None:
    async with start(Call.until_closed) as talk:
        other: Any = object()
        track = await talk.session.add_track(GeminiIntegration.GEMINI_OUTPUT_AUDIO_SETTINGS)
        with pytest.raises(ValueError, match="another session"):
            await bridge(other, talk.live, track=track)
        with pytest.raises(ValueError, match=r"image_interval=0\.5.* at least 1"):
            await talk.bridge(image_interval=0.5)
        with pytest.raises(TypeError, match="not a handler"):
            await talk.bridge(on_message="print")
