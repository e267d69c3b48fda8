"""How long decoding a notification takes: this SDK, the published one, and protobuf by hand."""

from __future__ import annotations

import argparse
import base64
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import cycle, islice
from pathlib import Path

from benchmarks.rounds import ratio
from fishjam.events import (
    PeerConnected,
    PeerType,
    RecordingStatusChanged,
    RecordingStatusChangedStatus,
    Track,
    TrackAdded,
    TrackType,
)
from fishjam.webhooks import encode_notification, encode_notifications
from tests.outside.environments import published_python

WORKER = Path(__file__).with_name("decoding_worker.py")
OURS, PUBLISHED, HAND = "ours", "published", "by hand"
ROUNDS = 50
TURN = 0.02
"""Seconds that one worker measures before the next one has its turn."""

# As long as real ids are.
ROOM, PEER, TRACK = (f"{digit * 8}-3a5f-4c1e-9b7d-2f6e8a0c4b19" for digit in "abc")

Workers = Mapping[str, "subprocess.Popen[str]"]
Times = dict[str, list[float]]


def frames() -> dict[str, bytes]:
    """Return what is decoded."""
    events = (
        PeerConnected(ROOM, PEER, PeerType.WEBRTC),
        TrackAdded(
            ROOM, PEER, track=Track(TRACK, TrackType.VIDEO, '{"type":"camera","paused":false}')
        ),
        RecordingStatusChanged(ROOM, RecordingStatusChangedStatus.AVAILABLE, '{"lesson":"42"}'),
    )
    encoded = {type(event).__name__: encode_notification(event) for event in events}
    return encoded | {"batch of 100": encode_notifications(islice(cycle(events), 100))}


@contextmanager
def running(python: str, way: str) -> Iterator[subprocess.Popen[str]]:
    """Keep a worker at hand."""
    command = [python, "-I", str(WORKER), way]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as worker:
        yield worker


def seconds(worker: subprocess.Popen[str], frame: bytes, number: int) -> float:
    """Let a worker decode so many times and return the seconds for one of them."""
    if worker.stdin is None or worker.stdout is None:
        raise RuntimeError("a worker was started without pipes")
    worker.stdin.write(f"{number} {base64.b64encode(frame).decode()}\n")
    worker.stdin.flush()
    return float(worker.stdout.readline()) / number


def measure(workers: Workers, frame: bytes, rounds: int) -> Times:
    """Return the seconds of each worker; they take turns, so a busy moment hits all."""
    numbers = {}
    for name, worker in workers.items():
        once = min(seconds(worker, frame, 1) for _ in range(5))
        numbers[name] = max(1, round(TURN / once))
    times: Times = {name: [] for name in workers}
    for _ in range(rounds):
        for name, worker in workers.items():
            times[name].append(seconds(worker, frame, numbers[name]))
    return times


def main() -> None:
    """Print a line for each kind of frame."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--published", help="a Python with the published SDK; made if not given")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="default %(default)s")
    parser.add_argument("--quick", action="store_true", help="a few rounds, to see that it works")
    arguments = parser.parse_args()
    rounds = 2 if arguments.quick else arguments.rounds
    published = arguments.published or str(published_python())
    heads = (OURS, PUBLISHED, HAND, f"{PUBLISHED}/{OURS}", f"{OURS}/{HAND}")
    print(f"{'median of ' + str(rounds):24}" + "".join(f"{head:>16}" for head in heads))
    with ExitStack() as stack:
        workers = {
            OURS: stack.enter_context(running(sys.executable, "sdk")),
            PUBLISHED: stack.enter_context(running(published, "sdk")),
            HAND: stack.enter_context(running(sys.executable, "hand")),
        }
        for name, frame in frames().items():
            times = measure(workers, frame, rounds)
            columns = [f"{statistics.median(times[way]) * 1e6:13.2f} us" for way in workers]
            ratios = f"{ratio(times, PUBLISHED, OURS):16.1f}{ratio(times, OURS, HAND):16.2f}"
            print(f"{name:24}{''.join(columns)}{ratios}", flush=True)


if __name__ == "__main__":
    main()
