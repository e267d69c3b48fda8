"""Voices, cameras and other codecs for browsers, and what goes out to them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import av
import pytest

from fishjam import events
from fishjam.emulator._media.audio import AudioFormat, AudioFrame
from fishjam.emulator._webrtc.activity import VoiceActivity
from fishjam.emulator._webrtc.captures import Snapshots
from fishjam.emulator._webrtc.codecs import (
    OpusDecoder,
    VideoDecoder,
    copy_picture,
    decode_jpeg,
    encode_jpeg,
    jpeg_of,
)
from fishjam.emulator._webrtc.outgoing import SenderTrack
from fishjam.emulator._webrtc.rtp import EncodedFrame, IncomingTrack
from fishjam.emulator._webrtc.sources import (
    SILENT_PACKETS,
    Camera,
    DecodedVideo,
    Voice,
)
from tests.support.browser import BLUE, RED, Wall, picture_of
from tests.support.tones import frequency_of, loudness_of, tone

TRACK = events.Track(id="t", type=events.TrackType.AUDIO, metadata="")
PCM, OPUS = AudioFormat(sample_rate=16000), AudioFormat("opus", 48000)


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run something on asyncio, which is the loop of aiortc and of the emulator's server."""
    asyncio.run(asyncio.wait_for(work(), 20))


class Sink:
    """Takes frames and pictures."""

    def __init__(self) -> None:
        self.frames: list[EncodedFrame] = []
        self.pictures: list[tuple[av.VideoFrame, int]] = []
        self.news = asyncio.Event()

    def on_frame(self, frame: EncodedFrame) -> None:
        self.frames.append(frame)
        self.news.set()

    def on_picture(self, picture: av.VideoFrame, timestamp: int) -> None:
        self.pictures.append((picture, timestamp))
        self.news.set()

    async def wait(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self.news.clear()
            await self.news.wait()

    @property
    def sound(self) -> bytes:
        decoder = OpusDecoder()
        return b"".join(decoder.decode(frame.data) for frame in self.frames)


def frames_of(data: bytes, begin: float = 100.0, audio_format: AudioFormat = PCM) -> list[Any]:
    size = 640
    return [
        AudioFrame(begin + at / 32000, "p", TRACK, audio_format, data[at : at + size])
        for at in range(0, len(data), size)
    ]


def test_a_voice_is_encoded_once_for_all() -> None:
    async def work() -> None:
        voice, first, other = Voice(), Sink(), Sink()
        voice.add_sink(first)
        voice.add_sink(other)
        for frame in frames_of(tone(0.5, 16000)):
            voice.push(frame)
        assert len(first.frames) == 25
        assert all(a is b for a, b in zip(first.frames, other.frames, strict=True))
        assert frequency_of(first.sound[9600:], 48000) == pytest.approx(440, abs=3)
        steps = {
            b.timestamp - a.timestamp for a, b in zip(first.frames, first.frames[1:], strict=False)
        }
        assert steps == {960}
        voice.remove_sink(other)
        voice.remove_sink(first)

    run(work)


def test_an_utterance_ends_with_silence_and_the_next_one_comes_later() -> None:
    async def work() -> None:
        voice, sink = Voice(), Sink()
        voice.add_sink(sink)
        for frame in frames_of(tone(0.03, 16000)):
            voice.push(frame)
        await sink.wait(lambda: len(sink.frames) == 1 + SILENT_PACKETS)
        assert loudness_of(sink.sound[-1920 * 5 :]) < 5
        # The last one is the last one.
        sink.news.clear()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(sink.news.wait(), 0.1)
        last = sink.frames[-1].timestamp
        (frame, *_) = frames_of(tone(0.02, 16000), begin=105.0)
        voice.push(frame)
        await sink.wait(lambda: len(sink.frames) > 1 + SILENT_PACKETS)
        assert sink.frames[-1].timestamp > last + 48000
        voice.remove_sink(sink)
        await asyncio.sleep(0)

    run(work)


def test_a_voice_nobody_receives_is_not_encoded() -> None:
    async def work() -> None:
        voice, sink = Voice(), Sink()
        (frame, *_) = frames_of(tone(0.02, 16000))
        voice.push(frame)
        voice.add_sink(sink)
        voice.remove_sink(sink)
        voice.remove_sink(sink)
        voice.request_key_frame()
        assert sink.frames == []

    run(work)


def test_opus_is_passed_on_as_it_is() -> None:
    async def work() -> None:
        voice, sink = Voice(), Sink()
        voice.add_sink(sink)
        voice.push(AudioFrame(1.0, "p", TRACK, OPUS, b"packet"))
        assert [frame.data for frame in sink.frames] == [b"packet"]
        voice.remove_sink(sink)

    run(work)


def test_a_voice_may_change_its_format() -> None:
    async def work() -> None:
        voice, sink = Voice(), Sink()
        voice.add_sink(sink)
        for audio_format in (PCM, AudioFormat(sample_rate=8000)):
            for frame in frames_of(tone(0.1, 16000), audio_format=audio_format):
                voice.push(frame)
        assert len(sink.frames) == 5 + 10
        voice.remove_sink(sink)

    run(work)


def test_a_camera_shows_what_there_is_to_see(caplog: pytest.LogCaptureFixture) -> None:
    pictures: list[Any] = [None, encode_jpeg(Wall(RED).frame())]

    def look() -> bytes | None:
        if not pictures:
            raise RuntimeError("no film")
        picture: bytes | None = pictures.pop(0)
        return picture

    async def work() -> None:
        camera, sink = Camera(look), Sink()
        camera.add_sink(sink)
        # It goes on with what was seen last.
        await sink.wait(lambda: len(sink.pictures) == 3)
        camera.remove_sink(sink)
        for picture, _ in sink.pictures:
            assert picture_of(picture) == pytest.approx(RED, abs=5)
        times = [timestamp for _, timestamp in sink.pictures]
        assert times == sorted(set(times))

    with caplog.at_level(logging.ERROR, "fishjam.emulator"):
        run(work)
    assert [record.message for record in caplog.records] == [
        "the picture of a video track could not be shown"
    ]


def key_frame(color: tuple[int, int, int]) -> EncodedFrame:
    from aiortc.codecs.vpx import Vp8Encoder
    from aiortc.mediastreams import VIDEO_TIME_BASE

    from fishjam.emulator._webrtc.rtp import depayload

    picture = Wall(color).frame()
    picture.pts, picture.time_base = 0, VIDEO_TIME_BASE
    payloads, _ = Vp8Encoder().encode(picture, force_keyframe=True)
    return EncodedFrame("VP8", b"".join(depayload("VP8", payload) for payload in payloads), 0)


def video() -> IncomingTrack:
    return IncomingTrack("video", lambda _data: None)


def test_video_is_decoded_for_those_with_another_codec() -> None:
    async def work() -> None:
        decoded, sink = DecodedVideo(video()), Sink()
        decoded.add_sink(sink)
        delta = EncodedFrame("VP8", b"\x01", 0, is_key=False)
        decoded.on_frame(delta)
        decoded.on_frame(key_frame(BLUE))
        await sink.wait(lambda: bool(sink.pictures))
        assert picture_of(sink.pictures[0][0]) == pytest.approx(BLUE, abs=5)
        # Too many frames at once: it goes on with a key frame.
        for _ in range(40):
            decoded.on_frame(delta)
        decoded.on_frame(key_frame(RED))
        await sink.wait(lambda: picture_of(sink.pictures[-1][0]) == pytest.approx(RED, abs=5))
        decoded.remove_sink(sink)

    run(work)


def test_snapshots_wait_for_a_key_frame() -> None:
    async def work() -> None:
        snapshots = Snapshots(video())
        given: list[Any] = []
        snapshots.ask(given.append)
        snapshots.ask(given.append)
        snapshots.on_frame(EncodedFrame("VP8", b"\x01", 0, is_key=False))
        snapshots.on_frame(key_frame(RED))
        snapshots.on_frame(key_frame(BLUE))
        while not given:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        assert given[0] is given[1]
        frame = decode_jpeg(given[0])
        assert frame is not None
        assert picture_of(frame) == pytest.approx(RED, abs=5)
        # A picture that stands still gives the one that was there before.
        snapshots.ask(given.append)
        while len(given) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        assert given[2] is given[0]
        snapshots.close()

    run(work)


def test_without_a_key_frame_there_is_no_snapshot() -> None:
    async def work() -> None:
        snapshots = Snapshots(video())
        given: list[Any] = []
        snapshots.ask(given.append)
        while not given:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        assert given == [None]
        snapshots.ask(given.append)
        await asyncio.sleep(0)
        snapshots.close()
        await asyncio.sleep(0)

    run(work)


def test_speech_is_told_by_its_level_and_ends_without_a_packet() -> None:
    now = [0.0]
    changes: list[bool] = []
    activity = VoiceActivity(changes.append, lambda: now[0])
    for level in (127, None, 33):
        activity.take(level)
    assert changes == []
    activity.take(32)
    activity.take(10)
    assert changes == [True]
    now[0] = 0.1
    activity.take(100)
    assert changes == [True]
    now[0] = 0.3
    activity.check()
    activity.check()
    assert changes == [True, False]


class Source:
    """Gives frames when a test says so."""

    def __init__(self) -> None:
        self.sinks: list[Any] = []
        self.requests = 0

    def add_sink(self, sink: Any) -> None:
        self.sinks.append(sink)

    def remove_sink(self, sink: Any) -> None:
        self.sinks.remove(sink)

    def request_key_frame(self) -> None:
        self.requests += 1


def as_packet(item: Any) -> Any:
    assert isinstance(item, av.Packet)
    return item


async def started(track: SenderTrack) -> Awaitable[Any]:
    """Let aiortc's part begin to read."""
    reading = asyncio.ensure_future(track.recv())
    await asyncio.sleep(0)
    return reading


def test_nothing_is_kept_before_it_can_be_sent() -> None:
    async def work() -> None:
        track, source = SenderTrack("audio"), Source()
        track.attach(source)
        track.attach(source)
        assert source.sinks == [track]
        track.on_frame(EncodedFrame("opus", b"old", 0))
        track.on_picture(Wall(RED).frame(), 0)
        reading = await started(track)
        track.on_frame(EncodedFrame("opus", b"new", 960))
        assert bytes(await reading) == b"new"
        track.attach(None)
        assert source.sinks == []
        track.request_key_frame()

    run(work)


def test_times_rise_whatever_the_source() -> None:
    now = [10.0]

    async def work() -> None:
        track = SenderTrack("audio", lambda: now[0])
        track.attach(Source())
        reading = await started(track)
        for timestamp in (5_000, 5_960, 5_960, 9_000_000, 9_000_960):
            track.on_frame(EncodedFrame("opus", b"x", timestamp))
        timestamps = [(await reading).pts, *[(await track.recv()).pts for _ in range(4)]]
        # A source that jumps is set anew, and none goes back.
        assert timestamps == [0, 960, 961, 962, 963]
        now[0] = 20.0
        track.attach(Source())
        track.on_frame(EncodedFrame("opus", b"x", 0))
        assert (await track.recv()).pts == 480_000

    run(work)


def test_video_begins_with_a_key_frame_also_after_a_jam() -> None:
    async def work() -> None:
        track, source = SenderTrack("video"), Source()
        track.attach(source)
        reading = await started(track)
        assert source.requests == 1
        delta = EncodedFrame("VP8", b"delta", 0, is_key=False)
        track.on_frame(delta)
        track.on_frame(EncodedFrame("VP8", b"key", 3000))
        assert bytes(await reading) == b"key"
        for _ in range(101):
            track.on_frame(delta)
        assert source.requests == 2
        track.on_frame(delta)
        track.on_frame(EncodedFrame("VP8", b"key", 6000))
        assert bytes(as_packet(await track.recv())) == b"key"

    run(work)


def test_pictures_are_copied_for_each_who_encodes_them() -> None:
    async def work() -> None:
        tracks = [SenderTrack("video") for _ in range(2)]
        readings = [await started(track) for track in tracks]
        picture = Wall(RED).frame()
        for track in tracks:
            track.on_picture(picture, 0)
        copies = [await reading for reading in readings]
        assert copies[0] is not copies[1]
        assert [picture_of(copied) for copied in copies] == [RED, RED]

    run(work)


def test_a_copy_shows_the_same_at_any_width() -> None:
    frame = av.VideoFrame(322, 242, "yuv420p")
    for plane, value in zip(frame.planes, RED, strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    assert picture_of(copy_picture(frame)) == RED


def test_what_cannot_be_decoded_gives_nothing() -> None:
    decoder = OpusDecoder()
    assert decoder.decode(b"") == b""
    assert decoder.decode(b"\xff\xff\xff") == b""
    assert VideoDecoder("H264").decode(b"nonsense") == []
    assert jpeg_of("VP8", b"nonsense") is None
    assert decode_jpeg(b"nonsense") is None
    assert decode_jpeg(b"\xff\xd8\xff\xe0") is None
    tiny = av.VideoFrame(1, 1, "yuvj420p")
    for plane in tiny.planes:
        plane.update(bytes(plane.buffer_size))
    assert decode_jpeg(encode_jpeg(tiny)) is None
