"""The same bot over two transports: how long what it hears and says is on its way."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from attrs import define
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    TextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)
from pipecat.frames.protobufs.frames_pb2 import Frame as Message  # type: ignore[attr-defined]
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.serializers.protobuf import ProtobufFrameSerializer
from pipecat.transports.websocket.server import (
    SingleClientWebsocketServerParams,
    SingleClientWebsocketServerTransport,
)
from pipecat.utils.time import time_now_iso8601
from pipecat.workers.runner import WorkerRunner
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from fishjam.emulator import Emulator, VirtualPeer, tone
from fishjam.integrations.bridge._room_audio import is_loud
from tests.pipecat.bots import place, running, until

RATE = 16000
FRAME = RATE // 50 * 2
"""The bytes of 20 ms."""
QUESTION = tone(440, 0.5)
SILENCE = bytes(FRAME * 20)
ANSWER = tone(600, 0.3, sample_rate=24000)


@define
class Answer:
    """When what happened to one question and its answer, in Unix seconds.

    Attributes:
        asked: the last 20 ms of the question leave the user.
        heard: they are in the pipeline.
        answered: the answer leaves the pipeline.
        sounded: its first samples reach the user.
    """

    asked: float = 0.0
    heard: float = 0.0
    answered: float = 0.0
    sounded: float = 0.0

    @property
    def to_pipeline(self) -> float:
        """The seconds that the question was on its way."""
        return self.heard - self.asked

    @property
    def from_pipeline(self) -> float:
        """The seconds that the answer was on its way."""
        return self.sounded - self.answered

    @property
    def added(self) -> float:
        """The seconds that a transport without any delay would have spared."""
        return self.to_pipeline + self.from_pipeline


class Ear(FrameProcessor):
    """Stands for speech to text: it knows how long a question is."""

    def __init__(self, answers: list[Answer]) -> None:
        super().__init__()
        self._answers = answers
        self._size = 0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Transcribe a question when it is complete."""
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame) and is_loud(frame.audio):
            self._size += len(frame.audio)
            if self._size >= len(QUESTION):
                self._size = 0
                self._answers.append(Answer(heard=time.time()))
                await self.push_frame(TranscriptionFrame("a question", "", time_now_iso8601()))
        await self.push_frame(frame, direction)


class Model(FrameProcessor):
    """Stands for a language model: it thinks for a moment."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer a question."""
        await super().process_frame(frame, direction)
        if isinstance(frame, TranscriptionFrame):
            # Not always the same, so that the answer meets any moment between two frames.
            await asyncio.sleep(random.uniform(0.02, 0.06))  # noqa: S311 - no secret
            await self.push_frame(TextFrame("an answer"))
        else:
            await self.push_frame(frame, direction)


class Mouth(FrameProcessor):
    """Stands for text to speech."""

    def __init__(self, answers: list[Answer]) -> None:
        super().__init__()
        self._answers = answers

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Say an answer."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, TextFrame):
            await self.push_frame(frame, direction)
            return
        await self.push_frame(TTSStartedFrame())
        self._answers[-1].answered = time.time()
        await self.push_frame(TTSAudioRawFrame(ANSWER, 24000, 1))
        await self.push_frame(TTSStoppedFrame())


def bot(answers: list[Answer]) -> tuple[FrameProcessor, ...]:
    """Return what is between the two halves of a transport."""
    return Ear(answers), Model(), Mouth(answers)


async def over_fishjam(rounds: int) -> list[Answer]:
    """Ask a bot in a room so often; a virtual user does, and another one tells when."""
    answers: list[Answer] = []
    with Emulator() as emulator:
        async with place(emulator) as there, running(there.transport(), *bot(answers)):
            witness = await there.another_user()

            async def ask() -> tuple[float, float]:
                before = time.time()
                there.user.speak(QUESTION + SILENCE)
                await there.user.afinish_speaking()
                asked = (await heard(witness, there.user.id, before))[-1]
                return asked, (await heard(there.user, there.agent.id, asked))[0]

            await ask_often(ask, answers, rounds)
    return answers


async def heard(listener: VirtualPeer, peer_id: str, since: float) -> list[float]:
    """Wait until a peer is heard, and return the times of its loud pieces."""

    def times() -> list[float]:
        pieces = [piece for piece in listener.heard if piece.peer_id == peer_id]
        return [each.time for each in pieces if each.time >= since and is_loud(each.data)]

    return await until(times)


async def over_websocket(rounds: int) -> list[Answer]:
    """Ask a bot with Pipecat's own transport so often."""
    answers: list[Answer] = []
    async with serving(*bot(answers)) as port:
        client = await asyncio.to_thread(Client, port)
        try:
            await ask_often(lambda: asyncio.to_thread(client.ask), answers, rounds)
        finally:
            await asyncio.to_thread(client.close)
    return answers


async def ask_often(
    ask: Callable[[], Awaitable[tuple[float, float]]], answers: list[Answer], rounds: int
) -> None:
    """Ask, once more than is counted: the first time, a lot is loaded."""
    for _ in range(rounds + 1):
        asked, sounded = await ask()
        answers[-1].asked, answers[-1].sounded = asked, sounded
        # The rest of this answer is no answer to the next question.
        await asyncio.sleep(0.5)
    del answers[0]


@asynccontextmanager
async def serving(*processors: FrameProcessor) -> AsyncIterator[int]:
    """Run a bot with Pipecat's WebSocket server, and give its port."""
    # It does not tell which port it has taken.
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    params = SingleClientWebsocketServerParams(
        audio_in_enabled=True, audio_out_enabled=True, serializer=ProtobufFrameSerializer()
    )
    transport = SingleClientWebsocketServerTransport(params, "127.0.0.1", port)
    ready = asyncio.Event()

    async def begin(transport: SingleClientWebsocketServerTransport) -> None:
        ready.set()

    transport.add_event_handler("on_websocket_ready", begin)
    pipeline = Pipeline([transport.input(), *processors, transport.output()])
    worker = PipelineWorker(pipeline, idle_timeout_secs=None, enable_rtvi=False)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    task = asyncio.create_task(runner.run())
    await ready.wait()
    try:
        yield port
    finally:
        await runner.cancel()
        await task


class Client:
    """A user at the other end of the WebSocket, in threads as the emulator's users are."""

    def __init__(self, port: int) -> None:
        self._connection: ClientConnection = connect(f"ws://127.0.0.1:{port}")
        self._sounded = threading.Event()
        self._at = 0.0
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def ask(self) -> tuple[float, float]:
        """Ask, and return when the last of it was sent and the first of the answer came."""
        audio = QUESTION + SILENCE
        begun = time.monotonic()
        for number, start in enumerate(range(0, len(audio), FRAME)):
            time.sleep(max(0.0, begun + number / 50 - time.monotonic()))
            message = Message()
            message.audio.audio = audio[start : start + FRAME]
            message.audio.sample_rate, message.audio.num_channels = RATE, 1
            if start < len(QUESTION):
                asked = time.time()
                self._sounded.clear()
            self._connection.send(message.SerializeToString())
        self._sounded.wait()
        return asked, self._at

    def close(self) -> None:
        """Leave."""
        self._connection.close()
        self._thread.join()

    def _listen(self) -> None:
        try:
            for data in self._connection:
                came = time.time()
                audio = Message.FromString(data).audio.audio
                if is_loud(audio) and not self._sounded.is_set():
                    self._at = came
                    self._sounded.set()
        except ConnectionClosed:
            pass
