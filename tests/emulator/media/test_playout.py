"""Time and audio of a running emulator: on the machine's clock, and on one that stands still."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from fishjam.clock import ManualClock
from fishjam.emulator import Emulator
from fishjam.emulator._clock import EmulatorClock
from fishjam.emulator._deadline import Deadline
from fishjam.events import TrackRemoved
from tests.support.emulator_sockets import Socket, agent_socket, subscribed
from tests.support.plain_http import PLAIN

FRAME = 640
DAY = 24 * 60 * 60


def make_room(emulator: Emulator, peers: int) -> list[str]:
    """Make a room with agents, and return their tokens."""
    headers = {"authorization": f"Bearer {emulator.management_token}"}
    with httpx.Client(base_url=emulator.fishjam_id, headers=headers, **PLAIN) as client:
        room = client.post("/room").json()["data"]["room"]["id"]
        body = {"type": "agent", "options": {}}
        answers = [client.post(f"/room/{room}/peer", json=body) for _ in range(peers)]
        return [answer.json()["data"]["token"] for answer in answers]


@contextmanager
def talking(emulator: Emulator) -> Iterator[tuple[Socket, Socket]]:
    """Connect an agent with a track, and one that listens."""
    tokens = make_room(emulator, 2)
    with agent_socket(emulator) as speaker, agent_socket(emulator) as listener:
        for socket, token in zip((speaker, listener), tokens, strict=True):
            socket.authenticate(token)
        speaker.send(add_track={"track": {"id": "t", "type": 2}})
        yield speaker, listener


def speak(socket: Socket, frames: int) -> None:
    socket.send(track_data={"track_id": "t", "data": bytes(frames * FRAME)})


def heard(socket: Socket) -> bytes:
    data: bytes = socket.receive_content("track_data").data
    return data


def test_audio_takes_its_time(emulator: Emulator) -> None:
    with talking(emulator) as (speaker, listener):
        begin = time.monotonic()
        speak(speaker, 6)
        for _ in range(6):
            assert len(heard(listener)) == FRAME
        # The last one begins after 100 ms.
        assert 0.09 < time.monotonic() - begin < 30


def advance_emulator(emulator: Emulator, _clock: ManualClock, seconds: float) -> None:
    emulator.advance(seconds)


def advance_clock(_emulator: Emulator, clock: ManualClock, seconds: float) -> None:
    clock.advance(seconds)


@pytest.mark.parametrize("advance", [advance_emulator, advance_clock])
def test_a_clock_that_stands_still_holds_the_audio(
    advance: Callable[[Emulator, ManualClock, float], None],
) -> None:
    clock = ManualClock()
    with (
        Emulator(clock=clock) as emulator,
        talking(emulator) as (speaker, listener),
        subscribed(emulator) as backend,
    ):
        speak(speaker, 50)
        heard(listener)
        for count in (1, 5, 10):
            advance(emulator, clock, count * 0.02)
            for _ in range(count):
                heard(listener)
        # Everything that is due has been handed out when it returns, so nothing else comes.
        speaker.send(interrupt_track={"track_id": "t"})
        speaker.send(remove_track={"track_id": "t"})
        assert isinstance(backend.event(), TrackRemoved)
        advance(emulator, clock, 1)
        assert emulator._engine.state.tokens._now() == clock.now() == pytest.approx(1.32)
        speaker.send(add_track={"track": {"id": "u", "type": 2}})
        speaker.send(track_data={"track_id": "u", "data": b"next"})
        assert heard(listener) == b"next"


def test_an_interruption_is_heard_at_once(emulator: Emulator) -> None:
    with talking(emulator) as (speaker, listener):
        speak(speaker, 500)
        for _ in range(3):
            heard(listener)
        speaker.send(interrupt_track={"track_id": "t"})
        speaker.send(track_data={"track_id": "t", "data": b"new!"})
        late = 0
        while heard(listener) != b"new!":
            late += 1
        # What was on its way when the word came, which takes longer on a busy machine.
        assert late < 50


def test_tokens_go_by_the_clock_as_well() -> None:
    clock = ManualClock(1_000_000.0)
    with Emulator(clock=clock) as emulator:
        (token,) = make_room(emulator, 1)
        emulator.advance(DAY - 1)
        with agent_socket(emulator) as socket:
            socket.authenticate(token)
        clock.advance(2)
        with agent_socket(emulator) as socket:
            socket.send(auth_request={"token": token})
            assert socket.ending() == (1000, "expired token")
        emulator.reset()
        assert clock.now() == 1_000_000.0 + DAY + 1


def test_two_emulators_may_go_by_one_clock() -> None:
    clock = ManualClock()
    first, other = Emulator(clock=clock), Emulator(clock=clock)
    first.advance(5)
    assert other._engine.clock.now() == clock.now() == 5
    with pytest.raises(ValueError, match="seconds must not be negative"):
        first.advance(-1)
    with pytest.raises(ValueError, match="seconds must not be negative"):
        first.advance(float("nan"))


def test_who_sleeps_on_a_manual_clock_is_woken_by_it() -> None:
    manual = ManualClock()
    clock = EmulatorClock(manual)
    clock.start()
    moved: list[float] = []
    clock.watch(lambda: moved.append(clock.now()))

    async def sleep() -> None:
        sleeping = asyncio.create_task(clock.sleep_until(3))
        for seconds in (1.0, 2.0):
            await asyncio.sleep(0)
            assert not sleeping.done()
            manual.advance(seconds)
        await sleeping
        given_up = asyncio.create_task(clock.sleep_until(99))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.wait([given_up])
        assert not clock._sleepers

    asyncio.run(sleep())
    clock.reset()
    assert moved == [1.0, 3.0, 3.0]
    clock.stop()
    manual.advance(1)
    assert moved == [1.0, 3.0, 3.0]


def test_an_alarm_works_as_long_as_it_is_on() -> None:
    clock = EmulatorClock(ManualClock())
    clock.start()
    calls: asyncio.Queue[float] = asyncio.Queue()
    plans: list[float | None] = [None, 2.0, None]

    def work() -> float | None:
        calls.put_nowait(clock.now())
        return plans.pop(0)

    alarm = Deadline(threading.RLock(), clock, work)

    async def run() -> None:
        alarm.wake()
        await alarm.aclose()
        assert not alarm.is_on
        await alarm.open()
        assert await calls.get() == 0
        assert alarm.is_on
        alarm.wake()
        assert await calls.get() == 0
        clock.advance(2)
        assert await calls.get() == 2
        await alarm.aclose()
        alarm.wake()

    asyncio.run(run())
    assert calls.empty()
