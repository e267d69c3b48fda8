"""How many chunks of audio an agent sends a second: this SDK, the published one, bare frames."""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.rounds import ratio
from fishjam._protocol.agent import chunk_framer
from tests.agent.agent_script import AUTHENTICATED, REQUEST
from tests.outside.environments import clean_variables, published_python
from tests.support.websocket_server import Peer, Server

WORKER = Path(__file__).with_name("agent_sending_worker.py")
OURS, TRIO, PUBLISHED, BARE = "ours", "ours, trio", "published", "bare"
ROUNDS = 15
TURN = 0.3
"""Seconds that one worker sends before the next one has its turn."""

CHUNK_BYTES = 640
"""20 ms of mono audio at 16000 Hz."""
FRAME_BYTES = 8 + len(chunk_framer("0" * 32)(bytes(CHUNK_BYTES)))
"""Such a chunk as it travels, with the head of a WebSocket frame."""

Workers = Mapping[str, "subprocess.Popen[str]"]
Rates = dict[str, list[float]]


def drain(report: Connection) -> None:
    """Serve all workers, in a process of its own; what they send is thrown away."""

    def script(peer: Peer) -> None:
        peer.accept()
        # The number of chunks to come stands where the token should be.
        number = int(REQUEST.FromString(peer.receive()).auth_request.token)
        peer.send(AUTHENTICATED)
        peer.receive()
        skip(peer, number * FRAME_BYTES)
        peer.end_in_order()

    with Server(script) as server:
        report.send(f"http://127.0.0.1:{server.port}")
        report.recv()


def skip(peer: Peer, size: int) -> None:
    """Read so many bytes, at hardly any cost."""
    while size:
        size -= len(peer.read(min(size, 1 << 16)))


@contextmanager
def draining() -> Iterator[str]:
    """Keep a server, and give its address."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=drain, args=(there,))
    process.start()
    try:
        yield here.recv()
    finally:
        here.send("enough")
        process.join()


@contextmanager
def running(python: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Keep a worker at hand."""
    command = [python, "-I", str(WORKER), *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, env=clean_variables()
    ) as worker:
        yield worker


def rate(worker: subprocess.Popen[str], number: int) -> float:
    """Let a worker send so many chunks, and return how many that was a second."""
    if worker.stdin is None or worker.stdout is None:
        raise RuntimeError("a worker was started without pipes")
    worker.stdin.write(f"{number}\n")
    worker.stdin.flush()
    return number / float(worker.stdout.readline())


def measure(workers: Workers, rounds: int) -> Rates:
    """Return the rates of each worker; they take turns, so a busy moment hits all."""
    numbers = {name: round(rate(worker, 1000) * TURN) for name, worker in workers.items()}
    rates: Rates = {name: [] for name in workers}
    for _ in range(rounds):
        for name, worker in workers.items():
            rates[name].append(rate(worker, numbers[name]))
    return rates


def main() -> None:
    """Print a line for each way to send."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--published", help="a Python with the published SDK; made if not given")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="default %(default)s")
    parser.add_argument("--quick", action="store_true", help="a few rounds, to see that it works")
    arguments = parser.parse_args()
    rounds = 2 if arguments.quick else arguments.rounds
    published = arguments.published or str(published_python())
    with draining() as address, ExitStack() as stack:
        ways = {
            OURS: (sys.executable, "sdk"),
            TRIO: (sys.executable, "sdk", "trio"),
            PUBLISHED: (published, "sdk"),
            BARE: (sys.executable, "bare"),
        }
        workers = {
            name: stack.enter_context(running(python, address, *options))
            for name, (python, *options) in ways.items()
        }
        rates = measure(workers, rounds)
    print(f"{'median of ' + str(rounds):16}{'chunks/s':>12}{'ours / it':>12}")
    for name in ways:
        print(f"{name:16}{statistics.median(rates[name]):12,.0f}{ratio(rates, OURS, name):12.1f}")


if __name__ == "__main__":
    main()
