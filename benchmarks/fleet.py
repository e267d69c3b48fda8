"""How quickly a fleet takes jobs and moves agents, and what it asks of Redis."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeAlias

import anyio
from attrs import define, field, frozen

from fishjam import FishjamClient
from fishjam.emulator import Emulator
from fishjam.events import PeerConnected, PeerDisconnected, PeerType
from fishjam.fleet import JobKey
from fishjam.fleet._redis import redis_engine
from tests.fleet.redis_server import RedisServer

WORKERS = 2
ASKING = 16
"""How many requests of one process are under way at a time when it asks at once."""

Times: TypeAlias = tuple[float, float]
PATIENCE = 120.0


@frozen
class Effort:
    """How much is measured."""

    sizes: tuple[int, ...]
    taking_rounds: int
    at_once: int
    idle_sizes: tuple[int, ...]
    idle_seconds: float
    per_second: int
    rounds: int
    rooms: int
    lease: float


FULL = Effort((1_000, 10_000), 3, 5_000, (50, 1_000), 10, 300, 3, 20, 5.0)
QUICK = Effort((50,), 1, 100, (10, 20), 2, 200, 1, 4, 1.5)


def p99_of(values: Sequence[float]) -> float:
    """Return the 99th percentile."""
    return sorted(values)[min(len(values) - 1, round(len(values) * 0.99))]


def show(name: str, values: Sequence[float], unit: str = "ms", scale: float = 1e3) -> None:
    """Print the median, the 99th percentile and the ends of what was measured."""
    ordered = sorted(value * scale for value in values)
    print(
        f"{name:52} p50 {statistics.median(ordered):8.1f}  p99 {p99_of(ordered):8.1f}  "
        f"min {ordered[0]:8.1f}  max {ordered[-1]:8.1f} {unit}  (n = {len(ordered)})",
        flush=True,
    )


def wait_until(condition: Callable[[], bool], pause: float = 0.002) -> None:
    """Wait for something that other processes do."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not happen")
        time.sleep(pause)


@contextmanager
def holders(redis: RedisServer, namespace: str, capacity: int) -> Iterator[list[Holder]]:
    """Keep workers that hold jobs without agents."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(Holder.started(redis, namespace, f"w{number}", capacity))
            for number in range(WORKERS)
        ]


@frozen
class Holder:
    """A worker that holds jobs."""

    process: subprocess.Popen[str]

    @classmethod
    @contextmanager
    def started(
        cls, redis: RedisServer, namespace: str, name: str, capacity: int
    ) -> Iterator[Holder]:
        """Start one."""
        program = [sys.executable, "-m", "benchmarks.fleet_worker"]
        arguments = [redis.url, namespace, name, str(capacity)]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            [*program, *arguments], stdin=pipe, stdout=pipe, text=True
        ) as process:
            try:
                yield cls(process)
            finally:
                process.kill()

    def taken(self) -> list[Times]:
        """Return when each of its jobs was asked for and taken."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("it has no pipes")
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        pairs = (pair.split(",") for pair in self.process.stdout.readline().split())
        return [(float(asked), float(taken)) for asked, taken in pairs]


def all_taken(workers: Sequence[Holder], count: int) -> list[Times]:
    """Return when so many jobs were asked for and taken, once all are taken."""
    times: list[Times] = []

    def are_taken() -> bool:
        times[:] = [each for worker in workers for each in worker.taken()]
        return len(times) >= count

    wait_until(are_taken, 0.5)
    return times


async def dispatch(redis: RedisServer, namespace: str, count: int, per_second: int) -> None:
    """Ask for jobs, so many a second."""
    engine = redis_engine(redis.url, namespace)
    async with engine.open():
        started = anyio.current_time()
        for number in range(count):
            await anyio.sleep_until(started + number / per_second)
            await engine.dispatch(JobKey(f"room-{number}", "listener"))


async def dispatch_at_once(redis: RedisServer, namespace: str, count: int) -> None:
    """Ask for jobs as fast as one process can."""
    engine = redis_engine(redis.url, namespace)
    numbers = iter(range(count))

    async def ask() -> None:
        for number in numbers:
            await engine.dispatch(JobKey(f"room-{number}", "listener"))

    async with engine.open(), anyio.create_task_group() as tasks:
        for _ in range(ASKING):
            tasks.start_soon(ask)


async def wait_for_workers(redis: RedisServer, namespace: str) -> None:
    """Wait until all workers send heartbeats, and the first lease has passed."""
    engine = redis_engine(redis.url, namespace)
    async with engine.open():
        while len(await engine.workers()) < WORKERS:  # noqa: ASYNC110 - it is another process
            await anyio.sleep(0.05)
    # In a Redis that was empty no job is taken for the length of a lease.
    await anyio.sleep(6)


def times_of(redis: RedisServer, size: int, per_second: int | None) -> list[Times]:
    """Ask for jobs, so many a second or all at once, and return when they were taken."""
    namespace = uuid.uuid4().hex
    with holders(redis, namespace, size) as workers:
        anyio.run(wait_for_workers, redis, namespace)
        if per_second is None:
            anyio.run(dispatch_at_once, redis, namespace, size)
        else:
            anyio.run(dispatch, redis, namespace, size, per_second)
        return all_taken(workers, size)


def measure_taking(redis: RedisServer, effort: Effort) -> None:
    """Print how long jobs wait until a worker has taken them, and how many are taken a second."""
    rate = effort.per_second
    tails: dict[int, list[float]] = {size: [] for size in effort.sizes}
    # In turn, so that what else the machine does falls on all sizes alike.
    for _ in range(effort.taking_rounds):
        for size, seen in tails.items():
            waits = [taken - asked for asked, taken in times_of(redis, size, rate)]
            show(f"asked to taken, {size} rooms at {rate}/s", waits)
            seen.append(p99_of(waits))
    for size, seen in tails.items():
        show(f"p99 of each round, {size} rooms at {rate}/s", seen)
    medians = [statistics.median(seen) for seen in tails.values()]
    print(f"growth of the p99 to the last size{medians[-1] / medians[0]:>40.1f} times", flush=True)
    times = times_of(redis, effort.at_once, None)
    seconds = max(taken for _, taken in times) - min(asked for asked, _ in times)
    print(f"taken at once, {effort.at_once} rooms{len(times) / seconds:>53.0f} /s", flush=True)


def commands_of(redis: RedisServer) -> int:
    """Return how many commands a server has run."""
    answer = redis.ask(b"INFO stats\r\n").decode()
    return int(answer.partition("total_commands_processed:")[2].partition("\r")[0])


def measure_idle(redis: RedisServer, effort: Effort) -> None:
    """Print how many commands a second workers send that have nothing to do."""
    for size in effort.idle_sizes:
        namespace = uuid.uuid4().hex
        with holders(redis, namespace, size) as workers:
            anyio.run(wait_for_workers, redis, namespace)
            anyio.run(dispatch, redis, namespace, size, 500)
            all_taken(workers, size)
            before = commands_of(redis)
            time.sleep(effort.idle_seconds)
            rate = (commands_of(redis) - before) / effort.idle_seconds
        print(f"idle commands, {WORKERS} workers with {size} rooms{rate:>40.1f} /s", flush=True)


@define
class Watch:
    """When agents came to rooms and left them, by the events of the emulator."""

    emulator: Emulator
    came: dict[str, list[float]] = field(factory=dict)
    left: dict[str, list[float]] = field(factory=dict)
    present: dict[str, set[str]] = field(factory=dict)
    _seen: int = 0

    def look(self) -> None:
        """Take in what has happened since the last look."""
        events = self.emulator.notifications
        now = time.monotonic()
        for event in events[self._seen :]:
            if isinstance(event, (PeerConnected, PeerDisconnected)):
                self._note(event, now)
        self._seen = len(events)

    def _note(self, event: PeerConnected | PeerDisconnected, now: float) -> None:
        if event.peer_type != PeerType.AGENT:
            return
        present = self.present.setdefault(event.room_id, set())
        if isinstance(event, PeerConnected):
            present.add(event.peer_id)
            self.came.setdefault(event.room_id, []).append(now)
        else:
            present.discard(event.peer_id)
            self.left.setdefault(event.room_id, []).append(now)

    def whole(self, count: int) -> bool:
        """Tell whether so many rooms have their agent."""
        self.look()
        return sum(len(present) == 1 for present in self.present.values()) == count


@define
class Scene:
    """A local Fishjam, a Redis and the fleet of `fleet_app`."""

    emulator: Emulator
    redis: RedisServer
    effort: Effort
    namespace: str = field(factory=lambda: uuid.uuid4().hex)
    programs: list[subprocess.Popen[bytes]] = field(factory=list)

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        """Start a worker, or several with a supervisor."""
        environment = {
            **os.environ,
            "FISHJAM_FLEET_URL": self.redis.url,
            "FISHJAM_FLEET_NAMESPACE": self.namespace,
            "FISHJAM_ID": self.emulator.fishjam_id,
            "FISHJAM_MANAGEMENT_TOKEN": self.emulator.management_token,
            "LEASE": str(self.effort.lease),
        }
        command = [sys.executable, "-m", "fishjam", "fleet", "worker", "benchmarks.fleet_app:fleet"]
        program = subprocess.Popen(
            [*command, "--capacity=100", *options],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.programs.append(program)
        return program

    def wait_for_workers(self, count: int) -> list[str]:
        """Wait for so many workers and return their names."""

        async def names() -> list[str]:
            engine = redis_engine(self.redis.url, self.namespace)
            async with engine.open():
                while len(found := await engine.workers()) != count:  # noqa: ASYNC110
                    await anyio.sleep(0.05)
                # No job is taken for a lease after the first heartbeat.
                await anyio.sleep(self.effort.lease + 0.5)
                return sorted(found)

        return anyio.run(names)

    def make_rooms(self, watch: Watch) -> list[float]:
        """Make rooms, one after another; returns how long each waited for its agent."""
        waits = []
        with FishjamClient(self.emulator.fishjam_id, self.emulator.management_token) as client:
            for count in range(1, self.effort.rooms + 1):
                room = client.create_room()
                started = time.monotonic()
                wait_until(lambda count=count: watch.whole(count))  # type: ignore[misc]
                waits.append(watch.came[room.id][0] - started)
        return waits


@contextmanager
def scene(redis: RedisServer, effort: Effort) -> Iterator[Scene]:
    """Keep a local Fishjam, and end all workers."""
    with Emulator() as emulator:
        made = Scene(emulator, redis, effort)
        try:
            yield made
        finally:
            for program in made.programs:
                program.kill()
                program.wait()


def back_after(watch: Watch, moment: float) -> list[float]:
    """Return how long after a moment the rooms that lost their agent had another."""
    return [times[-1] - moment for times in watch.came.values() if times[-1] > moment]


def measure_death(redis: RedisServer, effort: Effort, supervised: bool) -> tuple[list[float], ...]:
    """Kill a worker; returns for its rooms the time without an agent, and asked to connected."""
    with scene(redis, effort) as made:
        watch = Watch(made.emulator)
        if supervised:
            supervisor = made.start(f"--processes={WORKERS}")
        else:
            for _ in range(WORKERS):
                made.start()
        made.wait_for_workers(WORKERS)
        waits = made.make_rooms(watch)
        victim = children_of(supervisor.pid)[0] if supervised else made.programs[0].pid
        os.kill(victim, signal.SIGKILL)
        moment = time.monotonic()
        # What it had is seen to be gone before it is seen to be back.
        wait_until(lambda: not watch.whole(effort.rooms))
        wait_until(lambda: watch.whole(effort.rooms))
        return back_after(watch, moment), waits


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    files = Path(f"/proc/{pid}/task").glob("*/children")
    return sorted(int(child) for file in files for child in file.read_text("ascii").split())


def measure_drain(redis: RedisServer, effort: Effort) -> list[float]:
    """Drain a worker; returns for its rooms the time without an agent."""
    with scene(redis, effort) as made:
        watch = Watch(made.emulator)
        for _ in range(WORKERS):
            made.start("--handover-after=0.5")
        made.wait_for_workers(WORKERS)
        made.make_rooms(watch)
        made.programs[0].send_signal(signal.SIGTERM)
        moment = time.monotonic()
        wait_until(lambda: watch.whole(effort.rooms) and made.programs[0].poll() is not None)
        return [
            max(0.0, times[-1] - watch.left[room][-1])
            for room, times in watch.came.items()
            if times[-1] > moment
        ]


def measure_moving(redis: RedisServer, effort: Effort) -> None:
    """Print how long rooms have no agent after a death and in a drain."""
    connected: list[float] = []
    for supervised in (False, True):
        gaps: list[float] = []
        for _ in range(effort.rounds):
            more, waits = measure_death(redis, effort, supervised)
            gaps += more
            connected += waits
        how = "under a supervisor" if supervised else f"lease {effort.lease:g} s"
        show(f"a dead worker's rooms, {how}", gaps)
    drained = [gap for _ in range(effort.rounds) for gap in measure_drain(redis, effort)]
    show("a drained worker's rooms", drained)
    show("asked to connected", connected)


MEASURES = {"taking": measure_taking, "idle": measure_idle, "moving": measure_moving}


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a little, to see that it works")
    parser.add_argument("--only", choices=MEASURES, nargs="+", default=MEASURES, help="these alone")
    options = parser.parse_args()
    effort = QUICK if options.quick else FULL
    if shutil.which("redis-server") is None:
        print("not measured: it needs redis-server (apt-get install redis-server)")
        return
    with tempfile.TemporaryDirectory() as folder, RedisServer(Path(folder)) as redis:
        for name in options.only:
            MEASURES[name](redis, effort)


if __name__ == "__main__":
    main()
