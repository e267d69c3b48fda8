"""Waiting for audio, in real time or by advancing a manual clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import anyio
import anyio.to_thread

from fishjam.emulator._media.emulated_audio import FRAME
from fishjam.emulator._media.scheduler import TOLERANCE
from fishjam.emulator._virtual.context import Context
from fishjam.emulator._virtual.received_audio import AudioRecorder

_POLL_INTERVAL = 0.02
"""Seconds of real time after which to check again, because not every change notifies."""
_RESUME_WINDOW = 0.1
"""Seconds of real time that a speaker has to continue before the clock is advanced."""
_IDLE_BEFORE_SILENCE = 0.25
"""Seconds of real time without queued audio after which a silence begins."""
_SILENCE_STEP = 0.005
"""Seconds of real time that 20 ms of a silence take; enough for an agent's task to run."""


class Waiting:
    """Waits, in a thread or in a task, until a virtual peer has what it wants.

    A manual clock is advanced frame by frame: at once while audio is queued, and through a silence
    when nothing has come for a while. A speaker that was just heard, and an agent that may be about
    to answer, get a moment of real time first. Otherwise the time that programs take to produce
    audio would become gaps in it.

    Args:
        context: the emulator.
        recorder: what the peer hears.
    """

    def __init__(self, context: Context, recorder: AudioRecorder) -> None:
        self._context = context
        self._recorder = recorder
        self._news = threading.Condition(context.lock)
        self._quiet = _IDLE_BEFORE_SILENCE
        # The end of the audio of a speaker that did not continue.
        self._silent_since = recorder.end

    def notify(self) -> None:
        """Wake the waiting threads, because something was heard; the lock is held."""
        self._quiet = _IDLE_BEFORE_SILENCE
        self._news.notify_all()

    def wait(
        self,
        enough: Callable[[], bool],
        seconds: float,
        given_up: threading.Event | None = None,
        end_of: Callable[[], float] | None = None,
    ) -> bool:
        """Block until a condition holds.

        Args:
            enough: the condition; called with the lock held.
            seconds: how long to wait at most, by the emulator's clock.
            given_up: set when the result is no longer wanted.
            end_of: returns, once it holds, the moment up to which a manual clock is advanced if
                nothing follows: the last frame is delivered when it begins to sound, and an agent
                that plays it waits for its end.

        Returns:
            Whether it holds.
        """
        end = self._context.clock.now() + seconds
        self._quiet = _IDLE_BEFORE_SILENCE
        while True:
            with self._context.lock:
                if enough():
                    break
                left = end - self._context.clock.now()
                if left <= TOLERANCE or (given_up is not None and given_up.is_set()):
                    return False
                patience = self._patience(left)
                if self._news.wait(patience) or not self._context.stands_still:
                    continue
                self._note_silence(patience)
            self._move(end)
        if end_of is not None and self._context.stands_still:
            self._reach(end_of)
        return True

    async def wait_async(
        self,
        enough: Callable[[], bool],
        seconds: float,
        end_of: Callable[[], float] | None = None,
    ) -> bool:
        """Do the same without blocking the event loop."""
        given_up = threading.Event()
        # A limiter of its own: many waiting calls must not use up the threads of the program.
        limiter = anyio.CapacityLimiter(1)
        try:
            return await anyio.to_thread.run_sync(
                partial(self.wait, enough, seconds, given_up, end_of),
                abandon_on_cancel=True,
                limiter=limiter,
            )
        finally:
            # The thread goes on after a cancelled task, and must not advance the clock any more.
            given_up.set()

    def _patience(self, left: float) -> float:
        """Return how long, in real time, to wait for others before the clock is advanced."""
        if not self._context.stands_still:
            return min(left, _POLL_INTERVAL)
        begin = self._next_frame()
        if begin is None:
            return self._quiet
        goes_on = begin <= self._recorder.end + TOLERANCE
        is_silent = self._silent_since == self._recorder.end
        return 0.0 if goes_on or is_silent else _RESUME_WINDOW

    def _note_silence(self, patience: float) -> None:
        """Record that nothing was heard meanwhile."""
        if patience:
            self._silent_since = self._recorder.end
        self._quiet = _SILENCE_STEP if self._next_frame() is None else _IDLE_BEFORE_SILENCE

    def _next_frame(self) -> float | None:
        """Return when the next frame of any track begins, or None if none is queued."""
        due = self._context.router.next_due()
        # A capture, for example, may be due much later.
        soon = self._context.clock.now() + FRAME + TOLERANCE
        return None if due is None or due > soon else due

    def _reach(self, end_of: Callable[[], float]) -> None:
        """Advance the clock to a moment, unless it is past or more audio is queued."""
        with self._context.moving:
            with self._context.lock:
                goes_on = self._context.router.has_frames()
                left = 0.0 if goes_on else end_of() - self._context.clock.now()
            # This is minus infinity if the peer was disconnected before it heard enough.
            self._context.clock.advance(max(0.0, left))

    def _move(self, end: float) -> None:
        """Advance the clock to the next frame, or through as much silence."""
        # Without the emulator's lock: callbacks of the clock may need locks of their own.
        with self._context.moving:
            with self._context.lock:
                now, begin = self._context.clock.now(), self._next_frame()
                moment = min(now + FRAME if begin is None else begin, end)
            self._context.clock.advance(max(0.0, moment - now))
