"""How a connection ended, and the error that says so. No I/O here."""

from __future__ import annotations

import enum
from collections.abc import Callable

from attrs import evolve, field, frozen

from fishjam._core.notes import with_notes
from fishjam._websocket._signals import SocketEndedError
from fishjam.errors import FishjamError, SocketBrokenError

Redact = Callable[[str], str]
"""Takes secrets out of a text."""

IN_ORDER = frozenset({1000, 1001, 1005})
"""Codes of an orderly end; 1005 stands for a close frame without any code."""

# RFC 6455 keeps it for connections that end without a close frame; it is never sent.
LOST = 1006
# The reason that the websockets library gives too, so that servers and their logs know it.
PING_TIMEOUT = "keepalive ping timeout"

_MEANINGS = {
    1000: "normal",
    1001: "going away",
    1002: "protocol error",
    1003: "not acceptable",
    1005: "no code",
    1006: "no close frame",
    1007: "invalid data",
    1008: "against the rules",
    1009: "message too big",
    1010: "extension missing",
    1011: "server error",
    1012: "server restarts",
    1013: "try again later",
    1014: "bad gateway",
}


_REFUSALS = frozenset({1003, 1007, 1009})
"""Codes with which a server refuses what it was sent."""


class CloseInitiator(enum.Enum):
    """Which side ended the connection first."""

    US = enum.auto()
    """The user closed it."""
    SERVER = enum.auto()
    """The server sent a close frame."""
    FAILURE = enum.auto()
    """This side had to send a close frame: the server did what it must not, or fell silent."""
    LOST = enum.auto()
    """Neither side sent a close frame."""


@frozen
class CloseInfo:
    """The end of a connection."""

    initiator: CloseInitiator
    code: int
    reason: str = ""
    cause: BaseException | None = field(default=None, eq=False)
    """The error of the library or the system, where there is one."""

    def redacted(self, redact: Redact) -> CloseInfo:
        """Return the same without secrets that the server has repeated in its reason."""
        return evolve(self, reason=redact(self.reason), cause=without_secrets(self.cause, redact))

    def error(self, url: str) -> FishjamError:
        """Build the error for calls that need the connection after its end."""
        if self.initiator is CloseInitiator.SERVER and self.code in IN_ORDER:
            return SocketEndedError(
                f"The server closed the connection in order: {self._code_and_reason}.",
                code=self.code,
                reason=self.reason,
            )
        error = SocketBrokenError(
            f"The connection to the server broke: {self._story}.",
            code=self.code,
            reason=self.reason,
            url=url,
        )
        return with_notes(error, f"WebSocket: {url}", self._advice)

    @property
    def _code_and_reason(self) -> str:
        meaning = _MEANINGS.get(self.code)
        code = f"code {self.code} ({meaning})" if meaning else f"code {self.code}"
        return f"{code}, {self.reason!r}" if self.reason else code

    @property
    def _story(self) -> str:
        if self.initiator is CloseInitiator.SERVER:
            return f"the server closed it with {self._code_and_reason}"
        if self.initiator is CloseInitiator.FAILURE:
            return f"this side had to end it with {self._code_and_reason}"
        if isinstance(self.cause, OSError):
            return f"it was lost ({type(self.cause).__name__})"
        return "it ended without a close frame"

    @property
    def _advice(self) -> str:
        if self.initiator is CloseInitiator.FAILURE and self.code == 1009:
            return "A longer message came than `max_message_size` allows: raise it."
        if self.initiator is CloseInitiator.FAILURE and self.reason == PING_TIMEOUT:
            return (
                "The server did not answer a ping within `ping_timeout`, and sent nothing else: "
                "connect again."
            )
        if self.initiator is CloseInitiator.SERVER and self.code in _REFUSALS:
            return "The server refused what was sent to it: send something else the next time."
        return "Connect again; what was under way may or may not have arrived."


def describe(error: BaseException) -> str:
    """Return an exception as part of a sentence."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def without_secrets(cause: BaseException | None, redact: Redact) -> BaseException | None:
    """Return an error that is to be a cause, or None if it or one of its own holds a secret."""
    link = cause
    while link is not None:
        if redact(str(link)) != str(link):
            return None
        link = link.__cause__ or link.__context__
    return cause
