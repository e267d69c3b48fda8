"""Waiting for recordings, on a local Fishjam and on a clock that jumps."""

from __future__ import annotations

import math
import time
from contextlib import suppress
from typing import Any

import pytest

from fishjam import AsyncFishjamClient, Backoff, errors
from fishjam._core.notes import explained
from fishjam.client._polling import Polling
from fishjam.emulator import Emulator
from fishjam.recording import Recording, RecordingStatus
from tests.support.calls import OUTPUT
from tests.support.clients import ManualClock, TaskClock, ThreadClock, World
from tests.support.http_server import Hang, Reply, ScriptedServer, refusing_port
from tests.support.limits import LIMITS

pytestmark = pytest.mark.anyio

STEADY = Backoff(initial_delay=1, max_delay=4, jitter=lambda: 1.0)
QUICK = Backoff(initial_delay=0.01, max_delay=0.01)
RECORDING = {"id": "r", "files": [], "source": {"compositionURL": "https://x/y", "outputId": "o"}}


@pytest.fixture
def clock(world: World) -> Any:
    return ThreadClock() if world.is_sync else TaskClock()


def reply(status: str) -> Reply:
    return Reply(200, {"data": {**RECORDING, "status": status}})


async def test_until_it_is_available(client: AsyncFishjamClient, clock: Any) -> None:
    recording = await client.create_composition_recording(OUTPUT)
    await client.stop_recording(recording.id)
    available = await client.wait_for_recording(recording.id, clock=clock)
    assert available.status is RecordingStatus.AVAILABLE
    assert available.files != []
    assert await client.wait_for_recording(recording.id, timeout=0) == available


async def test_the_waits_grow(world: World, clock: ManualClock) -> None:
    statuses = ["active", "active", "finished", "new", "finished", "available"]
    with ScriptedServer(*map(reply, statuses)) as server:
        async with world.client(server.url) as client:
            recording = await client.wait_for_recording("r", None, backoff=STEADY, clock=clock)  # type: ignore[arg-type]
    assert recording.status == "available"
    assert clock.waits == [1, 2, 4, 4, 4]


async def test_the_last_look_is_shortly_before_the_end(world: World, clock: ManualClock) -> None:
    with ScriptedServer(otherwise=reply("finished")) as server:
        async with world.client(server.url) as client:
            with pytest.raises(errors.RecordingTimeoutError) as caught:
                await client.wait_for_recording("r", 5.5, backoff=STEADY, clock=clock)  # type: ignore[arg-type]
    assert clock.waits == [1, 2, 1.5]
    assert len(server.requests) == 4
    assert explained(caught.value) == (
        "The recording is not available after 5.5 s; its status is 'finished'.\n"
        "wait_for_recording: r\nWait longer: a larger timeout, or None for no limit."
    )
    assert (caught.value.recording_id, caught.value.status) == ("r", "finished")
    assert isinstance(caught.value, TimeoutError)


async def test_a_recording_that_goes_on(client: AsyncFishjamClient, clock: Any) -> None:
    recording = await client.create_composition_recording(OUTPUT)
    with pytest.raises(errors.RecordingTimeoutError) as caught:
        await client.wait_for_recording(recording.id, 2, clock=clock)
    assert "stop it with stop_recording" in explained(caught.value)
    assert caught.value.status == "active"


async def test_a_recording_that_fails(
    client: AsyncFishjamClient, emulator: Emulator, clock: Any
) -> None:
    recording = await client.create_composition_recording(OUTPUT)
    emulator.fail_recording(recording.id)
    with pytest.raises(errors.RecordingFailedError, match="has failed") as caught:
        await client.wait_for_recording(recording.id, clock=clock)
    assert (caught.value.recording_id, caught.value.status) == (recording.id, "failed")


async def test_a_recording_that_is_not_there(client: AsyncFishjamClient) -> None:
    with pytest.raises(errors.NotFoundError):
        await client.wait_for_recording("nobody")


@pytest.mark.parametrize("timeout", [-1, math.nan, 10**400])
async def test_times_that_make_no_sense(
    client: AsyncFishjamClient, emulator: Emulator, timeout: float
) -> None:
    with pytest.raises(ValueError, match="give seconds, or None for no limit"):
        await client.wait_for_recording("r", timeout)
    assert emulator.requests == []


async def test_on_the_clock_of_the_machine(client: AsyncFishjamClient, emulator: Emulator) -> None:
    quick = Backoff(initial_delay=0.001, max_delay=0.001)
    recording = await client.create_composition_recording(OUTPUT)
    with pytest.raises(errors.RecordingTimeoutError):
        await client.wait_for_recording(recording.id, timeout=0.003, backoff=quick)


# A server that does not answer.


@pytest.mark.parametrize(
    ("timeout", "last_look"), [(300, 1), (5.5, 1), (4, 1), (0.2, 0.05), (0.01, 0.0025)]
)
def test_no_look_may_take_longer_than_all_of_them(timeout: float, last_look: float) -> None:
    polling = Polling(timeout, STEADY, 100)
    assert polling.left(100) == pytest.approx(timeout)
    recording = Recording.from_dict({**RECORDING, "status": "active", "metadata": {}})
    moment = 100.0
    with suppress(errors.RecordingTimeoutError):
        while (next_look := polling.next_look(recording, moment)) is not None:
            moment = next_look
    assert polling.left(moment) == pytest.approx(last_look)
    # A machine that sleeps for too long may come later.
    assert polling.left(100 + timeout + 1) == 0


def test_one_look_takes_as_long_as_any_call() -> None:
    assert Polling(0, STEADY, 100).left(100) is None


async def test_a_look_gets_what_is_left_of_the_time(world: World) -> None:
    for limit in LIMITS[1:]:
        with ScriptedServer(reply("active"), Hang()) as server:
            async with world.client(server.url, timeout=60) as client:
                started = time.monotonic()
                with pytest.raises(errors.RecordingTimeoutError) as caught:
                    await client.wait_for_recording("r", limit, backoff=QUICK)
        assert time.monotonic() - started < limit + 15
        if caught.value.status is not None:
            break
    assert caught.value.status == "active"
    assert isinstance(caught.value.__cause__, errors.FishjamTimeoutError)


async def test_a_server_that_never_answers(world: World) -> None:
    with ScriptedServer(Hang()) as server:
        async with world.client(server.url, timeout=30) as client:
            with pytest.raises(errors.RecordingTimeoutError) as caught:
                await client.wait_for_recording("r", 0.1)
    assert str(caught.value) == (
        "The recording is not available after 0.1 s; the server does not answer."
    )
    assert (caught.value.recording_id, caught.value.status) == ("r", None)


async def test_a_server_that_is_not_there_is_said_so(world: World) -> None:
    with refusing_port() as port:
        async with world.client(f"http://127.0.0.1:{port}", retry=None) as client:
            with pytest.raises(errors.FishjamConnectionError) as caught:
                await client.wait_for_recording("r", 60)
            assert type(caught.value) is errors.FishjamConnectionError
            with pytest.raises(errors.FishjamConnectionError):
                await client.wait_for_recording("r", None)
    assert "wait_for_recording (get_recording): GET" in explained(caught.value)
