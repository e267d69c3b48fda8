"""Signals that stop a command, also one that the main thread is not interrupted by."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import pytest

from fishjam.cli._signals import stop_signals

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no signals for threads"
)


@contextmanager
def signalled_beside_the_main_thread(number: int) -> Iterator[Callable[[], None]]:
    """Give what lets a thread get a signal a while later.

    It is the same for the main thread as a signal of its own just before it waits: its wait goes
    on, and the handler has not run.
    """
    go, over = threading.Event(), threading.Event()

    def work() -> None:
        go.wait(60)
        over.wait(0.2)
        signal.pthread_kill(threading.get_ident(), number)
        over.wait(60)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield go.set
    finally:
        go.set()
        over.set()
        thread.join()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_waits(number: int) -> None:
    before = signal.getsignal(number)
    with stop_signals() as stopped, signalled_beside_the_main_thread(number) as send:
        send()
        stopped.wait()
        assert stopped.signalled
    assert signal.getsignal(number) is before


@pytest.mark.anyio
async def test_a_command_that_runs_a_loop(anyio_backend: Any) -> None:
    with stop_signals() as stopped, signalled_beside_the_main_thread(signal.SIGTERM) as send:
        send()
        with anyio.fail_after(30):
            await stopped.arrived()
        assert stopped.signalled
