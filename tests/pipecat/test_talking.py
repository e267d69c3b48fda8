"""A bot of Pipecat hears, speaks and is interrupted."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from pipecat.audio.mixers.base_audio_mixer import BaseAudioMixer
from pipecat.frames.frames import (
    BotStoppedSpeakingFrame,
    EndFrame,
    InputAudioRawFrame,
    InterruptionFrame,
    MixerControlFrame,
    TTSAudioRawFrame,
    TTSStoppedFrame,
    UserAudioRawFrame,
)

from fishjam.emulator import Emulator, tone
from tests.pipecat.bots import Echo, place, running, until, users_in
from tests.support.tones import pitch_of, values_of

pytestmark = pytest.mark.anyio


async def test_an_echo(emulator: Emulator) -> None:
    async with place(emulator) as there, running(there.transport(), Echo()) as bot:
        there.user.speak(tone(440, 1.0))
        heard = await there.user.ahear(0.8)
        assert pitch_of(heard, 16000) == pytest.approx(440, abs=2)
        assert {frame.user_id for frame in bot.heard.of(UserAudioRawFrame)} == {there.user.id}
        await bot.end()
        assert isinstance(await bot.finished(), EndFrame)
        assert bot.errors == []


@pytest.mark.parametrize(("hears", "speaks"), [(8000, 8000), (16000, 22050), (48000, 48000)])
async def test_the_rates_of_the_pipeline(emulator: Emulator, hears: int, speaks: int) -> None:
    async with (
        place(emulator, 24000) as there,
        running(
            there.transport(), Echo(), audio_in_sample_rate=hears, audio_out_sample_rate=speaks
        ) as bot,
    ):
        there.user.speak(tone(500, 1.0))
        heard = await there.user.ahear(0.7)
        assert pitch_of(heard[3200:], 16000) == pytest.approx(500, abs=4)
        frames = bot.heard.of(UserAudioRawFrame)
        assert {frame.sample_rate for frame in frames} == {hears}
        audio = b"".join(frame.audio for frame in frames)
        assert pitch_of(audio[hears // 10 * 2 :], hears) == pytest.approx(500, abs=4)


class Music(BaseAudioMixer):
    """Notes when it is asked to add music to a frame."""

    def __init__(self) -> None:
        self.times: list[float] = []

    async def start(self, sample_rate: int) -> None:
        pass

    async def stop(self) -> None:
        pass

    async def process_frame(self, frame: MixerControlFrame) -> None:
        pass

    async def mix(self, audio: bytes) -> bytes:
        self.times.append(time.monotonic())
        return audio


async def test_a_mixer_of_a_bot_that_does_not_speak(emulator: Emulator) -> None:
    music = Music()
    async with place(emulator) as there:
        transport = there.transport(audio_out_mixer=music, audio_out_enabled=False)
        async with running(transport) as bot:
            first = len(music.times)
            await until(lambda: len(music.times) > first + 10)
            # Ten frames of 40 ms: without a pause after each it would take the whole processor.
            assert music.times[first + 10] - music.times[first] > 0.38
            await bot.end()
            await bot.finished()


async def test_stereo(emulator: Emulator) -> None:
    async with place(emulator) as there:
        transport = there.transport(audio_in_channels=2, audio_out_channels=2)
        async with running(transport) as bot:
            there.user.speak(tone(440, 0.2))
            frame = await bot.heard.get(UserAudioRawFrame)
            assert frame.num_channels == 2
            samples = values_of(frame.audio)
            assert samples[::2] == samples[1::2]
            mono = values_of(tone(700, 0.5, sample_rate=24000))
            await bot.say(
                b"".join(bytes(2) + value.to_bytes(2, "little", signed=True) for value in mono),
                channels=2,
            )
            heard = await there.user.ahear(0.4)
            assert pitch_of(heard, 16000) == pytest.approx(700, abs=4)


async def test_two_users_keep_their_ids(emulator: Emulator) -> None:
    async with place(emulator) as there, running(there.transport()) as bot:
        other = await there.another_user()
        there.user.speak(tone(440, 0.5))
        other.speak(tone(700, 0.5))
        await until(
            lambda: [len(each) >= 14000 for each in users_in(bot.heard).values()] == [True] * 2
        )
        audio = users_in(bot.heard)
        assert pitch_of(audio[there.user.id], 16000) == pytest.approx(440, abs=4)
        assert pitch_of(audio[other.id], 16000) == pytest.approx(700, abs=4)


async def test_users_who_are_mixed(emulator: Emulator) -> None:
    def size() -> int:
        return sum(len(frame.audio) for frame in bot.heard.of(InputAudioRawFrame))

    async with (
        place(emulator) as there,
        running(there.transport(audio_in_user_tracks=False)) as bot,
    ):
        other = await there.another_user()
        there.user.speak(tone(440, 0.5, amplitude=0.25))
        other.speak(tone(440, 0.5, amplitude=0.25))
        await until(lambda: size() > 15000)
        assert bot.heard.of(UserAudioRawFrame) == []


async def test_an_interruption_is_silent_at_once(emulator: Emulator) -> None:
    async with place(emulator) as there, running(there.transport()) as bot:
        for _ in range(5):
            await bot.say(tone(600, 1.0, sample_rate=24000))
        await there.user.ahear(0.5)
        await bot.worker.queue_frame(InterruptionFrame())
        await bot.heard.get(InterruptionFrame)
        await until(lambda: bot.heard.of(BotStoppedSpeakingFrame))
        before = len(there.user.heard_audio())
        await asyncio.sleep(1)
        # Otherwise it would go on for this second; a busy machine takes a part of it.
        assert len(there.user.heard_audio()) - before <= 32 * 600
        await bot.say(tone(900, 0.5, sample_rate=24000))
        await bot.worker.queue_frame(TTSStoppedFrame())
        await until(lambda: len(there.user.heard_audio()) >= before + 12000)
        heard = there.user.heard_audio()
        assert pitch_of(heard[-8000:], 16000) == pytest.approx(900, abs=10)


async def test_what_must_not_be_interrupted(emulator: Emulator) -> None:
    async with place(emulator) as there, running(there.transport()) as bot:
        frame = TTSAudioRawFrame(tone(600, 1.0, sample_rate=24000), 24000, 1)
        frame.interruptible = False
        await bot.worker.queue_frame(frame)
        await there.user.ahear(0.2)
        await bot.worker.queue_frame(InterruptionFrame())
        await there.user.ahear(0.78)
        # The next one can be interrupted again.
        await bot.worker.queue_frame(TTSStoppedFrame())
        await until(lambda: bot.heard.of(BotStoppedSpeakingFrame))
        await bot.say(tone(600, 10.0, sample_rate=24000))
        await there.user.ahear(0.2)
        await bot.worker.queue_frame(InterruptionFrame())
        await until(lambda: len(bot.heard.of(BotStoppedSpeakingFrame)) == 2)


async def test_somebody_who_is_muted(emulator: Emulator) -> None:
    async with place(emulator) as there, running(there.transport()) as bot:
        other = await there.another_user()
        await bot.transport.mute_participant(there.user.id)
        there.user.speak(tone(440, 0.3))
        other.speak(tone(440, 0.3))
        await there.user.afinish_speaking()
        await bot.heard.get(UserAudioRawFrame)
        assert {*users_in(bot.heard)} == {other.id}
        await bot.transport.unmute_participant(there.user.id)
        there.user.speak(tone(440, 0.3))
        await until(lambda: there.user.id in users_in(bot.heard))


@pytest.mark.parametrize("options", [{"audio_out_enabled": False}, {"audio_in_enabled": False}])
async def test_a_bot_that_only_hears_or_speaks(emulator: Emulator, options: dict[str, Any]) -> None:
    async with place(emulator) as there:
        hears = "audio_in_enabled" not in options
        halves = "input" if hears else "output"
        async with running(there.transport(**options), halves=halves) as bot:
            if hears:
                there.user.speak(tone(440, 0.2))
                await bot.heard.get(UserAudioRawFrame)
            else:
                there.user.speak(tone(440, 0.2))
                await bot.say(tone(440, 0.3, sample_rate=24000))
                await there.user.ahear(0.2)
                await there.user.afinish_speaking()
            await bot.end()
            await bot.finished()
