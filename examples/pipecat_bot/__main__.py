"""A bot of Pipecat that needs no key: `python -m examples.pipecat_bot`.

With OPENAI_API_KEY, a hosted model answers in place of the fixed sentences.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import anyio
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    BotStoppedSpeakingFrame,
    EndFrame,
    EndWorkerFrame,
    Frame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    VADUserStartedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.settings import STTSettings, TTSSettings
from pipecat.services.stt_service import SegmentedSTTService
from pipecat.services.tts_service import TTSService
from pipecat.utils.time import time_now_iso8601
from pipecat.workers.runner import WorkerRunner

from examples.local_fishjam import local_fishjam
from examples.voice_agent.recognizer import Recognizer
from examples.voice_agent.skills import GOODBYE, GRAMMAR, OTHERS, TIME_GRAMMAR, Skills
from examples.voice_agent.visitor import listen
from fishjam import AsyncFishjamClient, FishjamNotifier, PeerOptions
from fishjam.emulator import Emulator, EmulatorError, VirtualPeer, speech
from fishjam.integrations.pipecat import FishjamParams, FishjamTransport

RATE = 16000


class LocalSTT(SegmentedSTTService):
    """Speech to text on this machine; put DeepgramSTTService or another one in its place."""

    def __init__(self) -> None:
        super().__init__(sample_rate=RATE, settings=STTSettings(model=None, language=None))
        self._recognizer = Recognizer(GRAMMAR, OTHERS)

    @property
    def wants_wav_segments(self) -> bool:
        """Take bare samples."""
        return False

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Understand one utterance."""
        sentence = await asyncio.to_thread(self._recognizer.recognize, audio)
        print(f"Bot heard: {sentence or '(something else)'}", flush=True)
        if sentence is not None:
            yield TranscriptionFrame(sentence, "", time_now_iso8601())


class Answers(FrameProcessor):
    """Answers sentences that it knows, and is silent when somebody speaks."""

    def __init__(self, skills: Skills) -> None:
        super().__init__()
        self._skills = skills
        self._leaves = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer what was understood."""
        await super().process_frame(frame, direction)
        if isinstance(frame, TranscriptionFrame):
            words = await self._skills.answer(frame.text)
            if words:
                await self.push_frame(TTSSpeakFrame(words))
            self._leaves = frame.text == GOODBYE
            return
        await self.push_frame(frame, direction)
        if isinstance(frame, VADUserStartedSpeakingFrame):
            await self.broadcast_interruption()  # type: ignore[no-untyped-call]
        elif isinstance(frame, BotStoppedSpeakingFrame) and self._leaves:
            # Its last words have been heard.
            await self.push_frame(EndWorkerFrame())


class RecordedTTS(TTSService):
    """Recorded words, and espeak-ng for others; put CartesiaTTSService or another in its place."""

    def __init__(self) -> None:
        settings = TTSSettings(model=None, voice=None, language=None)
        super().__init__(
            sample_rate=RATE, push_start_frame=True, push_stop_frames=True, settings=settings
        )

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Say a sentence."""
        print(f"Bot: {text}", flush=True)
        audio = await asyncio.to_thread(speech, text)
        yield TTSAudioRawFrame(audio, RATE, 1, context_id=context_id)


def brain(skills: Skills) -> tuple[list[FrameProcessor], list[FrameProcessor]]:
    """Return what answers, and what comes after the voice: a hosted model, if there is a key."""
    if "OPENAI_API_KEY" not in os.environ:
        return [Answers(skills)], []
    # The local recogniser knows a few sentences alone: with a hosted model, take a hosted one too.
    settings = OpenAILLMService.Settings(system_instruction="You are in a call. Be brief.")
    model = OpenAILLMService(api_key=os.environ["OPENAI_API_KEY"], settings=settings)
    pair = LLMContextAggregatorPair(LLMContext())
    return [pair.user(), model], [pair.assistant()]


async def talk(client: AsyncFishjamClient, room_id: str, **events: Any) -> None:
    """Take part in a room until somebody says goodbye, everybody has left, or it is deleted."""
    agent = await client.create_agent(room_id)
    transport = FishjamTransport(
        agent,
        # One recogniser understands one voice at a time, so all people are mixed.
        FishjamParams(audio_in_enabled=True, audio_out_enabled=True, audio_in_user_tracks=False),
        client=client,
        notifier=FishjamNotifier.from_env(),
    )
    answers, after = brain(Skills(client, room_id))
    pipeline = Pipeline(
        [
            transport.input(),
            VADProcessor(vad_analyzer=SileroVADAnalyzer(sample_rate=RATE)),
            LocalSTT(),
            *answers,
            RecordedTTS(),
            transport.output(),
            *after,
        ]
    )
    params = PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE)
    worker = PipelineWorker(pipeline, params=params)

    async def end(transport: FishjamTransport, participant_id: str, reason: str) -> None:
        if not transport.get_participants():
            await worker.queue_frame(EndFrame())

    for name, handler in {"on_participant_left": end, **events}.items():
        transport.add_event_handler(name, handler)
    runner = WorkerRunner()
    await runner.add_workers(worker)
    await runner.run()


async def visit(emulator: Emulator, token: str) -> None:
    """Let a virtual Ada come into the room, and have a short conversation until it is closed."""
    ada = emulator.connect_peer(token)
    # A hosted model may say less than is expected here.
    with suppress(EmulatorError, TimeoutError):
        await say(ada, "what time is it")
        print(f"Ada heard: {Recognizer(TIME_GRAMMAR).recognize(await listen(ada))}", flush=True)
        await say(ada, "please count to twenty")
        await ada.ahear(1.5, timeout=10)
        await say(ada, "thank you very much")
        # The rest of the numbers, which ends at once, and the answer.
        await listen(ada, quiet=5)
        await say(ada, "goodbye for now")
        await listen(ada)
    ada.leave()
    ada.save_wav("answers.wav")
    print("All that Ada heard is in answers.wav.", flush=True)


async def say(ada: VirtualPeer, words: str) -> None:
    """Let Ada say something; a microphone goes on afterwards, so silence follows."""
    print(f"Ada: {words}", flush=True)
    ada.speak(speech(words) + bytes(2 * RATE))
    await ada.afinish_speaking()


async def main(emulator: Emulator | None) -> None:
    """Let the bot talk with Ada: a virtual one, or you."""
    async with AsyncFishjamClient.from_env() as client, anyio.create_task_group() as tasks:
        room = await client.create_room()
        _, token = await client.create_peer(room.id, PeerOptions(metadata={"name": "Ada"}))

        async def begin(transport: FishjamTransport) -> None:
            if emulator is None:
                print(f"Join the room {room.id} with this token:\n  {token}", flush=True)
            else:
                tasks.start_soon(visit, emulator, token)

        try:
            await talk(client, room.id, on_connected=begin)
        finally:
            # Ctrl+C cancels everything in here; the room is deleted all the same.
            with anyio.CancelScope(shield=True):
                await client.delete_room(room.id)


if __name__ == "__main__":
    logger.disable("pipecat")
    logger.disable("fishjam")
    with local_fishjam() as emulator, suppress(KeyboardInterrupt):
        asyncio.run(main(emulator))
