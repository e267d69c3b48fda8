"""Playing WAV files on a track, converted while they play."""

from __future__ import annotations

import io
import threading
import time
from pathlib import Path
from typing import Any, Literal

import anyio
import pytest
from anyio.lowlevel import checkpoint

from fishjam.agent import (
    AgentBusyError,
    AgentSessionClosedError,
    OutgoingAudioTrackOptions,
)
from fishjam.clock import ManualClock
from fishjam.errors import AgentTrackRemovedError
from fishjam.events import TrackEncoding
from tests.agent.agent_script import agent_for, listening, then
from tests.agent.clocks import ticking
from tests.support.tones import frequency_of, tone, values_of
from tests.support.wav_files import FLOAT, wav_file
from tests.support.websocket_server import Server
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]


async def sent(server: Server, size: int) -> bytes:
    """Give so much of the audio that was sent."""
    audio = b""
    while len(audio) < size:
        audio += (await server.wait()).track_data.data
    return audio


def spoken(seconds: float = 0.5, rate: int = 48000, channels: int = 2) -> bytes:
    return wav_file(tone(seconds, rate, channels=channels), rate, channels)


@pytest.mark.parametrize("rate", [16000, 24000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("method", ["play", "play_wav"])
async def test_a_file_is_played_in_the_form_of_the_track(
    serve: Serve, tmp_path: Path, rate: Literal[16000, 24000], channels: Literal[1, 2], method: str
) -> None:
    server, clock = serve(then(listening)), ManualClock()
    path = tmp_path / "sound.wav"
    path.write_bytes(spoken())
    async with agent_for(server).connect(clock=clock) as session, ticking(clock):
        options = OutgoingAudioTrackOptions(sample_rate=rate, channels=channels)
        track = await session.add_track(options)
        await server.wait()
        assert await getattr(track, method)(path) == pytest.approx(0.5)
        audio = await sent(server, rate * channels)
    values = values_of(audio)
    sides = [values[start::channels] for start in range(channels)]
    assert len(sides[0]) == rate // 2
    assert sides[0] == sides[-1]
    assert frequency_of(sides[0].tobytes(), rate) == pytest.approx(440, abs=2)


@pytest.mark.parametrize(
    "source",
    [bytes, bytearray, memoryview, io.BytesIO],
)
async def test_it_need_not_be_a_path(serve: Serve, source: Any) -> None:
    server, clock = serve(then(listening)), ManualClock()
    async with agent_for(server).connect(clock=clock) as session, ticking(clock):
        track = await session.add_track()
        assert await track.play_wav(source(spoken())) == pytest.approx(0.5)


BAD = {
    "empty": (b"", "is empty: it has no bytes"),
    "without audio": (wav_file(b""), "is empty: it has no audio"),
    "truncated": (spoken()[:5000], "is cut off: it announces 96000 bytes of audio"),
    "another kind": (b"OggS" * 99, "is not a WAV file: it begins with"),
    "unknown": (wav_file(bytes(99), kind=0x1234), "cannot be decoded"),
}


@pytest.mark.parametrize("kind", BAD)
async def test_bad_files_are_refused_before_anything_is_heard(serve: Serve, kind: str) -> None:
    content, reason = BAD[kind]
    server = serve(then(listening))
    async with agent_for(server).connect() as session:
        track = await session.add_track()
        with pytest.raises(ValueError, match=f"^The WAV audio {reason}"):
            await track.play_wav(content)
        with pytest.raises(FileNotFoundError):
            await track.play(Path("there-is-no-such.wav"))
        # The track is free again, and nothing came before this.
        await server.wait()
        await track.send_chunk(b"next")
        assert (await server.wait()).track_data.data == b"next"


async def test_a_gigantic_file_is_refused(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "hours.wav"
    with path.open("wb") as file:
        file.write(spoken())
        file.truncate(2**31)
    async with agent_for(serve(then(listening))).connect() as session:
        track = await session.add_track()
        with pytest.raises(ValueError, match=r"hours\.wav is too large: it has 2147483648 bytes"):
            await track.play_wav(path)


async def test_an_hour_is_read_while_it_plays(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "hour.wav"
    with path.open("wb") as file:
        file.write(wav_file(b"", 8000, bits=32, kind=FLOAT, announced=4 * 8000 * 3600))
        file.truncate(file.tell() + 4 * 8000 * 3600)
    async with agent_for(serve(then(listening))).connect() as session:
        track = await session.add_track()
        with anyio.move_on_after(0.3) as scope:
            await track.play_wav(path)
        assert scope.cancelled_caught


class SlowFile(io.BytesIO):
    """Takes its time, and notes who reads it."""

    threads: set[threading.Thread]

    def read(self, size: int | None = -1, /) -> bytes:
        self.threads.add(threading.current_thread())
        time.sleep(0.05)
        return super().read(size)


async def test_reading_holds_nothing_up(serve: Serve) -> None:
    file = SlowFile(spoken(0.1, 16000, 1))
    file.threads = set()
    beats = 0
    async with agent_for(serve(then(listening))).connect() as session:
        track = await session.add_track()
        async with anyio.create_task_group() as tasks:

            async def beat() -> None:
                nonlocal beats
                while True:
                    await checkpoint()
                    beats += 1

            tasks.start_soon(beat)
            # Timers of uvloop are rounded to milliseconds.
            assert await track.play_wav(file) == pytest.approx(0.1, abs=0.002)
            tasks.cancel_scope.cancel()
    assert threading.current_thread() not in file.threads
    assert beats > 100
    assert not file.closed


@pytest.fixture
def minute() -> io.BytesIO:
    return io.BytesIO(spoken(60, 16000, 1))


async def when_it_plays(server: Server) -> None:
    while not (await server.wait()).track_data.data:
        """Something else came."""


async def test_it_can_be_interrupted(serve: Serve, minute: io.BytesIO) -> None:
    server = serve(then(listening))
    async with agent_for(server).connect() as session:
        track = await session.add_track()
        heard: list[float] = []

        async def play() -> None:
            heard.append(await track.play_wav(minute))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(play)
            await when_it_plays(server)
            with pytest.raises(AgentBusyError):
                await track.play_wav(spoken())
            await track.interrupt()
        assert heard[0] < 5
        assert await track.play_wav(spoken(0.02)) == pytest.approx(0.02)


async def test_a_track_that_cannot_play_it(serve: Serve) -> None:
    async with agent_for(serve(then(listening))).connect() as session:
        opus = await session.add_track(OutgoingAudioTrackOptions(encoding=TrackEncoding.OPUS))
        with pytest.raises(ValueError, match="how long Opus audio lasts"):
            await opus.play_wav(spoken())
        removed = await session.add_track()
        await removed.remove()
        with pytest.raises(AgentTrackRemovedError):
            await removed.play_wav(spoken())
        track = await session.add_track()
    with pytest.raises(AgentSessionClosedError):
        await track.play_wav(spoken())
