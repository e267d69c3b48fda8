"""A user of a local Fishjam talks with a model, over the real google-genai and a Live server."""

from __future__ import annotations

import anyio
import pytest
import trustme

from fishjam.emulator import Emulator, tone
from fishjam.integrations.gemini import GeminiIntegration
from tests.integrations.gemini_live import Call
from tests.integrations.gemini_talk import Start, bridged, pass_time, starter
from tests.support.tones import pitch_of, values_of

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_google_environment")]

QUESTION = tone(440, 0.5)
ANSWER = tone(600, 0.5, sample_rate=24000)
FRAME = 640
"""Bytes of 20 ms as the user hears them."""


@pytest.fixture
def anyio_backend() -> str:
    """google-genai knows no other."""
    return "asyncio"


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

    transcript: list[str] = []

    async def answered(text: str) -> None:
        transcript.append(f"model: {text}")

    async with start(model) as talk:
        async with bridged(
            talk,
            on_input_transcript=lambda text: transcript.append(f"user: {text}"),
            on_output_transcript=answered,
            on_turn_complete=lambda: transcript.append("complete"),
        ) as outcome:
            talk.user.speak(QUESTION)
            answer = await talk.user.ahear(0.5)
        assert outcome == ["gemini"]
        assert pitch_of(answer, 16000) == pytest.approx(600, abs=1)
        assert transcript == ["user: How are ", "user: you?", "model: Fine.", "complete"]
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
        assert pitch_of(talk.user.heard_audio(), 16000) == pytest.approx(600, abs=10)


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
                assert pitch_of(answer, 16000) == pytest.approx(pitch, abs=2)
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
            assert pitch_of(heard, 16000) == pytest.approx(600, abs=1)
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
            assert pitch_of(answer, 16000) == pytest.approx(900, abs=3)
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


# RoomAudio


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


async def test_frames_of_tracks_that_change(start: Start) -> None:
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
            camera.show(picture(b"two"))
            assert await talk.news() == ("image/jpeg", picture(b"two"))
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
