"""What happens to twenty rooms when workers, machines, Redis and sockets fail.

An observer of Fishjam's own events sees no moment with two agents in a room, and every room has one
again by itself. With the fence switched off the same observer sees two.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import define, field

from fishjam import FishjamClient
from fishjam.emulator import Emulator
from tests.fleet.observer import Observer
from tests.fleet.redis_server import RedisServer

ROOMS = 20
LEASE = 1.5
PATIENCE = 90.0


@define
class Play:
    """An emulator, a Redis, and workers as programs."""

    emulator: Emulator
    redis: RedisServer
    observer: Observer
    backend: str
    is_fenced: bool = True
    namespace: str = field(factory=lambda: uuid.uuid4().hex)
    workers: list[subprocess.Popen[bytes]] = field(factory=list)

    def start_worker(self) -> subprocess.Popen[bytes]:
        program = [sys.executable, "-m", "tests.fleet.program", self.backend, self.redis.url]
        arguments = [self.namespace, self.emulator.fishjam_id, self.emulator.management_token]
        worker = subprocess.Popen(  # noqa: S603
            [*program, *arguments, str(LEASE)],
            env={**os.environ, "FENCE": "on" if self.is_fenced else "off"},
        )
        self.workers.append(worker)
        return worker

    def make_rooms(self, count: int) -> None:
        with FishjamClient(self.emulator.fishjam_id, self.emulator.management_token) as client:
            for _ in range(count):
                client.create_room()

    def wait_until_whole(self, count: int = ROOMS) -> None:
        """Wait until so many rooms have exactly one agent, and for longer than a lease."""
        self.wait_until(lambda: self.observer.count() == count)
        end = time.monotonic() + LEASE
        while time.monotonic() < end:
            time.sleep(0.05)
            if self.observer.count() != count:
                self.wait_until(lambda: self.observer.count() == count)
                end = time.monotonic() + LEASE

    def wait_until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, "it took too long"
            time.sleep(0.02)
            self.observer.look()


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@contextmanager
def playing(
    directory: Path, backend: str, workers: int = 2, *, is_fenced: bool = True
) -> Iterator[Play]:
    with Emulator() as emulator, RedisServer(directory) as redis:
        play = Play(emulator, redis, Observer(emulator), backend, is_fenced)
        try:
            for _ in range(workers):
                play.start_worker()
            play.make_rooms(ROOMS)
            play.wait_until_whole()
            yield play
        finally:
            for worker in play.workers:
                worker.kill()
                worker.wait()


@pytest.fixture
def play(tmp_path: Path, backend: str) -> Iterator[Play]:
    """Two workers and twenty rooms with an agent each."""
    with playing(tmp_path, backend) as play:
        yield play
        assert play.observer.doubles == []


def test_a_killed_worker(play: Play) -> None:
    play.workers[0].kill()
    play.wait_until(lambda: play.observer.count() < ROOMS)
    play.wait_until_whole()


def test_a_drained_worker(play: Play) -> None:
    play.workers[0].send_signal(signal.SIGTERM)
    assert play.workers[0].wait(PATIENCE) == 0
    play.wait_until_whole()


def test_a_frozen_worker_that_wakes_up(play: Play) -> None:
    arrivals = play.observer.arrivals
    play.workers[0].send_signal(signal.SIGSTOP)
    play.wait_until(lambda: play.observer.count() == ROOMS and play.observer.arrivals > arrivals)
    time.sleep(2 * LEASE)
    play.workers[0].send_signal(signal.SIGCONT)
    play.wait_until_whole()


def test_redis_that_stands_still(play: Play) -> None:
    arrivals = play.observer.arrivals
    play.redis.freeze()
    time.sleep(2)
    play.redis.freeze(False)
    play.wait_until_whole()
    assert play.observer.arrivals == arrivals


def test_redis_that_loses_everything(play: Play) -> None:
    arrivals = play.observer.arrivals
    play.redis.kill()
    time.sleep(1)
    play.redis.start()
    play.wait_until_whole()
    play.redis.ask(b"FLUSHALL\r\n")
    play.wait_until_whole()
    # Everybody kept what they had.
    assert play.observer.arrivals == arrivals


def test_all_sockets_are_cut(play: Play) -> None:
    play.emulator.drop_connections()
    play.wait_until_whole()


def test_redis_and_a_worker_at_once(play: Play) -> None:
    play.redis.kill()
    play.workers[0].kill()
    time.sleep(1)
    play.redis.start()
    play.wait_until_whole()


def test_without_the_fence_the_observer_sees_two(tmp_path: Path) -> None:
    """Otherwise the other tests would prove nothing."""
    with playing(tmp_path, "asyncio", is_fenced=False) as play:
        arrivals = play.observer.arrivals
        play.workers[0].send_signal(signal.SIGSTOP)
        play.wait_until(lambda: play.observer.arrivals > arrivals)
        play.wait_until(lambda: play.observer.doubles)
