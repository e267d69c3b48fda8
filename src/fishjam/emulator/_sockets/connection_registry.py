"""All open sockets, and whether new ones are accepted."""

from __future__ import annotations

from typing import Literal

from fishjam.emulator._delivery.outbox import Outbox
from fishjam.emulator._sockets.session import SocketSession

SocketKind = Literal["server", "peer", "agent"]


class ConnectionRegistry:
    """The open sockets of an emulator; callers hold the emulator's lock.

    Attributes:
        refusal: the HTTP status that answers every handshake, or None to accept clients.
    """

    def __init__(self) -> None:
        self.refusal: int | None = None
        self._open: dict[Outbox, tuple[SocketKind, SocketSession]] = {}

    def add(self, outbox: Outbox, kind: SocketKind, session: SocketSession) -> None:
        """Register an open socket."""
        self._open[outbox] = kind, session

    def remove(self, outbox: Outbox) -> None:
        """Unregister a socket that is closed."""
        del self._open[outbox]

    def drop(self, code: int | None, reason: str = "", kind: SocketKind | None = None) -> None:
        """Close sockets.

        Args:
            code: the code to close them with, or None to abort them without a close frame.
            reason: the reason in the close frame.
            kind: only sockets of this kind; by default all.
        """
        for outbox, (its_kind, session) in list(self._open.items()):
            if kind in (None, its_kind):
                if code is None:
                    outbox.cut()
                else:
                    outbox.close(code, reason)
                # At once, so that no later event is sent to it.
                session.end()
