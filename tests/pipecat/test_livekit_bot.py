"""A bot for Pipecat's transport for LiveKit, after its import and its constructor changed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pipecat.frames.frames import EndFrame, TTSAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.workers.runner import WorkerRunner

from fishjam.emulator import Emulator, tone
from fishjam.integrations.pipecat import FishjamParams, FishjamTransport
from tests.pipecat.bots import Echo, place, until

pytestmark = pytest.mark.anyio


async def run_bot(transport: Any, told: list[str]) -> None:
    """Greet the first one who comes, say again what is heard, and end when somebody leaves."""
    pipeline = Pipeline([transport.input(), Echo(), transport.output()])
    worker = PipelineWorker(pipeline, params=PipelineParams(enable_metrics=True))

    @transport.event_handler("on_connected")
    async def on_connected(transport: Any) -> None:
        told.append("connected")

    @transport.event_handler("on_first_participant_joined")
    async def on_first_participant_joined(transport: Any, participant_id: str) -> None:
        told.append(f"first {participant_id}")
        await worker.queue_frame(TTSAudioRawFrame(tone(600, 0.3, sample_rate=24000), 24000, 1))

    @transport.event_handler("on_client_connected")
    async def on_client_connected(transport: Any, client: dict[str, Any]) -> None:
        told.append(f"client {transport.get_client_id(client)}")

    @transport.event_handler("on_data_received")
    async def on_data_received(transport: Any, data: bytes, participant_id: str) -> None:
        told.append("data")

    @transport.event_handler("on_participant_left")
    async def on_participant_left(transport: Any, participant_id: str, reason: str) -> None:
        told.append(f"left {participant_id} {reason}")
        await worker.queue_frame(EndFrame())

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


async def test_it_runs_as_it_is(emulator: Emulator) -> None:
    told: list[str] = []
    async with place(emulator) as there:
        transport = FishjamTransport(
            there.agent,
            params=FishjamParams(audio_in_enabled=True, audio_out_enabled=True),
            client=there.client,
            notifier=there.notifier,
        )
        user = there.user

        async def talk() -> None:
            await user.ahear(0.25, timeout=15)
            user.speak(tone(440, 0.5))
            await user.ahear(0.4, timeout=15)
            user.leave()

        visitor = asyncio.create_task(talk())
        await run_bot(transport, told)
        await visitor
    await until(lambda: told)
    assert told[0] == "connected"
    assert {*told[1:]} == {f"first {user.id}", f"client {user.id}", f"left {user.id} disconnected"}
