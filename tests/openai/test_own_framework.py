"""The guide's program for LiveKit Agents, unmodified, whose packages agree with these."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from attrs import define, field
from livekit import rtc
from livekit.agents import APIConnectOptions, llm, stt, tts

from examples.meeting import is_agent_there
from fishjam import AsyncFishjamClient
from fishjam.emulator import Emulator, VirtualPeer, speech, tone
from tests.docs.markdown import blocks_of
from tests.openai.rooms import PATIENCE, beside, until
from tests.support.tones import pitch_of

pytestmark = [
    pytest.mark.anyio,
    # Its own code and that of its libraries (seen in 1.8).
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
PAGE = Path(__file__).parents[2] / "docs/how-to/own-framework.md"
SAYS = 24000


class Ear(stt.STT[Any]):
    """Understands the same in whatever LiveKit's detector takes for speech."""

    def __init__(self) -> None:
        capabilities = stt.STTCapabilities(streaming=False, interim_results=False)
        super().__init__(capabilities=capabilities)
        self.heard: list[rtc.AudioFrame] = []

    async def _recognize_impl(self, buffer: Any, **options: Any) -> stt.SpeechEvent:
        self.heard.append(rtc.combine_audio_frames(buffer))
        data: Any = stt.SpeechData(language="en", text="what time is it")  # type: ignore[arg-type]
        return stt.SpeechEvent(stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[data])


class Model(llm.LLM[Any]):
    def chat(self, **options: Any) -> llm.LLMStream:
        return Thought(
            self, tools=[], conn_options=APIConnectOptions(), chat_ctx=options["chat_ctx"]
        )


class Thought(llm.LLMStream):
    async def _run(self) -> None:
        delta = llm.ChoiceDelta(role="assistant", content="It is noon.")
        self._event_ch.send_nowait(llm.ChatChunk(id="answer", delta=delta))


class Mouth(tts.TTS[Any]):
    def __init__(self, seconds: float) -> None:
        capabilities = tts.TTSCapabilities(streaming=False)
        super().__init__(capabilities=capabilities, sample_rate=SAYS, num_channels=1)
        self.audio = tone(600, seconds, sample_rate=SAYS)

    def synthesize(self, text: str, **options: Any) -> tts.ChunkedStream:
        return Voice(tts=self, input_text=text, conn_options=APIConnectOptions())


class Voice(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id="answer", sample_rate=SAYS, num_channels=1, mime_type="audio/pcm"
        )
        output_emitter.push(self._tts.audio)  # type: ignore[attr-defined]


@define
class Assistant:
    """The guide's program in a room, with models that the test plays."""

    emulator: Emulator
    client: AsyncFishjamClient
    room_id: str
    user: VirtualPeer
    assist: Callable[..., Any]
    ear: Ear = field(factory=Ear)

    async def run(self, answer_seconds: float) -> None:
        await self.assist(self.room_id, self.ear, Model(), Mouth(answer_seconds))


@pytest.fixture
async def assistant(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Assistant]:
    monkeypatch.setenv("FISHJAM_ID", emulator.fishjam_id)
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", emulator.management_token)
    for block in blocks_of(PAGE):
        module = ModuleType(str(block.caption).removesuffix(".py"))
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(compile(block.text, str(PAGE), "exec", dont_inherit=True), vars(module))  # noqa: S102
    async with AsyncFishjamClient.from_env() as client:
        room = await client.create_room()
        _, token = await client.create_peer(room.id)
        user = emulator.connect_peer(token)
        yield Assistant(emulator, client, room.id, user, sys.modules["assistant"].assist)


async def ask(assistant: Assistant) -> None:
    """Ask when the assistant hears it, and go on with silence, as microphones do."""
    await until(lambda: any(map(is_agent_there, assistant.emulator.notifications)))
    assistant.user.speak(speech("what time is it") + bytes(4 * 16000))


async def test_a_conversation(assistant: Assistant) -> None:
    async with beside(lambda: assistant.run(1.0)) as outcome:
        await ask(assistant)
        heard = await assistant.user.ahear(0.8, timeout=PATIENCE)
        assert pitch_of(heard, 16000) == pytest.approx(600, abs=4)
        await assistant.client.delete_room(assistant.room_id)
    assert outcome == [None]
    assert sum(frame.duration for frame in assistant.ear.heard) >= 0.5


async def test_an_interruption(assistant: Assistant) -> None:
    async with beside(lambda: assistant.run(20.0)) as outcome:
        await ask(assistant)
        await assistant.user.ahear(0.5, timeout=PATIENCE)
        words = speech("thank you very much")
        assistant.user.speak(words + words)
        await until(lambda: time.time() - assistant.user.heard[-1].end > 1)
        assert len(assistant.user.heard_audio()) < 10 * 32000
        await assistant.client.delete_room(assistant.room_id)
    assert outcome == [None]
