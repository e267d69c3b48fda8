"""A clock that stands still until it is moved, so that waits take no time in tests."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress

import anyio
import anyio.from_thread
from anyio.lowlevel import EventLoopToken, checkpoint, current_token
from attrs import define

_TOLERANCE = 1e-6
"""Seconds by which a moment may be ahead and yet has come: sums of floats are never exact."""


class ManualClock:
    """A clock that only `advance` moves; for everything that takes an `AsyncClock`.

    It may be shared by threads and event loops, of asyncio and trio: each task that sleeps is woken
    in its own loop.

    Args:
        start: the time in seconds that it shows first.

    Example:
        ```python
        clock = ManualClock()
        async with agent.connect(clock=clock) as session:
            ...
        ```
    """

    __module__ = "fishjam.clock"

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._lock = threading.Lock()
        # A dict, because it keeps the order in which they came.
        self._sleepers: dict[_Sleeper, None] = {}
        self._watchers: list[Callable[[], object]] = []

    def now(self) -> float:
        """Return the time in seconds; it never goes back."""
        return self._now

    async def sleep_until(self, moment: float) -> None:
        """Wait until `now()` has reached `moment`."""
        sleeper = _Sleeper(moment, current_token(), anyio.Event())
        if self._reach_or_register(sleeper):
            await checkpoint()
            return
        try:
            await sleeper.woken.wait()
        finally:
            with self._lock:
                self._sleepers.pop(sleeper, None)

    def advance(self, seconds: float) -> None:
        """Move the clock forward, wake the tasks that slept long enough, then call the watchers.

        Tasks of the event loop that calls this run when they have their turn; those of other loops
        run at about the same time.

        Args:
            seconds: how far, in seconds.

        Raises:
            ValueError: if `seconds` is negative or without end; time does not run backwards.
        """
        # Written so that NaN is refused too, and a whole number that no float holds.
        if not 0 <= seconds <= sys.float_info.max:
            raise ValueError(
                f"a clock can only be advanced: seconds must be finite and >= 0, not {seconds}"
            )
        with self._lock:
            self._now += seconds
            due = self._take_due()
            watchers = list(self._watchers)
        _wake(due)
        for watcher in watchers:
            watcher()

    def watch(self, callback: Callable[[], object]) -> None:
        """Call something after each `advance`, in the thread that advances."""
        with self._lock:
            self._watchers.append(callback)

    def unwatch(self, callback: Callable[[], object]) -> None:
        """End what `watch` began.

        Raises:
            ValueError: if nothing of the kind was watched.
        """
        with self._lock:
            self._watchers.remove(callback)

    def _reach_or_register(self, sleeper: _Sleeper) -> bool:
        """Move on to a moment that has come, or else note the task that waits for it."""
        with self._lock:
            if sleeper.moment > self._now + _TOLERANCE:
                self._sleepers[sleeper] = None
                return False
            self._now = max(self._now, sleeper.moment)
            return True

    def _take_due(self) -> list[_Sleeper]:
        until = self._now + _TOLERANCE
        due = sorted(
            (sleeper for sleeper in self._sleepers if sleeper.moment <= until), key=_moment
        )
        for sleeper in due:
            del self._sleepers[sleeper]
            # A task that is woken finds that its moment has come, to the last digit.
            self._now = max(self._now, sleeper.moment)
        return due


@define(eq=False)
class _Sleeper:
    """A task that waits, the loop in which it does, and what wakes it there."""

    moment: float
    loop: EventLoopToken
    woken: anyio.Event


def _moment(sleeper: _Sleeper) -> float:
    return sleeper.moment


def _wake(sleepers: Iterable[_Sleeper]) -> None:
    loops: dict[EventLoopToken, list[_Sleeper]] = {}
    for sleeper in sleepers:
        loops.setdefault(sleeper.loop, []).append(sleeper)
    here = _current_loop()
    for loop, group in loops.items():
        if loop == here:
            _set_all(group)
        else:
            # In a thread, because the other loop may be busy, even with waiting for this one.
            threading.Thread(target=_wake_there, args=(loop, group), daemon=True).start()


def _current_loop() -> EventLoopToken | None:
    try:
        return current_token()
    except RuntimeError:
        return None


def _wake_there(loop: EventLoopToken, sleepers: list[_Sleeper]) -> None:
    # A loop that has ended since has no task to wake.
    with suppress(RuntimeError):
        anyio.from_thread.run_sync(_set_all, sleepers, token=loop)


def _set_all(sleepers: list[_Sleeper]) -> None:
    for sleeper in sleepers:
        sleeper.woken.set()
