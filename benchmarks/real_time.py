"""What an agent costs in real time: ours, the published SDK's, and the libraries alone."""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from tests.outside.environments import clean_variables, published_python

SERVER = Path(__file__).with_name("real_time_server.py")
WORKER = Path(__file__).with_name("real_time_worker.py")
CONNECTIONS = 200
SECONDS = 2.0
ROUNDS = 5
ON_TIME = 0.02
"""The lateness in seconds, in 99 of 100 cases, up to which a core holds its agents."""
MOST_LOAD = 0.7
"""The share of a core above which the server would be part of what is measured."""

FIRST = 100
"""With so many agents the search begins for how many a core holds."""
BRIEF = 28.0
"""Seconds to search for that in a brief run, for each way."""
CLOSE_ENOUGH = 0.05
"""The search ends when it is as certain as this."""

_LOCAL = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}

Result = dict[str, float]


class Way(NamedTuple):
    """One way to connect."""

    name: str
    way: str
    loop: str
    against: str
    """The way that it is compared with."""
    engine: str = "websockets"
    """Which engine of ours it takes, on asyncio."""
    floor: str = ""
    """Another way that it is compared with: what asyncio offers a program that waits in a task."""

    @property
    def is_sdk(self) -> bool:
        """Whether it is an SDK, ours or the published one, and not a library alone."""
        return self.way in ("sdk", "published")


WAYS = (
    Way("ours", "sdk", "asyncio", "websockets"),
    Way("ours, speedups", "sdk", "asyncio", "picows", "picows", "picows, task"),
    Way("ours, uvloop", "sdk", "uvloop", "websockets, uvloop"),
    Way(
        "ours, uvloop, speedups",
        "sdk",
        "uvloop",
        "picows, uvloop",
        "picows",
        "picows, uvloop, task",
    ),
    Way("ours, trio", "sdk", "trio", "trio-websocket"),
    Way("published", "published", "asyncio", "websockets"),
    Way("websockets", "websockets", "asyncio", "websockets"),
    Way("websockets, uvloop", "websockets", "uvloop", "websockets, uvloop"),
    Way("trio-websocket", "trio_websocket", "trio", "trio-websocket"),
    Way("picows", "picows", "asyncio", "picows"),
    Way("picows, uvloop", "picows", "uvloop", "picows, uvloop"),
    Way("picows, task", "picows_task", "asyncio", "picows"),
    Way("picows, uvloop, task", "picows_task", "uvloop", "picows, uvloop"),
)


class Bench:
    """Runs workers, each against a server of its own, in a process of its own."""

    def __init__(self, published: str, connections: int, seconds: float) -> None:
        self._published = published
        self.connections = connections
        self.seconds = seconds
        self.server_load = 0.0
        self.patience = math.inf
        """Seconds for the search for how many agents one way holds."""

    def run(self, way: Way, **order: Any) -> Result:
        """Let one way work for a while, and return what came of it."""
        with _server() as (address, server):
            order = {
                "hears": False,
                "says": False,
                "seconds": self.seconds,
                "connections": self.connections,
                "address": address,
                "loop": way.loop,
                "way": "sdk" if way.way == "published" else way.way,
                **order,
            }
            python = self._published if way.way == "published" else sys.executable
            variables = clean_variables() if way.way == "published" else {**os.environ, **_LOCAL}
            variables["FISHJAM_WEBSOCKET_ENGINE"] = way.engine
            command = [python, str(WORKER), json.dumps(order)]
            pipe = subprocess.PIPE
            with subprocess.Popen(command, stdout=pipe, text=True, env=variables) as worker:
                if worker.stdout is None:
                    raise RuntimeError("a worker was started without a pipe")
                worker.stdout.readline()
                before, began = _work_of(server), time.monotonic()
                result: Result = json.loads(worker.stdout.readline() or "{}")
                work, took = _work_of(server) - before, time.monotonic() - began
        if not result:
            raise RuntimeError(f"{way.name}: the worker ended with {worker.returncode}")
        result["server"] = work / took
        self.server_load = max(self.server_load, result["server"])
        return result


@contextmanager
def _server() -> Iterator[tuple[str, psutil.Process]]:
    command = [sys.executable, str(SERVER)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        if process.stdout is None:
            raise RuntimeError("the server was started without a pipe")
        try:
            yield process.stdout.readline().strip(), psutil.Process(process.pid)
        finally:
            process.terminate()


def _work_of(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def compare(bench: Bench, ways: Sequence[Way], rounds: int, what: str) -> None:
    """Print the processor time of each chunk, and how it compares with the library alone."""
    counted = {"hears": "heard", "says": "sent"}[what]
    costs: dict[str, list[float]] = {way.name: [] for way in ways}
    late: dict[str, list[float]] = {way.name: [] for way in ways}
    load: dict[str, float] = {}
    for _ in range(rounds):
        for way in ways:
            result = bench.run(way, **{what: True})
            costs[way.name].append(result["worked"] / max(1, result[counted]) * 1e6)
            late[way.name].append(result["p99"] * 1e3)
            load[way.name] = max(load.get(way.name, 0), result["server"])
    print(f"\nA chunk {counted}, {bench.connections} connections, 50 a second each")
    print(f"{'median of ' + str(rounds):26}{'us':>8}{'spread':>14}{'ratio':>8}", end="")
    print(f"{'of':>20}{'ratio':>8}{'of':>22}{'p99 ms':>9}{'server':>9}")
    for way in ways:
        low, high = min(costs[way.name]), max(costs[way.name])
        spread = f"{low:.1f}-{high:.1f}"
        print(
            f"{way.name:26}{statistics.median(costs[way.name]):8.1f}{spread:>14}"
            f"{_ratio(costs, way, way.against):>8}{way.against:>20}"
            f"{_ratio(costs, way, way.floor):>8}{way.floor:>22}"
            f"{statistics.median(late[way.name]):9.1f}{load[way.name]:9.0%}",
            flush=True,
        )


def _ratio(costs: Mapping[str, Sequence[float]], way: Way, against: str) -> str:
    if against == way.name or against not in costs:
        return ""
    pairs = zip(costs[way.name], costs[against], strict=True)
    return f"{statistics.median(one / other for one, other in pairs):.2f}"


def converse(bench: Bench, ways: Sequence[Way], step: int, most: int) -> None:
    """Print how many agents that hear and speak a core holds before they are late."""
    print(f"\nConversing agents on one core, p99 lateness up to {ON_TIME * 1000:.0f} ms")
    print(f"{'':26}{'agents':>8}{'p99 ms':>9}{'core':>7}{'server':>9}")
    for way in ways:
        held, result = _most_held(bench, way, step, most)
        if result is None:
            print(f"{way.name:26}{'< ' + str(step):>8}", flush=True)
            continue
        print(
            f"{way.name:26}{held:8}{result['p99'] * 1000:9.1f}"
            f"{result['worked'] / result['took']:7.0%}{result['server']:9.0%}",
            flush=True,
        )


def _most_held(bench: Bench, way: Way, step: int, most: int) -> tuple[int, Result | None]:
    """Find the number by halves: between one that is held and one that is not."""
    low, high, best = 0, most // step + 1, None
    probe = max(1, min(FIRST // step, high - 1))
    began = time.monotonic()
    while high - low > max(1, low * CLOSE_ENOUGH) and time.monotonic() - began < bench.patience:
        result = _converse_in_time(bench, way, probe * step)
        if result is None:
            high = probe
        else:
            low, best = probe, result
            # More than a whole core cannot be had, whatever the share grows by.
            share = result["worked"] / result["took"]
            high = max(low + 1, min(high, int(probe / share * 1.3)))
        probe = (low + high) // 2
    return low * step, best


def _converse_in_time(bench: Bench, way: Way, agents: int) -> Result | None:
    """Return what came of so many agents, or None when they were late, nearly on time twice."""
    for _ in range(2):
        result = bench.run(way, hears=True, says=True, connections=agents)
        if result["p99"] <= ON_TIME:
            return result
        # Another program may have disturbed the first try; none can make it look better.
        if result["p99"] > ON_TIME * 10:
            break
    return None


def stand(bench: Bench, ways: Sequence[Way], rounds: int) -> None:
    """Print what a session takes to start, and its memory."""
    print(f"\n{bench.connections} sessions started at once")
    print(f"{'median of ' + str(rounds):26}{'s':>8}{'core s':>9}{'idle KiB':>10}{'talking':>10}")
    for way in ways:
        order = {"at_once": bench.connections, "hears": True, "says": True}
        results = [bench.run(way, **order) for _ in range(rounds)]
        figures = {key: statistics.median(r[key] for r in results) for key in results[0]}
        print(
            f"{way.name:26}{figures['opened']:8.2f}{figures['opening_worked']:9.2f}"
            f"{figures['memory'] / bench.connections / 1024:10.1f}"
            f"{figures['talking_memory'] / bench.connections / 1024:10.1f}",
            flush=True,
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--published", help="a Python with the published SDK; made if not given")
    parser.add_argument("--connections", type=int, default=CONNECTIONS, help="default %(default)s")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="default %(default)s")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="default %(default)s")
    parser.add_argument("--only", nargs="*", help="names of ways, for example 'ours, trio'")
    parser.add_argument("--tables", nargs="*", default=["heard", "sent", "held", "start"])
    parser.add_argument("--step", type=int, default=25, help="agents, for `held`")
    parser.add_argument("--most", type=int, default=800, help="agents, for `held`")
    parser.add_argument("--quick", action="store_true", help="a few, to see that it works")
    parser.add_argument(
        "--brief", action="store_true", help="`held` and `start` of the SDKs, in four minutes"
    )
    arguments = parser.parse_args()
    if arguments.brief:
        arguments.tables, arguments.seconds, arguments.rounds = ["held", "start"], 1.5, 1
        arguments.step = 10
        arguments.only = arguments.only or [way.name for way in WAYS if way.is_sdk]
    if arguments.quick:
        arguments.connections, arguments.seconds, arguments.rounds = 4, 0.2, 1
        arguments.step, arguments.most = 2, 2
        arguments.only = arguments.only or ["ours, speedups", "ours, trio", "websockets"]
    published = arguments.published or str(published_python())
    bench = Bench(published, arguments.connections, arguments.seconds)
    if arguments.brief:
        bench.patience = BRIEF
    ways = [way for way in WAYS if not arguments.only or way.name in arguments.only]
    if "heard" in arguments.tables:
        compare(bench, ways, arguments.rounds, "hears")
    if "sent" in arguments.tables:
        compare(bench, ways, arguments.rounds, "says")
    if "held" in arguments.tables:
        converse(bench, ways, arguments.step, arguments.most)
    if "start" in arguments.tables:
        stand(bench, ways, min(3, arguments.rounds))
    busy = "" if bench.server_load <= MOST_LOAD else ": too busy, it is part of what was measured"
    print(f"\nThe server took up to {bench.server_load:.0%} of a core{busy}.")


if __name__ == "__main__":
    main()
