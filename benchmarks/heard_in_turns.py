"""What hearing a chunk costs, ours and `picows` alone by turns within one process.

`real_time.py` runs one way after another, and on a busy machine each meets another load. Here the
ways share a process, an event loop and a server: a hundred chunks over one of them, then a hundred
over the next, one chunk at a time. What disturbs one disturbs all, so that the ratios of a run of
seconds repeat within 0.15. A chunk comes as soon as the one before was heard, and the write by
which the client asks for it is part of what is counted, on all sides alike.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import anyio

from benchmarks import real_time_worker
from benchmarks.real_time import SERVER
from benchmarks.rounds import ratio

CONNECTIONS = 80
"""So many that a session gets its next chunk a few milliseconds later, as in a room."""
BATCH = 160
ROUNDS = 60
BARE = "picows"
WAYS: Mapping[str, Callable[[real_time_worker.Load, int], Coroutine[Any, Any, None]]] = {
    BARE: real_time_worker.picows,
    "picows, task": real_time_worker.picows_task,
    "ours": real_time_worker.sdk,
}


class Turns:
    """Asks for chunks over one way after another, and counts processor time."""

    def __init__(self, rounds: int, requests: int) -> None:
        self._names = list(WAYS)
        self._turns = rounds * len(WAYS)
        self._requests = requests
        self._heard = 0
        self._turn = 0
        self._began = 0.0
        self.costs: dict[str, list[float]] = {name: [] for name in WAYS}
        self.over = anyio.Event()

    def begin(self) -> None:
        """Ask for the first chunk."""
        self._began = time.process_time()
        self._ask()

    def note(self, _: bytes) -> None:
        """Take a chunk, and ask for the next one."""
        self._heard += 1
        if self._heard == BATCH:
            self._end_turn()
        if self._turn < self._turns:
            self._ask()
        else:
            self.over.set()

    def _end_turn(self) -> None:
        now = time.process_time()
        self.costs[self._names[self._turn % len(WAYS)]].append((now - self._began) / BATCH * 1e6)
        self._turn += 1
        self._heard = 0
        self._began = time.process_time()

    def _ask(self) -> None:
        first = self._turn % len(WAYS) * CONNECTIONS
        os.write(self._requests, bytes([first + self._heard % CONNECTIONS]))


class Load(real_time_worker.Load):
    """The connections of one way."""

    def __init__(self, address: str, loop: str, turns: Turns) -> None:
        order = {"address": address, "loop": loop, "connections": CONNECTIONS, "seconds": 0.0}
        super().__init__({**order, "hears": True, "says": False})
        self._turns = turns
        self.everybody = anyio.Event()

    def note(self, data: bytes) -> None:
        """Note a chunk that has come."""
        self._turns.note(data)

    async def gather(self) -> None:
        """Say that a connection is open, and wait until all are."""
        await super().gather()
        self.everybody.set()


async def measure(loop: str, rounds: int, address: str, requests: int) -> None:
    """Let the ways take turns, and print what each took."""
    turns = Turns(rounds, requests)
    async with anyio.create_task_group() as group:
        # One way after another, because the server numbers connections as they come.
        for way in WAYS.values():
            load = Load(address, loop, turns)
            for number in range(CONNECTIONS):
                group.start_soon(way, load, number)
            await load.everybody.wait()
        turns.begin()
        await turns.over.wait()
        show(loop, turns.costs)
        # Closing in order is not what is measured.
        os._exit(0)


def show(loop: str, costs: Mapping[str, list[float]]) -> None:
    """Print a line for each way."""
    print(f"A chunk heard, {loop}{'us':>18}{'least':>8}{'ratio':>8}{'of least':>10}")
    for name, each in costs.items():
        least = min(each) / min(costs[BARE])
        print(
            f"{name:20}{statistics.median(each):18.1f}{min(each):8.1f}"
            f"{ratio(costs, name, BARE):8.2f}{least:10.2f}",
            flush=True,
        )


def work(loop: str, rounds: int) -> None:
    """Measure on one event loop, in this process."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, str(SERVER), "--asked"], stdin=pipe, stdout=pipe) as it:
        if it.stdin is None or it.stdout is None:
            raise RuntimeError("the server was started without pipes")
        address = it.stdout.readline().decode().strip()
        options = {"use_uvloop": loop == "uvloop"}
        anyio.run(measure, loop, rounds, address, it.stdin.fileno(), backend_options=options)


def main() -> None:
    """Measure on asyncio and on uvloop, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="default %(default)s")
    parser.add_argument("--quick", action="store_true", help="a few rounds, to see that it works")
    parser.add_argument("--loop", choices=["asyncio", "uvloop"], help="one loop, in this process")
    arguments = parser.parse_args()
    rounds = 2 if arguments.quick else arguments.rounds
    if arguments.loop:
        work(arguments.loop, rounds)
        return
    for loop in ("asyncio", "uvloop"):
        command = [sys.executable, "-m", "benchmarks.heard_in_turns", "--loop", loop]
        subprocess.run([*command, "--rounds", str(rounds)], check=True)


if __name__ == "__main__":
    main()
