"""How a bot ends, what it survives, and what it does with what it cannot use."""

from __future__ import annotations

import asyncio
import importlib
import sys
import threading
from typing import Any

import anyio
import pytest
import trio
from loguru import logger
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    InterruptionFrame,
    MetricsFrame,
    OutputAudioRawFrame,
    OutputTransportMessageUrgentFrame,
    StopFrame,
    UserAudioRawFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.workers.runner import WorkerRunner
from pydantic import ValidationError

import fishjam.integrations.pipecat
from fishjam.agent import Agent
from fishjam.emulator import Emulator, tone
from fishjam.errors import EventLoopError
from fishjam.integrations.pipecat import FishjamParams, FishjamTransport
from tests.pipecat.bots import PATIENCE, Echo, Place, place, running, until
from tests.pipecat.relay import relay_to
from tests.pipecat.test_participants import told
from tests.support.tones import pitch_of

pytestmark = pytest.mark.anyio
BOTH_WAYS = FishjamParams(audio_in_enabled=True, audio_out_enabled=True)


async def test_a_room_that_is_deleted_ends_the_pipeline_in_order(emulator: Emulator) -> None:
    async with place(emulator) as there:
        transport = there.transport()
        calls = told(transport)
        async with running(transport) as bot:
            await there.client.delete_room(there.agent.room_id)
            assert isinstance(await bot.finished(), EndFrame)
            assert bot.errors == []
        assert ("on_disconnected",) in calls
        assert ("on_before_disconnect",) not in calls


async def test_a_room_that_is_deleted_cuts_the_bot_short(emulator: Emulator) -> None:
    async with place(emulator) as there:
        # A write would wait longer than this test.
        transport = there.transport(audio_out_write_timeout_secs=10 * PATIENCE)
        async with running(transport) as bot:
            await bot.say(tone(440, 5.0, sample_rate=24000))
            await there.user.ahear(0.2)
            await there.client.delete_room(there.agent.room_id)
            assert isinstance(await bot.finished(), EndFrame)
            assert bot.errors == []


@pytest.mark.parametrize("halves", ["both", "output"])
async def test_a_refused_token(emulator: Emulator, halves: str) -> None:
    async with place(emulator) as there:
        agent = Agent("a", there.agent.room_id, "wrong", emulator.fishjam_id)
        transport = FishjamTransport(agent, FishjamParams(audio_out_enabled=True))
        async with running(transport, halves=halves, connects=False) as bot:
            error = await bot.error("The agent cannot be in its room")
            assert str(error.category) == "ErrorCategory.AUTHENTICATION"
            assert "wrong" not in error.error
            # It is not said, and no error either.
            await bot.say(tone(440, 0.1, sample_rate=24000))
            assert isinstance(await bot.finished(), EndFrame)


async def test_a_room_that_went_before_the_start(emulator: Emulator) -> None:
    async with place(emulator) as there:
        transport = there.transport(informed=False)
        await there.client.delete_room(there.agent.room_id)
        async with running(transport, connects=False) as bot:
            await bot.error("The agent cannot be in its room")
            await bot.finished()


async def test_a_fishjam_that_is_not_there() -> None:
    agent = Agent("a", "r", "t", "http://127.0.0.1:9")
    transport = FishjamTransport(agent, FishjamParams(max_attempts=1))
    async with running(transport, connects=False) as bot:
        error = await bot.error("The agent cannot be in its room")
        assert str(error.category) == "ErrorCategory.CONNECTIVITY"
        await bot.finished()


async def test_a_dropped_connection_in_the_middle_of_a_sentence(emulator: Emulator) -> None:
    async with place(emulator) as there, relay_to(emulator.fishjam_id) as relay:
        transport = FishjamTransport(there.agent_over(relay.url), BOTH_WAYS)
        calls = told(transport)
        async with running(transport) as bot:
            await bot.say(tone(440, 3.0, sample_rate=24000))
            await there.user.ahear(0.5)
            relay.cut()
            await until(lambda: ("on_connection_restored",) in calls)
            before = len(there.user.heard_audio())
            await until(lambda: len(there.user.heard_audio()) > before + 16000)
            heard = there.user.heard_audio()[-9600:]
            assert pitch_of(heard, 16000) == pytest.approx(440, abs=3)
            await bot.error("connects again")
            states = [each[1] for each in calls if each[0] == "on_call_state_updated"]
            assert states == ["joined", "lost", "restored"]
            there.user.speak(tone(440, 0.2))
            await bot.heard.get(UserAudioRawFrame)
            assert not bot.ended_with


async def test_a_write_gives_up_before_pipecat_does(emulator: Emulator) -> None:
    async with place(emulator) as there, relay_to(emulator.fishjam_id) as relay:
        params = FishjamParams(audio_out_enabled=True, audio_out_write_timeout_secs=0.4)
        transport = FishjamTransport(there.agent_over(relay.url), params)
        async with running(transport) as bot:
            await bot.say(tone(440, 0.2, sample_rate=24000))
            await there.user.ahear(0.1)
            relay.refuses = True
            relay.cut()
            await bot.error("connects again")
            written = await transport.output().write_audio_frame(
                OutputAudioRawFrame(tone(440, 1.0, sample_rate=24000), 24000, 1)
            )
            assert not written
            assert transport.output().is_usable
            relay.refuses = False
            heard = len(there.user.heard_audio())
            await until(lambda: len(there.user.heard_audio()) > heard)


async def test_a_cancelled_pipeline_leaves_nothing(emulator: Emulator) -> None:
    async with place(emulator) as there:
        threads = own_threads()
        tasks = asyncio.all_tasks()
        async with running(there.transport(), Echo()) as bot:
            there.user.speak(tone(440, 5))
            await there.user.ahear(0.2)
            await bot.worker.cancel()
            assert isinstance(await bot.finished(), CancelFrame)
        assert asyncio.all_tasks() <= tasks
        await until(lambda: own_threads() <= threads)
        await until_gone(there)


def own_threads() -> set[threading.Thread]:
    """Return all threads but those that the event loop keeps until it is closed."""
    kept = ("asyncio_", "AnyIO worker")
    return {each for each in threading.enumerate() if not each.name.startswith(kept)}


async def test_a_cancel_before_the_start(emulator: Emulator) -> None:
    async with place(emulator) as there:
        transport = there.transport()
        worker = PipelineWorker(
            Pipeline([transport.input(), transport.output()]), idle_timeout_secs=None
        )
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        await worker.cancel()
        with anyio.fail_after(PATIENCE):
            await runner.run()


async def test_a_cancel_while_it_connects() -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set()
        await reader.read()
        await reader.read()
        writer.close()

    accepted = asyncio.Event()
    async with await asyncio.start_server(accept, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        transport = FishjamTransport(Agent("a", "r", "t", f"http://127.0.0.1:{port}"), BOTH_WAYS)
        calls = told(transport)
        async with running(transport, connects=False) as bot:
            await asyncio.wait_for(accepted.wait(), PATIENCE)
            await bot.worker.cancel()
            assert isinstance(await bot.finished(), CancelFrame)
        assert bot.errors == []
        assert calls == []


@pytest.mark.parametrize("halves", ["input", "output"])
async def test_a_farewell_that_takes_a_while(emulator: Emulator, halves: str) -> None:
    async def say_goodbye(transport: FishjamTransport) -> None:
        await asyncio.sleep(0.3)
        room = await there.client.get_room(there.agent.room_id)
        present.extend(peer.id for peer in room.peers if peer.status == "connected")

    present: list[str] = []
    async with place(emulator) as there:
        tasks = asyncio.all_tasks()
        transport = there.transport()
        transport.add_event_handler("on_before_disconnect", say_goodbye)
        # Pipecat cancels what a half does when the end has passed through the pipeline.
        async with running(transport, halves=halves) as bot:
            await bot.end()
            await bot.finished()
        assert there.agent.id in present
        assert asyncio.all_tasks() <= tasks
        await until_gone(there)


async def test_a_farewell_that_deletes_the_room(emulator: Emulator) -> None:
    async def close_room(transport: FishjamTransport) -> None:
        await there.client.delete_room(there.agent.room_id)
        # The agent's session ends meanwhile.
        await asyncio.sleep(0.3)
        closed.append(there.agent.room_id)

    closed: list[str] = []
    async with place(emulator) as there:
        transport = there.transport()
        calls = told(transport)
        transport.add_event_handler("on_before_disconnect", close_room)
        async with running(transport) as bot:
            await bot.end()
            await bot.finished()
        assert closed == [there.agent.room_id]
        assert calls.count(("on_disconnected",)) == 1


class LastingAgent(Agent):
    """An agent that takes a while to leave."""

    has_left = asyncio.Event()
    may_return = asyncio.Event()

    async def run(self, *arguments: Any, **options: Any) -> Any:
        self.has_left, self.may_return = asyncio.Event(), asyncio.Event()
        result = await super().run(*arguments, **options)
        self.has_left.set()
        await self.may_return.wait()
        return result


async def test_a_room_and_a_pipeline_that_end_at_the_same_time(emulator: Emulator) -> None:
    async with place(emulator) as there:
        agent = there.agent
        lasting = LastingAgent(agent.id, agent.room_id, agent.token, agent.fishjam_url)
        transport = FishjamTransport(lasting, BOTH_WAYS)
        calls = told(transport)
        async with running(transport) as bot:
            await there.client.delete_room(agent.room_id)
            await asyncio.wait_for(lasting.has_left.wait(), PATIENCE)
            await bot.end()
            await until(lambda: transport._connection._leaving.is_set())
            lasting.may_return.set()
            assert isinstance(await bot.finished(), EndFrame)
        assert calls.count(("on_disconnected",)) == 1
        assert bot.errors == []


async def is_gone(there: Place) -> bool:
    room = await there.client.get_room(there.agent.room_id)
    return [peer.status for peer in room.peers if peer.id == there.agent.id] == ["disconnected"]


async def until_gone(there: Place) -> None:
    with anyio.fail_after(PATIENCE):
        while not await is_gone(there):  # noqa: ASYNC110 - a room sets no event
            await asyncio.sleep(0.005)


async def test_a_pause(emulator: Emulator) -> None:
    async with place(emulator) as there, running(there.transport()) as bot:
        there.user.speak(tone(440, 0.2))
        await bot.heard.get(UserAudioRawFrame)
        await bot.worker.queue_frame(StopFrame())
        await bot.finished()
        # Pipecat keeps connections, so that another pipeline can go on with them.
        assert not await is_gone(there)
        await bot.pipeline.cleanup()  # type: ignore[no-untyped-call]
        await until_gone(there)


async def test_the_last_words_are_heard(emulator: Emulator) -> None:
    async with place(emulator) as there:
        transport = there.transport(audio_out_end_silence_secs=0)
        async with running(transport) as bot:
            await bot.say(tone(440, 0.4, sample_rate=24000))
            await bot.end()
            await bot.finished()
        assert len(there.user.heard_audio()) >= 0.38 * 32000


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        (OutputAudioRawFrame(bytes(4801), 24000, 1), "4801 bytes are not a whole number"),
        (OutputAudioRawFrame(bytes(4801), 16000, 1), "4801 bytes are not a whole number"),
        (OutputAudioRawFrame(bytes(4802), 24000, 2), "4802 bytes are not a whole number"),
        (OutputAudioRawFrame(bytes(4800), 24000, 6), "with 6 channels cannot be played"),
        (OutputAudioRawFrame(bytes(4800), 100, 1), "of 100 Hz with 1 channels cannot be played"),
        (OutputAudioRawFrame(bytes(4800), 0, 1), "of 0 Hz with 1 channels cannot be played"),
    ],
)
async def test_audio_that_cannot_be_played(
    emulator: Emulator, frame: OutputAudioRawFrame, error: str
) -> None:
    async with place(emulator) as there, running(there.transport()) as bot:
        await bot.worker.queue_frame(frame)
        await bot.error(error)
        # It goes on all the same, with what can be played.
        await bot.transport.send_audio(
            OutputAudioRawFrame(tone(440, 0.4, sample_rate=24000), 24000, 1)
        )
        await until(lambda: len(there.user.heard_audio()) >= 0.38 * 32000)
        heard = there.user.heard_audio()[-9600:]
        assert pitch_of(heard, 16000) == pytest.approx(440, abs=4)
        assert len(bot.errors) == 1


async def test_messages_are_left_out_and_told_of_once(emulator: Emulator) -> None:
    messages: list[str] = []

    def keep(text: str) -> None:
        if "messages" in text:
            messages.append(text.partition(";")[0])

    sink = logger.add(keep, level="WARNING", format="{message}")
    async with place(emulator) as there, running(there.transport()) as bot:
        for _ in range(2):
            await bot.worker.queue_frame(OutputTransportMessageUrgentFrame(message={}))
            await bot.transport.send_message("hello", there.user.id)
            await bot.transport.send_message_urgent("hello")
        await bot.end()
        await bot.finished()
        assert bot.errors == []
        logger.remove(sink)
        assert messages == [f"{bot.transport.output()}: agents of Fishjam send no messages"]


async def test_the_metadata_of_the_bot_stay_as_they_are(emulator: Emulator) -> None:
    messages: list[str] = []
    sink = logger.add(messages.append, level="WARNING", format="{message}")
    async with place(emulator) as there:
        await there.transport().set_metadata("{}")
    logger.remove(sink)
    assert "cannot be changed" in messages[0]


async def test_an_image_that_nobody_asked_the_bot_for(emulator: Emulator) -> None:
    async with place(emulator) as there:
        transport = there.transport(informed=False, video_in_enabled=True, image_interval=None)
        async with running(transport) as bot:
            camera = there.user.publish_video()
            session = transport._connection.session
            assert session is not None
            # It is not known whose it is, so it is left out.
            await session.capture_image(camera.id)
            there.user.speak(tone(440, 0.2))
            await bot.heard.get(UserAudioRawFrame)
            assert bot.errors == []


async def test_metrics_go_the_way_of_pipecat(emulator: Emulator) -> None:
    async with place(emulator) as there, running(there.transport(), enable_metrics=True) as bot:
        await until(
            lambda: [
                data
                for frame in bot.heard.of(MetricsFrame)
                for data in frame.data
                if "FishjamInput" in data.processor and "Processing" in type(data).__name__
            ]
        )


@pytest.mark.parametrize(
    "params",
    [
        {"audio_in_channels": 3},
        {"audio_out_sample_rate": 100},
        {"image_interval": 0.5},
        {"video_out_enabled": True},
        {"audio_out_destinations": ["another track"]},
        {"max_attempts": 0},
    ],
)
def test_parameters_that_cannot_be_used(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FishjamParams(**params)


def test_trio_gets_one_clear_error() -> None:
    async def make() -> None:
        FishjamTransport(Agent("a", "r", "t", "http://127.0.0.1:9"))

    with pytest.raises(EventLoopError, match="Pipecat runs on asyncio alone"):
        trio.run(make)


@pytest.mark.parametrize(
    ("module", "error"),
    [("sys", "needs Python 3.11 or newer"), ("pipecat.frames.frames", "server-sdk[pipecat]'")],
)
def test_what_is_missing_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, module: str, error: str
) -> None:
    if module == "sys":
        monkeypatch.setattr(sys, "version_info", (3, 10))
    else:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError) as caught:
        importlib.reload(fishjam.integrations.pipecat)
    assert error in str(caught.value)
    assert "\n" not in str(caught.value)


def test_parameters_that_can_be_used() -> None:
    params = FishjamParams(
        audio_out_sample_rate=48000, video_out_enabled=False, audio_out_destinations=[]
    )
    assert params.audio_in_user_tracks


async def test_an_interruption_of_a_bot_that_does_not_speak(emulator: Emulator) -> None:
    async with place(emulator) as there, running(there.transport(audio_out_enabled=False)) as bot:
        await bot.worker.queue_frame(InterruptionFrame())
        await bot.heard.get(InterruptionFrame)
        await bot.end()
        await bot.finished()
