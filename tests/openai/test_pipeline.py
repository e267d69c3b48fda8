"""A voice pipeline of the Agents SDK in a room, with models that the test plays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anyio
import numpy as np
import pytest
from agents.voice import (
    OpenAIVoiceModelProvider,
    StreamedAudioInput,
    StreamedTranscriptionSession,
    STTModel,
    STTModelSettings,
    TTSModel,
    TTSModelSettings,
    VoicePipeline,
    VoicePipelineConfig,
    VoiceWorkflowBase,
)
from openai import AsyncOpenAI

from fishjam.emulator import Emulator, tone
from fishjam.integrations.openai import bridge_pipeline
from tests.examples.openai_realtime import KEY, RealtimeServer
from tests.openai.rooms import PATIENCE, beside, meeting
from tests.support.openai_http import openai_server
from tests.support.tones import pitch_of

pytestmark = pytest.mark.anyio
QUESTION = tone(440, 0.5)


class Transcription(StreamedTranscriptionSession):
    """Takes every so many samples for a turn."""

    def __init__(self, audio: StreamedAudioInput, heard: list[bytes], once: bool) -> None:
        self._once = once
        self._audio = audio
        self._heard = heard

    async def transcribe_turns(self) -> AsyncIterator[str]:
        size = 0
        while True:
            piece = await self._audio.queue.get()
            assert piece is not None
            self._heard.append(piece.tobytes())
            size += len(piece)
            if size >= 0.4 * 24000:
                size = 0
                yield "hello"
                if self._once:
                    return

    async def close(self) -> None:
        pass


class Ear(STTModel):
    def __init__(self, once: bool = False) -> None:
        self._once = once
        self.heard: list[bytes] = []

    @property
    def model_name(self) -> str:
        return "ear"

    async def transcribe(self, *arguments: Any) -> str:
        raise NotImplementedError

    async def create_session(
        self, audio: StreamedAudioInput, *arguments: Any
    ) -> StreamedTranscriptionSession:
        return Transcription(audio, self.heard, self._once)


class Mouth(TTSModel):
    def __init__(self, seconds: float, pieces: int = 1, gap: float = 0.0) -> None:
        self._audio = tone(600, seconds / pieces, sample_rate=24000)
        self._pieces = pieces
        self._gap = gap

    @property
    def model_name(self) -> str:
        return "mouth"

    async def run(self, text: str, settings: TTSModelSettings) -> AsyncIterator[bytes]:
        for _ in range(self._pieces):
            yield self._audio
            await anyio.sleep(self._gap)


class Workflow(VoiceWorkflowBase):
    """Answers so often, and then fails or ends."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    async def run(self, transcription: str) -> AsyncIterator[str]:
        if self._error is not None:
            raise self._error
        yield f"You said {transcription}."


def pipeline(
    ear: Ear, mouth: Mouth, error: Exception | None = None, dtype: Any = np.int16
) -> VoicePipeline:
    config = VoicePipelineConfig(
        tracing_disabled=True, tts_settings=TTSModelSettings(dtype=dtype, buffer_size=4)
    )
    return VoicePipeline(workflow=Workflow(error), stt_model=ear, tts_model=mouth, config=config)


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
async def test_a_conversation(emulator: Emulator, dtype: Any) -> None:
    ear = Ear()
    events: set[str] = set()
    async with meeting(emulator) as there:
        voice = pipeline(ear, Mouth(0.5), dtype=dtype)
        async with beside(
            lambda: bridge_pipeline(
                there.session, voice, on_event=lambda event: events.add(event.type)
            )
        ) as outcome:
            there.user.speak(QUESTION)
            heard = await there.user.ahear(0.4, timeout=PATIENCE)
            assert pitch_of(heard, 16000) == pytest.approx(600, abs=4)
            await there.close_room()
    assert outcome == ["fishjam"]
    assert pitch_of(b"".join(ear.heard)[4800:], 24000) == pytest.approx(440, abs=4)
    assert events == {"voice_stream_event_audio", "voice_stream_event_lifecycle"}


async def test_an_interruption_is_silent_at_once(emulator: Emulator) -> None:
    interrupted = anyio.Event()
    async with meeting(emulator) as there:
        voice = pipeline(Ear(), Mouth(20, pieces=100, gap=0.05))
        async with beside(
            lambda: bridge_pipeline(
                there.session, voice, interrupt_after=0.2, on_interrupted=interrupted.set
            )
        ):
            there.user.speak(QUESTION)
            await there.user.ahear(0.6, timeout=PATIENCE)
            there.user.speak(tone(440, 0.35))
            with anyio.fail_after(PATIENCE):
                await interrupted.wait()
            before = len(there.user.heard_audio())
            await anyio.sleep(1)
            # Otherwise it would go on for this second; a busy machine takes a part of it.
            assert len(there.user.heard_audio()) - before <= 32 * 600
            await there.close_room()


async def test_nobody_interrupts_a_bot_that_is_not_to_be(emulator: Emulator) -> None:
    async with meeting(emulator) as there:
        voice = pipeline(Ear(), Mouth(1.5))
        async with beside(
            lambda: bridge_pipeline(there.session, voice, interrupt_after=None)
        ) as outcome:
            there.user.speak(QUESTION + QUESTION)
            await there.user.ahear(1.4, timeout=PATIENCE)
            await there.close_room()
    assert outcome == ["fishjam"]


async def test_a_pipeline_that_ends(emulator: Emulator) -> None:
    async with meeting(emulator) as there:
        voice = pipeline(Ear(once=True), Mouth(0.3))
        async with beside(lambda: bridge_pipeline(there.session, voice)) as outcome:
            there.user.speak(QUESTION)
        assert outcome == ["openai"]
        assert len(there.user.heard_audio()) >= 0.25 * 32000


async def test_an_error_of_the_workflow_is_raised(emulator: Emulator) -> None:
    async with meeting(emulator) as there:
        voice = pipeline(Ear(), Mouth(0.1), LookupError("no answer"))
        async with beside(lambda: bridge_pipeline(there.session, voice)) as outcome:
            there.user.speak(QUESTION)
    assert isinstance(outcome[0], LookupError)


async def test_a_function_that_cannot_be_called(emulator: Emulator) -> None:
    wrong: Any = "print"
    async with meeting(emulator) as there:
        with pytest.raises(TypeError, match="not a handler"):
            await bridge_pipeline(there.session, pipeline(Ear(), Mouth(1)), on_event=wrong)


async def test_the_models_of_openai(emulator: Emulator, server: RealtimeServer) -> None:
    """The SDK's own transcription and speech, over its own client, with local servers."""
    with openai_server() as http:
        http.speech = tone(600, 0.5, sample_rate=24000)
        http.key = KEY
        client = AsyncOpenAI(
            api_key=KEY,
            base_url=http.url,
            websocket_base_url=server.url.replace("http", "ws"),
        )
        config = VoicePipelineConfig(
            tracing_disabled=True,
            model_provider=OpenAIVoiceModelProvider(openai_client=client),
            stt_settings=STTModelSettings(turn_detection={"type": "server_vad"}),
        )
        voice = VoicePipeline(workflow=Workflow(), config=config)
        async with (
            client,
            meeting(emulator) as there,
            beside(lambda: bridge_pipeline(there.session, voice)) as outcome,
        ):
            there.user.speak(QUESTION + bytes(32000))
            heard = await there.user.ahear(0.4, timeout=PATIENCE)
            assert pitch_of(heard, 16000) == pytest.approx(600, abs=4)
            await there.close_room()
    assert outcome == ["fishjam"]
    assert [body["input"] for body in http.spoken] == [f"You said {server.transcript}."]
    assert server.sessions[0]["type"] == "transcription"
    assert pitch_of(server.utterances[0][4800:16800], 24000) == pytest.approx(440, abs=4)
