"""What happens to events when the processes that hear and handle them are killed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import pytest
from attrs import define, field

from fishjam.emulator import Emulator
from fishjam.events import PeerConnected
from fishjam.fleet import EventsMissed
from fishjam.fleet._events import StreamMessage
from fishjam.fleet._redis import redis_engine
from tests.fleet.conftest import collect
from tests.fleet.redis_server import RedisServer

pytestmark = [pytest.mark.once, pytest.mark.timeout(180)]

PATIENCE = 60.0
ROOMS = 10
PARTITIONS = 4


@define
class Play:
    """An emulator, a Redis, and workers as programs."""

    emulator: Emulator
    redis: RedisServer
    folder: Path
    backend: str
    workers: list[subprocess.Popen[bytes]] = field(factory=list)
    sent: int = 0

    def start_worker(self) -> None:
        program = [sys.executable, "-m", "tests.fleet.events_program", self.backend]
        fishjam = [self.emulator.fishjam_id, self.emulator.management_token]
        arguments = [self.redis.url, *fishjam, str(self.folder)]
        self.workers.append(subprocess.Popen([*program, *arguments]))  # noqa: S603

    def send(self, count: int) -> None:
        for _ in range(count):
            self.emulator.send(PeerConnected(f"{self.sent % ROOMS}", f"{self.sent}"))
            self.sent += 1
            time.sleep(0.002)

    def kill_leader(self) -> None:
        """Kill the process that writes what it hears."""
        answer = self.redis.ask(b"HGET {fj:default}:lead:ingest id\r\n")
        process_id = int(answer.split(b"\r\n")[1])
        [leader] = [worker for worker in self.workers if worker.pid == process_id]
        leader.kill()
        leader.wait(PATIENCE)
        self.workers.remove(leader)

    def lines(self) -> list[tuple[str, str, str, str, bool]]:
        return [
            tuple(json.loads(line))
            for path in self.folder.iterdir()
            for line in path.read_text().splitlines()
        ]

    def done(self) -> set[str]:
        return {peer for what, _, peer, _, _ in self.lines() if what == "done"}

    def wait_until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, "it took too long"
            time.sleep(0.05)

    def written(self) -> list[StreamMessage]:
        return anyio.run(self._read)

    async def _read(self) -> list[StreamMessage]:
        engine = redis_engine(self.redis.url, "default")
        async with engine.open():
            found = await engine.read_events(dict.fromkeys(range(PARTITIONS), "0-0"), 100_000, 0)
        messages = [StreamMessage.parse(stored.payload) for _, stored in found]
        return [message for message in messages if message is not None]


@pytest.fixture(params=["asyncio", "trio"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Play]:
    notes, data = tmp_path / "notes", tmp_path / "redis"
    notes.mkdir()
    data.mkdir()
    with Emulator() as emulator, RedisServer(data) as redis:
        play = Play(emulator, redis, notes, request.param)
        try:
            for _ in range(3):
                play.start_worker()
            emulator.wait_for_subscribers(2, PATIENCE)
            play.send(ROOMS)
            play.wait_until(lambda: len(play.done()) == ROOMS)
            # The second one is a listener for long enough to take over.
            time.sleep(2)
            yield play
        finally:
            for worker in play.workers:
                worker.kill()
                worker.wait()
    collect()


def test_killed_ingests_and_workers_lose_no_event(play: Play) -> None:
    for _ in range(2):
        play.send(200)
        play.kill_leader()
        play.send(200)
        play.start_worker()
        play.wait_until(lambda: len(play.done()) == play.sent)
        play.emulator.wait_for_subscribers(2, PATIENCE)
        time.sleep(2)
    messages = play.written()
    assert not [one for one in messages if isinstance(one.event, EventsMissed)]
    peers = [one.event.peer_id for one in messages if isinstance(one.event, PeerConnected)]
    # Written once, and in the order of each room.
    assert sorted(peers, key=int) == [str(number) for number in range(play.sent)]
    for room in range(ROOMS):
        numbers = [int(peer) for peer in peers if int(peer) % ROOMS == room]
        assert numbers == sorted(numbers)
    begun: dict[str, list[tuple[str, bool]]] = {}
    for what, _, peer, id_, again in play.lines():
        if what == "begun":
            begun.setdefault(peer, []).append((id_, again))
    repeated = [entries for entries in begun.values() if len(entries) > 1]
    # Only what was in the works when its worker died, and known by its id.
    assert len(repeated) <= 2 * 16 * PARTITIONS
    for entries in repeated:
        assert len({id_ for id_, _ in entries}) == 1
        assert sorted(again for _, again in entries)[0] is False
        assert any(again for _, again in entries)
