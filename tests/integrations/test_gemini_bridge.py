"""A user of a local Fishjam talks with a model, over the real google-genai and a Live server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anyio
import pytest
import trustme
from google.genai.errors import APIError
from google.genai.types import FunctionResponse, LiveServerMessage

from fishjam.agent import (
    AgentBusyError,
    AgentConnectionError,
    AgentTrackRemovedError,
    OutgoingAudioTrackOptions,
)
from fishjam.clock import ManualClock
from fishjam.emulator import Emulator, tone
from fishjam.errors import EventLoopError
from fishjam.events import TrackEncoding
from fishjam.integrations._gemini.model import ModelInput
from fishjam.integrations.gemini import GeminiIntegration, bridge
from tests.emulator.tones import frequency_of, values_of
from tests.integrations.gemini_live import Call
from tests.integrations.gemini_talk import Start, bridged, pass_time, starter

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_google_environment")]

QUESTION = tone(440, 0.5)
ANSWER = tone(600, 0.5, sample_rate=24000)
FRAME = 640
"""Bytes of 20 ms as the user hears them."""


@pytest.fixture
def anyio_backend() -> str:
    """google-genai knows no other."""
    return "asyncio"


@pytest.fixture(scope="module")
def clock() -> ManualClock:
    return ManualClock(1_700_000_000.0)


@pytest.fixture(scope="module")
def still_emulator(clock: ManualClock) -> Iterator[Emulator]:
    with Emulator(clock=clock) as emulator:
        yield emulator


@pytest.fixture
def start(still_emulator: Emulator, clock: ManualClock, authority: trustme.CA) -> Start:
    still_emulator.reset()
    return starter(still_emulator, clock, authority)


# Talking


async def test_a_conversation(start: Start) -> None:
    def model(call: Call) -> None:
        assert call.hear(len(QUESTION)) == QUESTION
        assert call.mime_types == {"audio/pcm;rate=16000"}
        call.content(inputTranscription={"text": "How are "})
        call.content(inputTranscription={"text": "you?", "finished": True})
        call.content(inputTranscription={"finished": True})
        for at in range(0, len(ANSWER), 1000):
            call.say(ANSWER[at : at + 1000])
        call.content(outputTranscription={"text": "Fine."})
        call.end_turn()
        call.close(1000, "that was all")

    said: list[str] = []

    async def answered(text: str) -> None:
        said.append(f"model: {text}")

    async with start(model) as talk:
        async with bridged(
            talk,
            on_input_transcript=lambda text: said.append(f"user: {text}"),
            on_output_transcript=answered,
            on_turn_complete=lambda: said.append("complete"),
        ) as outcome:
            talk.user.speak(QUESTION)
            answer = await talk.user.ahear(0.5)
        assert outcome == ["gemini"]
        assert frequency_of(answer, 16000) == pytest.approx(600, abs=1)
        assert said == ["user: How are ", "user: you?", "model: Fine.", "complete"]
        assert await talk.has_no_tracks()


async def test_a_conversation_in_real_time(
    fishjam_emulator: Emulator, authority: trustme.CA
) -> None:
    def model(call: Call) -> None:
        call.hear(3200)
        call.say(tone(600, 0.1, sample_rate=24000))
        call.end_turn()
        call.close(1000)

    async with starter(fishjam_emulator, None, authority)(model) as talk:
        talk.user.speak(tone(440, 0.1))
        assert await talk.bridge() == "gemini"
        assert frequency_of(talk.user.heard_audio(), 16000) == pytest.approx(600, abs=10)


async def test_turn_after_turn_on_a_track_of_ones_own(start: Start) -> None:
    pitches = (500, 700, 900)

    def model(call: Call) -> None:
        for pitch in pitches:
            call.hear(len(QUESTION))
            call.say(tone(pitch, 0.3, sample_rate=24000))
            call.end_turn()
        call.close(1001)

    async with start(model) as talk:
        track = await talk.session.add_track(GeminiIntegration.GEMINI_OUTPUT_AUDIO_SETTINGS)
        async with bridged(talk, track=track) as outcome:
            for pitch in pitches:
                talk.user.speak(QUESTION)
                answer = await talk.user.ahear(0.3)
                assert frequency_of(answer, 16000) == pytest.approx(pitch, abs=2)
        assert outcome == ["gemini"]
        assert await talk.tracks() == [track.id]


async def test_an_interruption_silences_the_model_at_once(start: Start) -> None:
    def model(call: Call) -> None:
        for _ in range(5):
            call.say(tone(600, 1, sample_rate=24000))
        call.wait()
        call.content(interrupted=True)
        call.content(turnComplete=True)
        call.wait()
        call.say(tone(900, 0.2, sample_rate=24000))
        call.end_turn()
        call.close(1000)

    interrupted = anyio.Event()
    async with start(model) as talk:
        async with bridged(talk, on_interrupted=interrupted.set) as outcome:
            heard = await talk.user.ahear(0.5)
            assert frequency_of(heard, 16000) == pytest.approx(600, abs=1)
            talk.server.go.set()
            await interrupted.wait()
            await talk.settle()
            before = len(talk.user.heard_audio())
            await pass_time(talk, 2)
            assert len(talk.user.heard_audio()) - before <= FRAME
            # What comes after that is heard as ever.
            talk.server.go.set()
            rest = len(talk.user.heard_audio()) - len(heard)
            answer = (await talk.user.ahear(0.2 + rest / 32000))[rest:]
            assert frequency_of(answer, 16000) == pytest.approx(900, abs=3)
        assert outcome == ["gemini"]


async def test_a_turn_that_waits_to_be_played_is_cut_as_well(start: Start) -> None:
    def model(call: Call) -> None:
        for _ in range(3):
            call.say(tone(600, 1, sample_rate=24000))
            call.end_turn()
        call.content(interrupted=True)
        call.close(1000)

    async with start(model) as talk:
        assert await talk.bridge() == "gemini"
        await talk.settle()
        await pass_time(talk, 4)
        assert len(talk.user.heard_audio()) <= FRAME


# Hearing


async def test_people_who_speak_at_the_same_time_are_mixed(start: Start) -> None:
    # Each frame of 20 ms begins alike, so it does not matter when the second one is heard first.
    quiet = tone(500, 0.5, amplitude=0.25)

    def model(call: Call) -> None:
        call.until(lambda: call.stream_ends)
        call.tell(call.heard())
        call.close(1000)

    async with start(model) as talk:
        other = await talk.another_user()
        async with bridged(talk):
            talk.user.speak(quiet)
            other.speak(quiet)
            await talk.user.afinish_speaking()
        heard = values_of(await talk.server.wait())
        assert len(heard) <= len(values_of(quiet)) + FRAME
        assert max(heard) == pytest.approx(2 * max(values_of(quiet)), abs=1)


async def test_only_whom_the_model_is_to_hear(start: Start) -> None:
    def model(call: Call) -> None:
        call.until(lambda: call.stream_ends)
        assert call.heard() == QUESTION
        call.close(1000)

    async with start(model) as talk:
        other = await talk.another_user()
        async with bridged(talk, peer_id=talk.user.id) as outcome:
            other.speak(tone(900, 1))
            talk.user.speak(QUESTION)
            await other.afinish_speaking()
        assert outcome == ["gemini"]


async def test_the_end_of_the_audio_is_told_once_after_a_pause(start: Start) -> None:
    def model(call: Call) -> None:
        for _ in range(2):
            call.hear(2 * len(QUESTION))
            before = call.stream_ends
            assert call.take()
            assert call.stream_ends == before + 1
        call.close(1000)

    async with start(model) as talk:
        async with bridged(talk, audio_stream_end_after=3) as outcome:
            for _ in range(2):
                talk.user.speak(QUESTION)
                await talk.user.afinish_speaking()
                # Shorter than what is a pause here.
                await pass_time(talk, 2)
                talk.user.speak(QUESTION)
                await talk.user.afinish_speaking()
                await pass_time(talk, 10)
        assert outcome == ["gemini"]


async def test_the_end_of_the_audio_need_not_be_told(start: Start) -> None:
    def model(call: Call) -> None:
        call.hear(2 * len(QUESTION))
        assert call.stream_ends == 0
        call.close(1000)

    async with start(model) as talk, bridged(talk, audio_stream_end_after=None):
        talk.user.speak(QUESTION)
        await talk.user.afinish_speaking()
        await pass_time(talk, 10)
        talk.user.speak(QUESTION)
        await talk.user.afinish_speaking()


# Seeing


async def test_frames_at_an_interval(start: Start) -> None:
    def model(call: Call) -> None:
        while call.until(lambda: call.images):
            call.tell(call.images.pop())

    def picture(name: bytes) -> bytes:
        return b"\xff\xd8\xff" + name + b"\xff\xd9"

    async with start(model) as talk:
        camera = talk.user.publish_video(picture(b"one"))
        # A track that gives no picture holds up nobody else.
        shown = ["no-such-track", camera.id]
        async with bridged(talk, image_track_ids=shown, image_interval=2):
            assert await talk.news() == ("image/jpeg", picture(b"one"))
            first = talk.clock.now()
            camera.show(picture(b"two"))
            assert await talk.news() == ("image/jpeg", picture(b"two"))
            assert talk.clock.now() - first == pytest.approx(2, abs=0.2)
            # Which tracks are shown may change.
            other = talk.user.publish_video(picture(b"three"))
            shown[:] = [other.id]
            assert await talk.news() == ("image/jpeg", picture(b"three"))
            await talk.session.disconnect()


async def test_an_image_that_somebody_else_asks_for(start: Start) -> None:
    def model(call: Call) -> None:
        call.until(lambda: call.images)
        call.close(1000)

    async with start(model) as talk:
        camera = talk.user.publish_video()
        async with bridged(talk) as outcome:
            await talk.session.capture_image(camera.id)
        assert outcome == ["gemini"]


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
            await ModelInput(talk.live, 16000).end_audio()
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
        with pytest.raises(TypeError, match="no handler"):
            await talk.bridge(on_message="print")
