"""A bot that sees: images at an interval, and on request."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image
from pipecat.frames.frames import EndFrame, UserImageRawFrame, UserImageRequestFrame
from pipecat.transports.base_transport import VideoInSourceParams

from fishjam.emulator import Emulator, tone
from tests.pipecat.bots import PATIENCE, Bot, place, running, until

pytestmark = pytest.mark.anyio


async def ask(bot: Bot, user_id: str, **request: Any) -> None:
    """Ask for an image, as a tool of a model does further down the pipeline."""
    await bot.transport.input().queue_frame(UserImageRequestFrame(user_id=user_id, **request))


async def test_images_at_an_interval(emulator: Emulator) -> None:
    async with place(emulator) as there:
        there.user.publish_video()
        async with running(there.transport(video_in_enabled=True)) as bot:
            frame = await bot.heard.get(UserImageRawFrame)
            assert frame.user_id == there.user.id
            assert frame.transport_source == "camera"
            assert frame.format == "RGB"
            assert len(frame.image) == 3 * frame.size[0] * frame.size[1]
            await until(lambda: len(bot.heard.of(UserImageRawFrame)) >= 2)


async def test_an_image_on_request(emulator: Emulator) -> None:
    async with place(emulator) as there:
        transport = there.transport(video_in_enabled=True, image_interval=None)
        async with running(transport) as bot:
            there.user.publish_video(metadata={"type": "camera"})
            there.user.publish_video(metadata={"type": "screenShareVideo"})
            await until(lambda: len(there.user_tracks(transport)) == 2)
            await ask(bot, there.user.id, text="what is this", append_to_context=True)
            frame = await bot.heard.get(UserImageRawFrame)
            assert (frame.text, frame.append_to_context) == ("what is this", True)
            assert frame.request is not None
            await ask(bot, there.user.id, video_source="screenVideo")
            await bot.heard.get(
                UserImageRawFrame, lambda each: each.transport_source == "screenVideo"
            )


async def test_an_image_that_there_is_not(emulator: Emulator) -> None:
    answers: list[Any] = []

    async def take(answer: Any) -> None:
        answers.append(answer)

    async with place(emulator) as there:
        transport = there.transport(video_in_enabled=True, image_interval=None, image_timeout=0.2)
        async with running(transport) as bot:
            await ask(bot, "nobody", result_callback=take)
            await bot.error("nobody sends no video (camera)")
            await ask(bot, "somebody", video_source="screenVideo")
            await bot.error("somebody sends no video (screenVideo)")
            there.user.publish_video(lambda: b"no jpeg")
            await until(lambda: there.user_tracks(transport))
            await ask(bot, there.user.id, result_callback=take)
            await bot.error(f"No image of {there.user.id} (camera)")
            assert [*answers[0]] == [*answers[1]] == ["error"]
            # A bot that ends does not wait for the answer.
            await ask(bot, there.user.id)


async def test_an_image_that_cannot_be_read(emulator: Emulator) -> None:
    answers: list[Any] = []

    async def take(answer: Any) -> None:
        answers.append(answer)

    async with place(emulator) as there:
        there.user.publish_video(b"\xff\xd8\xff and the rest is not there \xff\xd9")
        transport = there.transport(video_in_enabled=True)
        async with running(transport) as bot:
            await bot.error("cannot be read")
            # The function that asks for it waits for an answer.
            await ask(bot, there.user.id, result_callback=take)
            await until(lambda: answers)
            assert "cannot be read" in answers[0]["error"]


async def test_an_image_that_is_far_too_large(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1)
    async with place(emulator) as there:
        there.user.publish_video()
        async with running(there.transport(video_in_enabled=True)) as bot:
            await bot.error("cannot be read")
            await until(lambda: len(bot.errors) >= 2)
            assert not bot.ended_with


async def test_a_request_of_a_bot_that_does_not_see(emulator: Emulator) -> None:
    answers: list[Any] = []

    async def take(answer: Any) -> None:
        answers.append(answer)

    async with place(emulator) as there:
        there.user.publish_video()
        transport = there.transport()
        async with running(transport) as bot:
            await until(lambda: there.user_tracks(transport))
            await ask(bot, there.user.id, result_callback=take)
            await bot.error("video_in_enabled is off")
            await until(lambda: answers)


async def test_nothing_is_seen_after_the_end(emulator: Emulator) -> None:
    async with place(emulator) as there:
        there.user.publish_video()
        transport = there.transport(video_in_enabled=True, image_interval=None)
        async with running(transport) as bot:
            await until(lambda: there.user_tracks(transport))
            (track,) = transport._participants.video_tracks()
            session = transport._connection.session
            assert session is not None
            image = await session.request_image(track.id, timeout=PATIENCE)
            # While it says this, its input has ended already.
            await bot.say(tone(440, 1.0, sample_rate=24000))
            await bot.end()
            await until(lambda: bot.heard.of(EndFrame) and not transport.input()._listens)
            await transport.input().see(image, track)
            await bot.finished()
        assert bot.heard.of(UserImageRawFrame) == []


async def test_what_is_to_be_seen_can_be_chosen(emulator: Emulator) -> None:
    sources = {
        "screenVideo": VideoInSourceParams(framerate=1),
        "camera": VideoInSourceParams(on_request_only=True),
    }
    async with place(emulator) as there:
        transport = there.transport(video_in_enabled=True, video_in_sources=sources)
        async with running(transport) as bot:
            there.user.publish_video(metadata={"type": "camera"})
            there.user.publish_video(metadata={"type": "screenShareVideo"})
            frame = await bot.heard.get(UserImageRawFrame)
            assert frame.transport_source == "screenVideo"
            user = there.user.id
            await transport.capture_participant_video(user, 1)
            await transport.capture_participant_video(
                user, video_source="screenVideo", on_request_only=True
            )
            await bot.heard.get(UserImageRawFrame, lambda each: each.transport_source == "camera")
