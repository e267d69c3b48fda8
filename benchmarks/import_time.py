"""How long importing the SDK takes, compared with the published one."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

from tests.outside.environments import published_python

STATEMENTS = ("import fishjam", "from fishjam import FishjamClient")
ROUNDS = 15
PROGRAM = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"
"""Only the import is timed, not the start of the interpreter."""


def seconds(python: str, statement: str) -> float:
    """Run a statement in a process of its own and return how long it took."""
    command = [python, "-I", "-c", PROGRAM.format(statement)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def compare(statement: str, ours: str, published: str, rounds: int) -> tuple[float, float]:
    """Return the median seconds of both; they take turns, so that a busy moment hits both."""
    times: dict[str, list[float]] = {ours: [], published: []}
    for python in times:
        seconds(python, statement)  # Compiles the modules, and warms the file cache.
    for _ in range(rounds):
        for python, found in times.items():
            found.append(seconds(python, statement))
    return statistics.median(times[ours]), statistics.median(times[published])


def main() -> None:
    """Print a line for each statement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", default=sys.executable, help="a Python with this SDK")
    parser.add_argument("--published", help="a Python with the published SDK; made if not given")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="default %(default)s")
    parser.add_argument("--quick", action="store_true", help="a few rounds, to see that it works")
    arguments = parser.parse_args()
    rounds = 2 if arguments.quick else arguments.rounds
    python = arguments.published or str(published_python())
    print(f"{'median of ' + str(rounds):36}{'ours':>10}{'published':>12}{'ratio':>8}")
    for statement in STATEMENTS:
        ours, published = compare(statement, arguments.ours, python, rounds)
        times = f"{ours * 1000:7.1f} ms{published * 1000:9.1f} ms"
        print(f"{statement:36}{times}{ours / published:8.3f}")


if __name__ == "__main__":
    main()
