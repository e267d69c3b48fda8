"""Playing at the pace of real time, on a clock that the tests move."""

from __future__ import annotations

import logging
import math
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from fishjam._concurrency.loop import background
from fishjam.agent import (
    AgentBusyError,
    AgentConnectionError,
    AgentError,
    AgentSession,
    OutgoingAudioTrackOptions,
    OutgoingTrack,
)
from fishjam.agent._options import TrackFormat
from fishjam.agent._pacing import LEAD, Player
from fishjam.clock import ManualClock
from fishjam.events import TrackEncoding
from tests.agent.agent_script import IMPATIENT, agent_for, closing, hear, listening, then
from tests.agent.clocks import TICK, ticking
from tests.support.websocket_server import Server
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]

MONO = OutgoingAudioTrackOptions()
SECOND = bytes(range(250)) * 128
"""A second of mono audio at 16000 Hz."""
FRAME = 640


class Sent:
    """Stands at the end of a player, and notes what it sends and when."""

    def __init__(self, clock: ManualClock, takes: float = 0) -> None:
        self._clock = clock
        self._takes = takes
        self.frames: list[tuple[float, bytes]] = []

    async def __call__(self, frame: bytes) -> None:
        if self._takes:
            await self._clock.sleep_until(self._clock.now() + self._takes)
        self.frames.append((self._clock.now(), frame))

    @property
    def audio(self) -> bytes:
        return b"".join(frame for _, frame in self.frames)

    @property
    def times(self) -> list[float]:
        return [round(time, 6) for time, _ in self.frames]


def player_of(source: Any, clock: ManualClock, sent: Sent, **options: Any) -> Player:
    audio = TrackFormat.of(OutgoingAudioTrackOptions(**options))
    return Player(source, audio, clock, sent)


async def play(
    source: Any, step: float = TICK, turns: int = 15, **options: Any
) -> tuple[Sent, float, ManualClock]:
    clock = ManualClock()
    sent = Sent(clock)
    async with ticking(clock, step, turns):
        seconds = await player_of(source, clock, sent, **options).play()
    return sent, seconds, clock


async def test_a_minute_takes_a_minute(serve: Serve) -> None:
    server = serve(then(listening))
    clock = ManualClock()
    chunks: list[bytes] = []

    async def tick_when_heard() -> None:
        # A server that lags behind would fill the socket, and so hold up the player.
        for _ in range(600):
            due = min(3000, math.floor((clock.now() + LEAD) / TICK + 0.5))
            requests = await server.wait_for(due - len(chunks))
            chunks.extend(request.track_data.data for request in requests)
            clock.advance(0.1)

    async with agent_for(server).connect(clock=clock) as session:
        track = await session.add_track()
        await server.wait()
        async with background(tick_when_heard):
            assert await track.play(SECOND * 60) == 60
        assert clock.now() == pytest.approx(60, abs=TICK)
    assert b"".join(chunks) == SECOND * 60
    assert {len(chunk) for chunk in chunks} == {FRAME}
    assert await server.wait() == 1000


async def test_frames_go_out_on_a_schedule_that_does_not_drift() -> None:
    sent, seconds, clock = await play(SECOND * 10)
    assert seconds == 10
    assert clock.now() == pytest.approx(10, abs=TICK)
    # A few at once so that there is a stock, then each when it is due.
    expected = [max(0.0, number * TICK - LEAD) for number in range(500)]
    assert sent.times == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("step", [0.007, 0.09])
async def test_a_loop_that_is_held_up_for_less_than_the_lead_is_caught_up_with(step: float) -> None:
    sent, seconds, clock = await play(SECOND * 3, step, turns=100)
    assert seconds == 3
    assert clock.now() == pytest.approx(3, abs=step)
    assert sent.audio == SECOND * 3
    due = [max(0.0, number * TICK - LEAD) for number in range(150)]
    delays = [time - moment for time, moment in zip(sent.times, due, strict=True)]
    assert min(delays) > -1e-5
    assert max(delays) < step + 1e-5


class Playout:
    """What a server does with frames: plays them in real time, and is silent without any."""

    def __init__(self, sent: Sent) -> None:
        self.end = self.heard = 0.0
        for moment, frame in sent.frames:
            self.end = max(self.end, moment) + len(frame) / len(SECOND)
            self.heard += len(frame) / len(SECOND)


@pytest.mark.parametrize("held_up", [0.15, 1.5, 60])
async def test_after_the_loop_was_held_up_it_returns_when_all_was_heard(held_up: float) -> None:
    clock = ManualClock()
    sent = Sent(clock)
    async with anyio.create_task_group() as tasks:

        async def hold_up() -> None:
            await clock.sleep_until(1)
            clock.advance(held_up)

        tasks.start_soon(hold_up)
        async with ticking(clock):
            assert await player_of(SECOND * 3, clock, sent).play() == pytest.approx(3)
    assert sent.audio == SECOND * 3
    assert clock.now() == pytest.approx(Playout(sent).end, abs=2 * TICK)


async def test_after_the_loop_was_held_up_an_interruption_counts_what_was_heard() -> None:
    clock = ManualClock()
    sent = Sent(clock)
    player = player_of(SECOND * 9, clock, sent)
    async with anyio.create_task_group() as tasks:

        async def hold_up_and_stop() -> None:
            await clock.sleep_until(1)
            clock.advance(1.5)
            await clock.sleep_until(4)
            player.stop()

        tasks.start_soon(hold_up_and_stop)
        async with ticking(clock):
            seconds = await player.play()
    playout = Playout(sent)
    assert seconds == pytest.approx(playout.heard - (playout.end - 4), abs=2 * TICK)


@pytest.mark.parametrize(
    ("options", "frame"),
    [
        ({"sample_rate": 24000}, 960),
        ({"channels": 2}, 1280),
        ({"sample_rate": 24000, "channels": 2}, 1920),
        ({"encoding": TrackEncoding.PCM16}, 640),
    ],
)
async def test_frames_are_20_ms_in_every_form(options: dict[str, Any], frame: int) -> None:
    sent, seconds, _ = await play(bytes(frame * 7 + 8), **options)
    assert [len(one) for _, one in sent.frames] == [frame] * 7 + [8]
    assert seconds == pytest.approx(0.14 + 8 / (frame * 50))


def cut(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def later(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        await checkpoint()
        yield chunk


SOURCES: list[Callable[[bytes], Any]] = [
    bytes,
    bytearray,
    memoryview,
    lambda data: [data],
    lambda data: list(cut(data, 7)),
    lambda data: cut(data, 641),
    lambda data: [bytearray(data[:3]), b"", memoryview(data[3:])],
    lambda data: later(cut(data, 999)),
    lambda data: later(cut(data, 100_000)),
]


@pytest.mark.parametrize("kind", SOURCES)
async def test_any_source_in_chunks_of_any_length(kind: Callable[[bytes], Any]) -> None:
    data = SECOND[: FRAME * 10 + 100]
    sent, seconds, _ = await play(kind(data))
    assert sent.audio == data
    assert [len(frame) for _, frame in sent.frames] == [FRAME] * 10 + [100]
    assert seconds == len(data) / len(SECOND)


async def test_nothing_is_played_of_nothing() -> None:
    for source in (b"", [], [b""]):
        sent, seconds, _ = await play(source)
        assert (sent.frames, seconds) == ([], 0)


async def test_bytes_that_are_no_whole_number_of_samples() -> None:
    with pytest.raises(ValueError, match="multiple of 2"):
        await play(b"abc")
    with pytest.raises(ValueError, match="multiple of 4"):
        await play(b"ab", channels=2)


async def test_half_a_sample_at_the_end_of_a_source(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "fishjam"):
        sent, _, _ = await play([b"abc", b"defg"], channels=2)
    assert sent.audio == b"abcd"
    assert "the last 3 byte(s)" in caplog.text


@pytest.mark.parametrize("source", [None, "text", 5, ["text"], [5]])
async def test_what_is_no_source(source: Any) -> None:
    with pytest.raises(TypeError, match="bytes"):
        await play(source)


async def test_a_source_that_is_late_makes_a_gap_and_the_rest_follows() -> None:
    clock = ManualClock()
    sent = Sent(clock)

    async def speech() -> AsyncIterator[bytes]:
        await clock.sleep_until(1)
        yield bytes(FRAME * 10)
        await clock.sleep_until(3)
        yield bytes(FRAME * 20)

    async with ticking(clock):
        assert await player_of(speech(), clock, sent).play() == pytest.approx(0.6)
    assert clock.now() == pytest.approx(3.4, abs=TICK)
    first = [max(1.0, 1 + number * TICK - LEAD) for number in range(10)]
    second = [max(3.0, 3 + number * TICK - LEAD) for number in range(20)]
    assert sent.times == pytest.approx(first + second, abs=TICK)


async def test_a_source_that_keeps_up_makes_no_gap() -> None:
    clock = ManualClock()
    sent = Sent(clock)

    async def microphone() -> AsyncIterator[bytes]:
        for number in range(100):
            await clock.sleep_until(number * TICK)
            yield bytes(FRAME)

    async with ticking(clock):
        assert await player_of(microphone(), clock, sent).play() == pytest.approx(2)
    assert clock.now() == pytest.approx(2, abs=2 * TICK)


async def test_a_way_that_is_blocked_moves_the_schedule_too() -> None:
    """Who comes back after a long loss does not send all that was due meanwhile at once."""
    clock = ManualClock()
    sent = Sent(clock, takes=0.5)
    async with ticking(clock):
        await player_of(bytes(FRAME * 4), clock, sent).play()
    assert clock.now() == pytest.approx(2.02, abs=2 * TICK)


async def test_what_the_source_raises_comes_out_as_it_is() -> None:
    def broken() -> Iterator[bytes]:
        yield bytes(FRAME)
        raise LookupError("mine")

    clock = ManualClock()
    with pytest.raises(LookupError, match="mine"):
        await player_of(broken(), clock, Sent(clock)).play()


class Playing:
    """A play in a task of its own."""

    def __init__(self, track: OutgoingTrack, source: Any) -> None:
        self._track = track
        self._source = source
        self.seconds = math.nan

    async def __call__(self) -> None:
        self.seconds = await self._track.play(self._source)


async def contents(server: Server, last: int = 1000) -> list[str]:
    """Return the kinds of requests that came up to the close of the agent."""
    found = []
    while (request := await server.wait()) != last:
        found.append(request.WhichOneof("content"))
    return found


async def settle(clock: ManualClock, seconds: float) -> None:
    """Move the clock frame by frame, and let everything happen that is due."""
    for _ in range(round(seconds / TICK)):
        clock.advance(TICK)
        for _ in range(10):
            await checkpoint()


async def begun(session: AgentSession, clock: ManualClock, source: Any, tasks: Any) -> Playing:
    track = await session.add_track()
    playing = Playing(track, source)
    tasks.start_soon(playing)
    for _ in range(20):
        await checkpoint()
    return playing


async def test_interrupt_ends_it_at_once_and_tells_what_was_heard(serve: Serve) -> None:
    server = serve(then(listening))
    clock = ManualClock()
    async with (
        agent_for(server).connect(clock=clock) as session,
        anyio.create_task_group() as tasks,
    ):
        playing = await begun(session, clock, SECOND, tasks)
        await settle(clock, 0.5)
        await playing._track.interrupt()
        # The track is free again, before the other task has noticed.
        assert await playing._track.play(b"") == 0
        assert playing.seconds == pytest.approx(0.5)
    kinds = await contents(server)
    assert kinds == ["add_track", *["track_data"] * 31, "interrupt_track"]


async def test_interrupt_ends_it_also_while_it_waits_for_its_source(serve: Serve) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield SECOND[:3200]
        await anyio.sleep_forever()

    server = serve(then(listening))
    clock = ManualClock()
    async with (
        agent_for(server).connect(clock=clock) as session,
        anyio.create_task_group() as tasks,
    ):
        playing = await begun(session, clock, endless(), tasks)
        await settle(clock, 5)
        await playing._track.interrupt()
    assert playing.seconds == pytest.approx(0.1)


async def test_interrupt_right_at_the_beginning(serve: Serve) -> None:
    clock = ManualClock()
    async with (
        agent_for(serve(then(listening))).connect(clock=clock) as session,
        anyio.create_task_group() as tasks,
    ):
        playing = await begun(session, clock, SECOND, tasks)
        await playing._track.interrupt()
    assert playing.seconds == 0


async def test_nothing_is_sent_after_an_interrupt(serve: Serve) -> None:
    """Not even by a play that was woken to send its next frame at the same moment."""
    server = serve(then(listening))
    clock = ManualClock()
    async with (
        agent_for(server).connect(clock=clock) as session,
        anyio.create_task_group() as tasks,
    ):
        playing = await begun(session, clock, SECOND, tasks)
        clock.advance(0.5)
        await playing._track.interrupt()
    assert (await contents(server))[-1] == "interrupt_track"


async def test_remove_ends_it(serve: Serve) -> None:
    server = serve(then(listening))
    clock = ManualClock()
    async with (
        agent_for(server).connect(clock=clock) as session,
        anyio.create_task_group() as tasks,
    ):
        playing = await begun(session, clock, SECOND, tasks)
        await settle(clock, 0.2)
        await playing._track.remove()
    assert playing.seconds == pytest.approx(0.2)
    assert (await contents(server))[-1] == "remove_track"


async def test_a_second_play_is_refused_and_the_first_goes_on(serve: Serve) -> None:
    clock = ManualClock()
    async with (
        agent_for(serve(then(listening))).connect(clock=clock) as session,
        anyio.create_task_group() as tasks,
    ):
        playing = await begun(session, clock, SECOND, tasks)
        with pytest.raises(AgentBusyError, match="is playing already") as caught:
            await playing._track.play(b"ab")
        assert isinstance(caught.value, AgentError)
        await settle(clock, 1)
    assert playing.seconds == 1


async def test_a_play_that_is_cancelled_leaves_the_track_usable(serve: Serve) -> None:
    server = serve(then(listening))
    clock = ManualClock()
    async with agent_for(server).connect(clock=clock) as session:
        track = await session.add_track()
        with anyio.move_on_after(0.01) as scope:
            await track.play(SECOND)
        assert scope.cancelled_caught
        async with ticking(clock):
            assert await track.play(SECOND[:FRAME]) == TICK
    assert "interrupt_track" not in await contents(server)


async def test_opus_cannot_be_paced(serve: Serve) -> None:
    async with agent_for(serve(then(listening))).connect() as session:
        track = await session.add_track(OutgoingAudioTrackOptions(encoding=TrackEncoding.OPUS))
        with pytest.raises(ValueError, match="Opus"):
            await track.play(b"ab")


async def test_the_connection_breaks_meanwhile(serve: Serve) -> None:
    clock = ManualClock()
    script = then(*[hear] * 10, closing(1011))
    async with agent_for(serve(script)).connect(clock=clock, socket_options=IMPATIENT) as session:
        track = await session.add_track()
        async with ticking(clock, 0.001):
            with pytest.raises(AgentConnectionError):
                await track.play(SECOND * 1000)
        with pytest.raises(AgentConnectionError):
            await track.play(SECOND)


async def test_on_the_real_clock(serve: Serve) -> None:
    async with agent_for(serve(then(listening))).connect() as session:
        track = await session.add_track()
        with anyio.fail_after(5):
            assert await track.play(SECOND[: FRAME * 8]) == 0.16
