"""Bots that run beside a test, in a room with a user."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import anyio
from attrs import define, field
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    StartFrame,
    TTSAudioRawFrame,
    UserAudioRawFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

from fishjam import AgentOptions, AgentOutputOptions, AsyncFishjamClient, FishjamNotifier
from fishjam.agent import Agent
from fishjam.emulator import Emulator, VirtualPeer
from fishjam.integrations.pipecat import FishjamParams, FishjamTransport

PATIENCE = 30.0
F = TypeVar("F", bound=Frame)


class Recorder(FrameProcessor):
    """Keeps what passes through it, and hands it on."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Frame] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        self.frames.append(frame)
        await self.push_frame(frame, direction)

    def of(self, kind: type[F]) -> list[F]:
        return [frame for frame in self.frames if isinstance(frame, kind)]

    async def get(self, kind: type[F], wanted: Callable[[F], object] = bool) -> F:
        """Wait for a frame."""
        frames = await until(lambda: [each for each in self.of(kind) if wanted(each)])
        return frames[0]


class Echo(FrameProcessor):
    """Says what it hears."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            await self.push_frame(
                TTSAudioRawFrame(frame.audio, frame.sample_rate, frame.num_channels)
            )
        else:
            await self.push_frame(frame, direction)


@define
class Bot:
    """A pipeline that runs."""

    transport: FishjamTransport
    pipeline: Pipeline
    worker: PipelineWorker
    heard: Recorder
    errors: list[ErrorFrame] = field(factory=list)
    ended_with: list[Frame] = field(factory=list)

    async def end(self) -> None:
        await self.worker.queue_frame(EndFrame())

    async def say(self, audio: bytes, sample_rate: int = 24000, channels: int = 1) -> None:
        await self.worker.queue_frame(TTSAudioRawFrame(audio, sample_rate, channels))

    async def finished(self) -> Frame:
        """Wait for the end, and return the frame that it came with."""
        return (await until(lambda: self.ended_with))[0]

    async def error(self, text: str) -> ErrorFrame:
        found = await until(lambda: [each for each in self.errors if text in each.error])
        return found[0]


T = TypeVar("T")


async def until(condition: Callable[[], T]) -> T:
    """Wait until something is true."""
    with anyio.fail_after(PATIENCE):
        while not (result := condition()):  # noqa: ASYNC110 - frames set no event
            await asyncio.sleep(0.005)
    return result


@asynccontextmanager
async def running(
    transport: FishjamTransport,
    *processors: FrameProcessor,
    halves: str = "both",
    connects: bool = True,
    **params: Any,
) -> AsyncIterator[Bot]:
    """Run a bot for the length of the block; it is cancelled at the end, unless it has ended."""
    heard = Recorder()
    first = [transport.input()] if halves != "output" else []
    last = [transport.output()] if halves != "input" else []
    pipeline = Pipeline([*first, heard, *processors, *last])
    worker = PipelineWorker(
        pipeline, params=PipelineParams(**params), idle_timeout_secs=None, enable_rtvi=False
    )
    bot = Bot(transport, pipeline, worker, heard)

    async def keep_error(worker: PipelineWorker, frame: ErrorFrame) -> None:
        bot.errors.append(frame)

    async def keep_end(worker: PipelineWorker, frame: Frame) -> None:
        bot.ended_with.append(frame)

    worker.add_event_handler("on_pipeline_error", keep_error)
    worker.add_event_handler("on_pipeline_finished", keep_end)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    task = asyncio.create_task(runner.run())
    try:
        await heard.get(StartFrame)
        if connects:
            await until(lambda: transport._connection.session)
        yield bot
    finally:
        if not bot.ended_with:
            await runner.cancel()
        with anyio.fail_after(PATIENCE):
            await task


@define
class Place:
    """A room with a user, and an agent that a bot can be."""

    emulator: Emulator
    client: AsyncFishjamClient
    notifier: FishjamNotifier
    agent: Agent
    user: VirtualPeer

    def transport(self, *, informed: bool = True, **params: Any) -> FishjamTransport:
        """Return a transport; an informed one knows who comes and goes."""
        given = {"audio_in_enabled": True, "audio_out_enabled": True, **params}
        if not informed:
            return FishjamTransport(self.agent, FishjamParams(**given))
        return FishjamTransport(
            self.agent, FishjamParams(**given), client=self.client, notifier=self.notifier
        )

    def agent_over(self, url: str) -> Agent:
        """Return the agent, which reaches Fishjam in another way."""
        return Agent(self.agent.id, self.agent.room_id, self.agent._token, url)

    def user_tracks(self, transport: FishjamTransport) -> list[object]:
        """Return the user's video tracks, as far as a transport knows them."""
        return [*transport._participants.video_tracks(self.user.id)]

    async def another_user(self) -> VirtualPeer:
        _, token = await self.client.create_peer(self.agent.room_id)
        return self.emulator.connect_peer(token)


@asynccontextmanager
async def place(emulator: Emulator, sample_rate: Any = 16000) -> AsyncIterator[Place]:
    async with AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        room = await client.create_room()
        options = AgentOptions(output=AgentOutputOptions(audio_sample_rate=sample_rate))
        agent = await client.create_agent(room.id, options)
        _, token = await client.create_peer(room.id)
        notifier = FishjamNotifier(emulator.fishjam_id, emulator.management_token)
        yield Place(emulator, client, notifier, agent, emulator.connect_peer(token))


def users_in(recorder: Recorder) -> dict[str, bytes]:
    """Return the audio of each user."""
    audio: dict[str, bytes] = {}
    for frame in recorder.of(UserAudioRawFrame):
        audio[frame.user_id] = audio.get(frame.user_id, b"") + frame.audio
    return audio
