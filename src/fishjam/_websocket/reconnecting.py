"""Coming back after a lost connection: counting the tries, waiting, and what is told of it."""

from __future__ import annotations

from attrs import define, field, frozen

from fishjam._core.backoff import Backoff
from fishjam._websocket._signals import SocketEndedError
from fishjam.clock._system import AsyncClock


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
    code: int | None = None
    error: Exception | None = field(default=None, eq=False, repr=False)

    @classmethod
    def of(cls, error: Exception) -> ConnectionLost:
        """Tell of the loss that an error stands for."""
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
    downtime: float


@define
class Attempts:
    """Counts the tries to connect in a row, and waits before the next one."""

    backoff: Backoff
    clock: AsyncClock
    limit: int | None
    """How many may fail; None is no limit."""
    number: int = 0
    """The number of the try under way; 0 right after a loss."""
    _lost_at: float | None = None

    @property
    def exhausted(self) -> bool:
        """Whether another try would be one too many."""
        return self.limit is not None and self.number >= self.limit

    def restored(self) -> ConnectionRestored | None:
        """Say that this try succeeded; None is told of the first connection."""
        if self._lost_at is None:
            return None
        return ConnectionRestored(self.number, self.clock.now() - self._lost_at)

    def lost(self, limit: int | None) -> None:
        """Say that the connection is gone, and how many tries to come back may fail."""
        self.number, self.limit, self._lost_at = 0, limit, self.clock.now()

    async def pause(self, longest: float | None = None) -> None:
        """Wait before the next try, for so many seconds at most."""
        delay = self.backoff.delay(max(1, self.number))
        delay = delay if longest is None else min(delay, longest)
        await self.clock.sleep_until(self.clock.now() + delay)
