"""How evenly `track.play` sends on the real clock, seen from where the audio arrives."""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

import anyio

from fishjam.agent import Agent
from fishjam.agent._pacing import FRAMES_PER_SECOND, LEAD
from tests.agent.agent_script import TOKEN, hear, then
from tests.support.websocket_server import Peer, Server

LOOPS = ("asyncio", "trio")
SECOND = bytes(32_000)
"""A second of mono audio at 16000 Hz."""


def listen(frames: int, report: Connection) -> None:
    """Serve one agent after another, in a process of its own; report when its frames arrive."""

    def script(peer: Peer) -> None:
        then(hear)(peer)
        report.send([arrival(peer) for _ in range(frames)])
        peer.end_in_order()

    with Server(script) as server:
        report.send(f"http://127.0.0.1:{server.port}")
        report.recv()


def arrival(peer: Peer) -> float:
    """Wait for a frame, and return when it came."""
    peer.receive()
    return time.monotonic()


@contextmanager
def listening(frames: int) -> Iterator[Connection]:
    """Keep a server."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=listen, args=(frames, there))
    process.start()
    try:
        yield here
    finally:
        here.send("enough")
        process.join()


async def play(address: str, seconds: int) -> float:
    """Play so many seconds, and return how long that took."""
    async with Agent("agent", "room", TOKEN, address).connect() as session:
        track = await session.add_track()
        started = time.monotonic()
        await track.play(SECOND for _ in range(seconds))
        return time.monotonic() - started


def lateness(arrivals: list[float]) -> list[float]:
    """Return how many seconds after its time each frame came, but for the first few.

    Those are sent at once, so that the server has a stock.
    """
    stock = round(LEAD * FRAMES_PER_SECOND) + 1
    due = (arrivals[0] + number / FRAMES_PER_SECOND - LEAD for number in range(len(arrivals)))
    return [came - moment for came, moment in zip(arrivals, due, strict=True)][stock:]


def main() -> None:
    """Print a line for each loop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="default %(default)s")
    parser.add_argument("--loop", choices=LOOPS, action="append", help="default: both")
    parser.add_argument("--quick", action="store_true", help="a second, to see that it works")
    arguments = parser.parse_args()
    seconds = 1 if arguments.quick else arguments.seconds
    print(f"{seconds:5} s of audio{'took':>12}{'late by p50':>14}{'p99':>12}{'max':>12}")
    with listening(seconds * FRAMES_PER_SECOND) as server:
        address = server.recv()
        for loop in arguments.loop or LOOPS:
            took = anyio.run(play, address, seconds, backend=loop)
            late = lateness(server.recv())
            p99 = statistics.quantiles(late, n=100, method="inclusive")[-1]
            times = (statistics.median(late), p99, max(late))
            columns = "".join(f"{figure * 1000:9.2f} ms" for figure in times)
            print(f"{loop:>16}{took:10.3f} s  {columns}", flush=True)


if __name__ == "__main__":
    main()
