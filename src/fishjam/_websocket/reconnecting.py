"""Staying connected: one connection after another, with waits that grow, until it is over."""

from __future__ import annotations

import enum
import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import anyio
from attrs import define, field, frozen

from fishjam._core.backoff import Backoff
from fishjam._websocket._signals import SocketEndedError
from fishjam.clock._system import AsyncClock
from fishjam.errors import FishjamConnectionError

HELD = 10.0
"""Seconds after which a connection counts as one that held, and the count of failures ends.

A server that confirms each connection and closes it at once would otherwise be asked at the pace of
the first wait for ever, and `max_attempts` would never end it.
"""

PATIENCE = 60.0
"""Seconds in which a server may still take the connection that was lost for alive."""

LONGEST_RETRY_AFTER = 30.0
"""The longest wait in seconds that a server can ask for, the same as that of REST calls."""

_log = logging.getLogger("fishjam")


@frozen
class ConnectionLost:
    """The connection is gone; what happens until it is back is missed, and not sent again.

    Attributes:
        reason: what happened, in words.
        code: the WebSocket close code, or None when there was none.
        error: the error that ended it, or None when the server closed in order.
    """

    __module__ = "fishjam"

    reason: str
    """What happened, in words."""
    code: int | None = None
    """The WebSocket close code, or None when there was none."""
    error: Exception | None = field(default=None, eq=False, repr=False)
    """The error that ended it, or None when the server closed in order."""

    @classmethod
    def of(cls, error: Exception) -> ConnectionLost:
        """Describe the loss that an error stands for."""
        code = getattr(error, "code", None)
        if isinstance(error, SocketEndedError):
            return cls(error.reason or "the server closed the connection", code)
        return cls(str(error), code, error)


@frozen
class ConnectionRestored:
    """The connection is back, and the server has confirmed it; now is the time to reconcile.

    Attributes:
        attempts: how many tries it took.
        downtime: seconds since it was lost.
    """

    __module__ = "fishjam"

    attempts: int
    """How many tries it took."""
    downtime: float
    """Seconds since it was lost."""


ConnectionEvent: TypeAlias = ConnectionLost | ConnectionRestored


def check_attempts(name: str, attempts: int | None) -> None:
    """Raise `ValueError` for what cannot be a number of tries."""
    if attempts is not None and attempts < 1:
        raise ValueError(f"{name}={attempts}: at least one, or None for no limit")


class Verdict(enum.Enum):
    """What an error means for a client that wants to stay connected."""

    OVER = enum.auto()
    """It ends here: another try would fail in the same way, or is not wanted."""
    LOST = enum.auto()
    """The connection that was up is gone: tell the user, and connect again."""
    AGAIN = enum.auto()
    """The try failed: make another one."""
    OCCUPIED = enum.auto()
    """The server takes the last connection for alive: again, but only for `PATIENCE`."""


@define
class Reconnector:
    """Connects again and again; `connect` has to call `established` once it is confirmed."""

    name: str
    """Which client this is, for the log."""
    backoff: Backoff
    clock: AsyncClock
    first_attempts: int | None
    """How many tries may fail before the first connection; None for no limit."""
    max_attempts: int | None
    """How many tries in a row may fail after it; None for no limit."""
    judge: Callable[[Exception, bool], Verdict]
    """Gives the verdict on an error, and on whether the connection was up; changes nothing."""
    tell: Callable[[ConnectionEvent], None]
    """Called with each loss and each return."""

    _failures: int = field(default=0, init=False)
    _waits: int = field(default=0, init=False)
    _tries: int = field(default=0, init=False)
    _was_up: bool = field(default=False, init=False)
    _up_since: float | None = field(default=None, init=False)
    _lost_at: float = field(default=0.0, init=False)
    _occupied_since: float | None = field(default=None, init=False)
    _stopped: bool = field(default=False, init=False)
    _pausing: anyio.CancelScope | None = field(default=None, init=False)

    async def keep(self, connect: Callable[[], Awaitable[None]]) -> Exception | None:
        """Connect and come back after each loss; return the error that ended it, None for `stop`.

        Args:
            connect: makes a connection and uses it until it raises that it has ended.
        """
        while not self._stopped:
            self._tries += 1
            try:
                await connect()
            except Exception as error:
                if (final := self._note_failure(error)) is not None:
                    return final
                asked = getattr(error, "retry_after", None)
                await self._pause(asked)
        return None

    def established(self) -> None:
        """Say that the server has confirmed the connection."""
        if self._was_up:
            self.tell(ConnectionRestored(self._tries, self.clock.now() - self._lost_at))
        self._was_up = True
        self._up_since = self.clock.now()
        self._occupied_since = None

    def stop(self) -> None:
        """Make no further try; a wait for the next one ends at once."""
        self._stopped = True
        if self._pausing is not None:
            self._pausing.cancel()

    def _note_failure(self, error: Exception) -> Exception | None:
        """Take note of how a try or a connection ended; return the error if it was the last one."""
        verdict = self.judge(error, self._up_since is not None)
        if verdict is Verdict.OVER:
            return error
        if verdict is Verdict.LOST:
            self._note_loss(error)
        else:
            self._failures += 1
            _log.warning("%s cannot connect (try %d): %s", self.name, self._tries, error)
        if self._is_exhausted or self._patience_ends(verdict):
            return _last_error(self._failures, error)
        return None

    def _note_loss(self, error: Exception) -> None:
        now = self.clock.now()
        held = self._up_since is not None and now - self._up_since >= HELD
        self._failures = 0 if held else self._failures + 1
        if held:
            self._waits = 0
        self._up_since, self._lost_at, self._tries = None, now, 0
        _log.info("%s lost its connection: %s", self.name, error)
        self.tell(ConnectionLost.of(error))

    @property
    def _is_exhausted(self) -> bool:
        limit = self.max_attempts if self._was_up else self.first_attempts
        return limit is not None and self._failures >= limit

    def _patience_ends(self, verdict: Verdict) -> bool:
        now = self.clock.now()
        if verdict is not Verdict.OCCUPIED:
            self._occupied_since = None
        elif self._occupied_since is None:
            self._occupied_since = now
        return self._occupied_since is not None and now >= self._occupied_since + PATIENCE

    async def _pause(self, asked: float | None) -> None:
        self._waits += 1
        # A server that asks for 0 seconds would be tried again without any pause, for ever.
        delay = min(asked, LONGEST_RETRY_AFTER) if asked else self.backoff.delay(self._waits)
        until = self.clock.now() + delay
        if self._occupied_since is not None:
            # The last try should come when the patience ends, and not long after.
            until = min(until, self._occupied_since + PATIENCE)
        with anyio.CancelScope() as self._pausing:
            await self.clock.sleep_until(until)
        self._pausing = None


def _last_error(failures: int, error: Exception) -> Exception:
    """Return the error that the user meets, which is a public one."""
    if not isinstance(error, SocketEndedError):
        return error
    last = FishjamConnectionError(
        f"Gave up after {failures} tries in a row: the server ended each connection soon after it "
        f"had begun, the last one with {error.reason or error.code!r}."
    )
    last.__cause__ = error
    return last
