"""An emulator, a Redis, and workers as programs, which tests kill, freeze, drain and cut off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
from attrs import define, field

from fishjam import FishjamClient
from fishjam.emulator import Emulator
from fishjam.fleet._redis import redis_engine
from tests.fleet.observer import Observer
from tests.fleet.redis_server import RedisServer

ROOMS = 20
LEASE = 1.5
PATIENCE = 90.0


@define
class Play:
    """What a test of faults plays with."""

    emulator: Emulator
    redis: RedisServer
    observer: Observer
    backend: str
    is_fenced: bool = True
    namespace: str = field(factory=lambda: uuid.uuid4().hex)
    workers: list[subprocess.Popen[bytes]] = field(factory=list)
    history: list[str] = field(factory=list)
    """What was done, told when something takes too long."""

    def start_worker(self) -> None:
        program = [sys.executable, "-m", "tests.fleet.program", self.backend, self.redis.url]
        arguments = [self.namespace, self.emulator.fishjam_id, self.emulator.management_token]
        worker = subprocess.Popen(  # noqa: S603
            [*program, *arguments, str(LEASE)],
            env={**os.environ, "FENCE": "on" if self.is_fenced else "off"},
        )
        self.workers.append(worker)

    def make_rooms(self, count: int) -> None:
        with FishjamClient(self.emulator.fishjam_id, self.emulator.management_token) as client:
            for _ in range(count):
                client.create_room()

    def kill_worker(self) -> None:
        """Kill the oldest worker; another one starts."""
        worker = self.workers.pop(0)
        worker.kill()
        worker.wait(PATIENCE)
        self.start_worker()

    def put_busiest_first(self) -> None:
        """Let the worker with the most rooms be the one that something happens to."""

        async def look() -> Counter[str | None]:
            engine = redis_engine(self.redis.url, self.namespace)
            async with engine.open():
                return Counter(state.worker for state in await engine.jobs())

        rooms = anyio.run(look)
        self.workers.sort(key=lambda worker: -rooms[str(worker.pid)])

    def drain_worker(self) -> None:
        """Drain the oldest worker; another one starts."""
        self.start_worker()
        worker = self.workers.pop(0)
        worker.send_signal(signal.SIGTERM)
        self.wait_until(lambda: worker.poll() is not None)
        assert worker.returncode == 0

    def freeze_worker(self, seconds: float) -> None:
        """Let the oldest worker stand still for a while."""
        self.workers[0].send_signal(signal.SIGSTOP)
        self.rest(seconds)
        self.workers[0].send_signal(signal.SIGCONT)

    def freeze_redis(self, seconds: float) -> None:
        self.redis.freeze()
        self.rest(seconds)
        self.redis.freeze(False)

    def restart_redis(self, seconds: float = 1.0) -> None:
        """Kill Redis; it is empty when it comes back."""
        self.redis.kill()
        self.rest(seconds)
        self.redis.forget()
        self.redis.start()

    def empty_redis(self) -> None:
        assert self.redis.ask(b"FLUSHALL\r\n").startswith(b"+OK")

    def rewind_redis(self, meanwhile: Callable[[], None]) -> None:
        """Let Redis come back as it was before something."""
        assert self.redis.ask(b"SAVE\r\n").startswith(b"+OK")
        meanwhile()
        self.redis.kill()
        self.redis.start()

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
            assert time.monotonic() < end, f"it took too long: {self._what_is_wrong()}"
            time.sleep(0.02)
            self.observer.look()

    def _what_is_wrong(self) -> str:
        """Tell which rooms have no agent, and what the engine believes of them."""
        lonely = [room["id"] for room in self.emulator.rooms if not self.observer.has(room["id"])]
        ended = [worker.pid for worker in self.workers if worker.poll() is not None]

        async def look() -> tuple[object, object]:
            engine = redis_engine(self.redis.url, self.namespace)
            async with engine.open():
                states = await engine.jobs()
                jobs = [state for state in states if state.job.room_id in lonely]
                return jobs, await engine.workers()

        jobs, workers = anyio.run(look)
        return f"no agent in {lonely}, {jobs=}, {workers=}, {ended=}, {self.history=}"

    def rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        self.wait_until(lambda: time.monotonic() >= end)


@contextmanager
def playing(
    directory: Path, backend: str, workers: int = 2, *, is_fenced: bool = True
) -> Iterator[Play]:
    """Start so many workers and twenty rooms, and wait until each has its agent."""
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
