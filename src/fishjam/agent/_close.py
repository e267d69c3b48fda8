"""How a session was closed, and the error that says so. No I/O here."""

from __future__ import annotations

from attrs import field, frozen

from fishjam._core.notes import with_notes
from fishjam._websocket._signals import SocketClosedError, SocketEndedError
from fishjam.errors import (
    AgentAuthError,
    AgentConnectionError,
    AgentError,
    AgentSessionClosedError,
    SocketBrokenError,
)

# RFC 6455: 1006 is never sent; it stands for an end without a close frame.
NORMAL = 1000
LOST = 1006

CONNECTION_GONE = (SocketClosedError, SocketEndedError, SocketBrokenError)
"""What a socket raises once it has ended."""


@frozen
class SessionEnd:
    """How a session ended; given to the `on_ended` of `Agent.run`.

    Attributes:
        code: the WebSocket close code; 1006 if the connection broke.
        reason: the server's words, for example "Peer removed" or "Room stopped".
        by_us: whether this side ended it: the handler returned or raised, or called `disconnect`.
        failure: what ended it, or None if it ended in order.
    """

    __module__ = "fishjam.agent"

    code: int
    """The WebSocket close code; 1006 if the connection broke."""
    reason: str = ""
    """The server's words, for example "Peer removed" or "Room stopped"."""
    by_us: bool = False
    """Whether this side ended it: the handler returned or raised, or called `disconnect`."""
    failure: Exception | None = field(default=None, eq=False)
    """What ended it, or None if it ended in order."""

    @classmethod
    def of(cls, error: Exception) -> SessionEnd:
        """Tell how a session ended from the error that ended it."""
        if isinstance(error, SocketClosedError):
            return CLOSED_BY_US
        # Errors of a connection that was never made have no code.
        code, reason = getattr(error, "code", None) or LOST, getattr(error, "reason", "")
        return cls(code, reason, failure=None if isinstance(error, SocketEndedError) else error)

    @property
    def by_server(self) -> bool:
        """Whether the server ended it in order."""
        return self.failure is None and not self.by_us

    def error(self) -> AgentError:
        """Build the error for a call that needs the session."""
        if self.by_us:
            return AgentSessionClosedError(
                "This agent session was closed on this side, by disconnect() or by leaving its "
                "block; connect again."
            )
        if self.failure is None:
            return AgentSessionClosedError(
                f"The server closed this agent session in order: {self.reason or self.code}."
            )
        if isinstance(self.failure, AgentAuthError):
            return AgentAuthError(self.failure.reason)
        # A new one for each call: several tasks may raise it, and one would collect all tracebacks.
        error = AgentConnectionError(f"The agent lost its connection. {self.failure}")
        error.__cause__ = self.failure
        return with_notes(error, *getattr(self.failure, "__notes__", ()))


CLOSED_BY_US = SessionEnd(NORMAL, by_us=True)
