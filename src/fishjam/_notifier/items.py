"""What a notifier passes on besides events: that the connection was lost, and that it is back."""

from __future__ import annotations

from attrs import field, frozen


@frozen
class ConnectionLost:
    """The connection is gone; events are missed until it is back, and are not sent again.

    Attributes:
        reason: what happened, in words.
        code: the WebSocket close code, or None when there was none.
        error: the error that ended it, or None when the server closed in order.
    """

    __module__ = "fishjam"

    reason: str
    code: int | None = None
    error: Exception | None = field(default=None, eq=False, repr=False)


@frozen
class ConnectionRestored:
    """The connection is back and the subscription confirmed; now is the time to reconcile.

    Attributes:
        attempts: how many tries it took.
        downtime: seconds since it was lost.
    """

    __module__ = "fishjam"

    attempts: int
    downtime: float
