"""How many agents one process can hold that talk and listen: ours, and the published SDK's."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.outside.environments import clean_variables, published_python

WORKER = Path(__file__).with_name("agent_load_worker.py")
AGENTS = 200
SECONDS = 20.0
BEARABLE = 0.25
"""The lateness in seconds, in 99 of 100 cases, up to which a process holds its agents."""

Result = dict[str, float]


@contextmanager
def emulator() -> Iterator[tuple[dict[str, str], psutil.Process]]:
    """Run an emulator in a process of its own; give its address and its process."""
    command = [sys.executable, "-m", "fishjam", "emulator", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None:
            raise RuntimeError("the emulator was started without a pipe")
        try:
            yield json.loads(process.stdout.readline()), psutil.Process(process.pid)
        finally:
            process.terminate()


def measure(python: str, agents: int, seconds: float, loop: str) -> Result:
    """Let agents talk for a while, and return what came of it."""
    with emulator() as (address, process):
        order: dict[str, Any] = {**address, "agents": agents, "seconds": seconds, "loop": loop}
        command = [python, str(WORKER), json.dumps(order)]
        pipe = subprocess.PIPE
        environment = clean_variables()
        with subprocess.Popen(command, stdout=pipe, text=True, env=environment) as worker:
            if worker.stdout is None:
                raise RuntimeError("the agents were started without a pipe")
            worker.stdout.readline()
            before = work_of(process)
            result: Result = json.loads(worker.stdout.readline() or "{}")
            result["emulator"] = work_of(process) - before
        if worker.returncode:
            raise RuntimeError(f"the agents ended with exit code {worker.returncode}")
    return result


def work_of(process: psutil.Process) -> float:
    """Return the seconds of processor time that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


def holds(result: Result) -> bool:
    """Tell whether the agents kept up."""
    return result["received"] == result["sent"] and result["p99"] <= BEARABLE


def show(name: str, agents: int, result: Result) -> None:
    """Print a line."""
    lost = result["sent"] - result["received"]
    late = "".join(f"{result[key] * 1000:9.1f} ms" for key in ("p50", "p99"))
    work = "".join(
        f"{result[key] / result['sent'] * 1e6:9.0f} us" for key in ("worked", "emulator")
    )
    print(f"{name:22}{agents:8}{result['sent']:10,.0f}{lost:8,.0f}{late}{work}", flush=True)


def main() -> None:
    """Print a line for each SDK and loop; fewer agents for the published one until it keeps up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=AGENTS, help="default %(default)s")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="default %(default)s")
    parser.add_argument("--published", help="a Python with the published SDK; made if not given")
    parser.add_argument("--only", choices=("ours", "published"), help="default: both")
    parser.add_argument("--quick", action="store_true", help="a few agents, to see that it works")
    arguments = parser.parse_args()
    agents, seconds = (4, 0.5) if arguments.quick else (arguments.agents, arguments.seconds)
    print(f"{'':22}{'agents':>8}{'chunks':>10}{'lost':>8}{'p50':>12}{'p99':>12}", end="")
    print(f"{'agents':>12}{'emulator':>12}")
    if arguments.only != "published":
        for loop in ("asyncio", "trio"):
            show(f"ours, {loop}", agents, measure(sys.executable, agents, seconds, loop))
    if arguments.only != "ours":
        python = arguments.published or str(published_python())
        while True:
            result = measure(python, agents, seconds, "asyncio")
            show("published, asyncio", agents, result)
            if holds(result) or agents <= 2:
                break
            agents = max(2, agents // 4 * 2)


if __name__ == "__main__":
    main()
