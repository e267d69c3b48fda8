"""Whether memory stays flat while a million events come faster than their handler takes them."""

from __future__ import annotations

import argparse
import multiprocessing
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from multiprocessing.connection import Connection
from queue import SimpleQueue

import anyio
import psutil
from attrs import frozen

from fishjam import FishjamNotifier
from fishjam.events import PeerMetadataUpdated
from fishjam.webhooks import encode_notification
from tests.notifier.fishjam_script import TOKEN, then
from tests.support.websocket_server import BINARY, CLOSE, PING, PONG, Peer, Server, frame

LOOPS = ("asyncio", "trio")
SAMPLES = 10
CHUNK = 500
"""Events that the sender writes at once, and that the handler takes before it pauses."""
EVENT = PeerMetadataUpdated("room", "peer", '{"name":"' + "x" * 200 + '"}')


@frozen
class Sample:
    """What was seen at one moment of a flood."""

    events: int
    seconds: float
    memory: int
    """Resident bytes of the process."""


def send(events: int, report: Connection) -> None:
    """Serve one client, in a process of its own; report the address, then how it went."""

    def flood(peer: Peer) -> None:
        peer.sock.settimeout(None)
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
        pings: SimpleQueue[bytes] = SimpleQueue()
        listener = threading.Thread(target=listen, args=(peer, pings))
        listener.start()
        report.send(pour(peer, events, pings))
        peer.close(1000)
        listener.join()

    with Server(then(flood)) as server:
        report.send(f"http://127.0.0.1:{server.port}")
        report.recv()


def pour(peer: Peer, events: int, pings: SimpleQueue[bytes]) -> float:
    """Send events as fast as they are taken; return the share of the time that was waiting."""
    chunk = frame(BINARY, encode_notification(EVENT)) * CHUNK
    started, worked = time.monotonic(), time.process_time()
    for _ in range(events // CHUNK):
        peer.write(chunk)
        while not pings.empty():
            peer.send_frame(PONG, pings.get())
    return 1 - (time.process_time() - worked) / (time.monotonic() - started)


def listen(peer: Peer, pings: SimpleQueue[bytes]) -> None:
    """Take the client's pings, until it closes the connection."""
    while (received := peer.read_frame()) is not None and received[0] != CLOSE:
        if received[0] == PING:
            pings.put(received[1])


@contextmanager
def sending(events: int) -> Iterator[Connection]:
    """Keep a sender until the flood is over."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=send, args=(events, there))
    process.start()
    try:
        yield here
    finally:
        here.send("enough")
        process.join()


async def receive(fishjam_id: str, events: int, pause: float) -> list[Sample]:
    """Take all events, and look at the memory now and then."""
    notifier = FishjamNotifier(fishjam_id, TOKEN)
    samples = []
    seen = 0
    started = time.monotonic()

    @notifier.on_server_notification
    async def handle(event: object) -> None:
        nonlocal seen
        seen += 1
        if seen % CHUNK == 0:
            await anyio.sleep(pause)
        if seen % (events // SAMPLES) == 0:
            memory = psutil.Process().memory_info().rss
            samples.append(Sample(seen, time.monotonic() - started, memory))

    await notifier.connect()
    if seen != events:
        raise RuntimeError(f"{events} events were sent, but {seen} arrived")
    return samples


def show(loop: str, samples: list[Sample]) -> None:
    """Print how a flood went."""
    rates = []
    print(f"\n{loop:>12}{'memory':>16}{'events/s':>12}")
    for before, after in pairwise([Sample(0, 0.0, 0), *samples]):
        rates.append((after.events - before.events) / (after.seconds - before.seconds))
        print(f"{after.events:12,}{after.memory / 2**20:12.1f} MiB{rates[-1]:12,.0f}")
    growth = (samples[-1].memory - samples[0].memory) / 2**20
    print(f"{growth:+.1f} MiB from the first to the last; median {statistics.median(rates):,.0f}/s")


def main() -> None:
    """Flood a notifier on each loop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000, help="default %(default)s")
    parser.add_argument(
        "--pause", type=float, default=0.03, help=f"seconds every {CHUNK} events; %(default)s"
    )
    parser.add_argument("--loop", choices=LOOPS, action="append", help="default: both")
    parser.add_argument("--quick", action="store_true", help="a few events, to see that it works")
    arguments = parser.parse_args()
    # Rounded up to what can be sent in chunks and looked at in equal parts.
    parts = 1 if arguments.quick else -(-arguments.events // (CHUNK * SAMPLES))
    events = parts * CHUNK * SAMPLES
    for loop in arguments.loop or LOOPS:
        with sending(events) as sender:
            fishjam_id = sender.recv()
            samples = anyio.run(receive, fishjam_id, events, arguments.pause, backend=loop)
            waiting = sender.recv()
        show(loop, samples)
        print(f"The sender waited for {waiting:.0%} of the time.", flush=True)


if __name__ == "__main__":
    main()
