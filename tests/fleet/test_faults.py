"""What happens to twenty rooms when workers, machines, Redis and sockets fail.

An observer of Fishjam's own events sees no moment with two agents in a room, and every room has one
again by itself. With the fence switched off the same observer sees two.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.fleet.playing import LEASE, ROOMS, Play, playing

CHAOS_SECONDS = float(os.environ.get("FISHJAM_CHAOS_SECONDS", "60"))
IS_OLDEST = sys.version_info < (3, 11)

once = pytest.mark.once
slow = pytest.mark.timeout(300)
pytestmark = slow


def a_killed_worker(play: Play) -> None:
    play.put_busiest_first()
    play.workers[0].kill()
    play.wait_until(lambda: play.observer.count() < ROOMS)
    play.wait_until(lambda: play.observer.count() == ROOMS)
    play.kill_worker()


def a_drained_worker(play: Play) -> None:
    play.drain_worker()


def a_frozen_worker_that_wakes_up(play: Play) -> None:
    play.put_busiest_first()
    arrivals = play.observer.arrivals
    play.workers[0].send_signal(signal.SIGSTOP)
    play.wait_until(lambda: play.observer.count() == ROOMS and play.observer.arrivals > arrivals)
    play.rest(2 * LEASE)
    play.workers[0].send_signal(signal.SIGCONT)


def redis_that_stands_still(play: Play) -> None:
    arrivals = play.observer.arrivals
    play.freeze_redis(2.0)
    play.wait_until_whole()
    assert play.observer.arrivals == arrivals


def redis_that_loses_everything(play: Play) -> None:
    arrivals = play.observer.arrivals
    play.restart_redis()
    play.wait_until_whole()
    play.empty_redis()
    play.wait_until_whole()
    # Everybody kept what they had.
    assert play.observer.arrivals == arrivals


def redis_that_goes_back_in_time(play: Play) -> None:
    play.rewind_redis(lambda: play.rest(LEASE))
    play.wait_until_whole()
    # It knows nothing of a worker that is gone, and of one that is new.
    play.rewind_redis(partial(replace_worker, play))


def all_sockets_are_cut(play: Play) -> None:
    play.emulator.drop_connections()


def redis_and_a_worker_at_once(play: Play) -> None:
    play.redis.kill()
    play.kill_worker()
    play.rest(1.0)
    play.redis.forget()
    play.redis.start()


def all_sockets_and_redis_at_once(play: Play) -> None:
    play.redis.kill()
    play.emulator.drop_connections()
    play.rest(1.0)
    play.redis.forget()
    play.redis.start()


def replace_worker(play: Play) -> None:
    play.kill_worker()
    play.wait_until_whole()


FAULTS = (
    a_killed_worker,
    a_drained_worker,
    a_frozen_worker_that_wakes_up,
    redis_that_stands_still,
    redis_that_loses_everything,
    redis_that_goes_back_in_time,
    all_sockets_are_cut,
    redis_and_a_worker_at_once,
    all_sockets_and_redis_at_once,
)


@once
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_one_fault_after_another(tmp_path: Path, backend: str) -> None:
    """In one test, since starting the programs is what takes long."""
    with playing(tmp_path, backend) as play:
        for fault in FAULTS:
            fault(play)
            play.wait_until_whole()
            assert play.observer.doubles == [], fault.__name__


@once
def test_without_the_fence_the_observer_sees_two(tmp_path: Path) -> None:
    """Otherwise the other tests would prove nothing."""
    with playing(tmp_path, "asyncio", is_fenced=False) as play:
        play.put_busiest_first()
        arrivals = play.observer.arrivals
        play.workers[0].send_signal(signal.SIGSTOP)
        play.wait_until(lambda: play.observer.arrivals > arrivals)
        play.wait_until(lambda: play.observer.doubles)


# The third seed is for the oldest Python, the others for the newest.
SEEDS = [("trio", 3)] if IS_OLDEST else [("asyncio", 1), ("trio", 2)]
if "FISHJAM_CHAOS_SEED" in os.environ:
    SEEDS = [(backend, int(os.environ["FISHJAM_CHAOS_SEED"])) for backend in ("asyncio", "trio")]


@pytest.mark.parametrize(
    ("backend", "seed"), [pytest.param(*each, marks=() if IS_OLDEST else once) for each in SEEDS]
)
def test_chaos(tmp_path: Path, backend: str, seed: int) -> None:
    """Faults in any order; FISHJAM_CHAOS_SECONDS is how long, FISHJAM_CHAOS_SEED another seed."""
    chance = random.Random(seed)  # noqa: S311
    with playing(tmp_path, backend, 3) as play:
        faults: dict[str, Callable[[], object]] = {
            "kill a worker": play.kill_worker,
            "drain a worker": play.drain_worker,
            "freeze a worker": lambda: play.freeze_worker(chance.uniform(0.5, 3 * LEASE)),
            "freeze Redis": lambda: play.freeze_redis(chance.uniform(0.2, 2.0)),
            "restart Redis": lambda: play.restart_redis(chance.uniform(0.1, 2.0)),
            "empty Redis": play.empty_redis,
            "rewind Redis": lambda: play.rewind_redis(lambda: play.rest(chance.uniform(0.5, 4.0))),
            "cut all sockets": play.emulator.drop_connections,
        }
        end = time.monotonic() + CHAOS_SECONDS
        while time.monotonic() < end:
            name, fault = chance.choice(list(faults.items()))
            play.history.append(f"{time.monotonic() - end:.1f} {name}")
            fault()
            play.rest(chance.uniform(0.0, 3.0))
        play.wait_until_whole()
        assert play.observer.doubles == [], play.history
