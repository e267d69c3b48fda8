"""All open sockets, and whether new ones are let in."""

from __future__ import annotations

from typing import Literal

from fishjam.emulator._delivery.line import Line
from fishjam.emulator._sockets.session import Session

SocketKind = Literal["server", "peer", "agent"]


class Switchboard:
    """The open sockets of an emulator; whoever calls a method holds the emulator's lock.

    Attributes:
        refusal: the HTTP status that answers every handshake, or None to let clients in.
    """

    def __init__(self) -> None:
        self.refusal: int | None = None
        self._open: dict[Line, tuple[SocketKind, Session]] = {}

    def add(self, line: Line, kind: SocketKind, session: Session) -> None:
        """Note a socket that is open."""
        self._open[line] = kind, session

    def remove(self, line: Line) -> None:
        """Note that a socket is gone."""
        del self._open[line]

    def drop(self, code: int | None, reason: str = "", kind: SocketKind | None = None) -> None:
        """End sockets.

        Args:
            code: the code to close them with, or None to cut them off without a word.
            reason: the reason in the close frame.
            kind: only sockets of this kind; by default all.
        """
        for line, (its_kind, session) in list(self._open.items()):
            if kind in (None, its_kind):
                if code is None:
                    line.cut()
                else:
                    line.close(code, reason)
                # At once, so that nothing that happens from now on goes there.
                session.end()
