"""All open sockets, and whether new ones are accepted."""

from __future__ import annotations

from typing import Literal

from fishjam.emulator._delivery.late_calls import LateCalls
from fishjam.emulator._delivery.outbox import Frame, Outbox
from fishjam.emulator._sockets.session import SocketSession

SocketKind = Literal["server", "peer", "agent"]


class LingeringSession:
    """A session that can outlive its connection, as when a machine died without a word.

    Args:
        session: what it passes everything on to.
    """

    def __init__(self, session: SocketSession) -> None:
        self._session = session
        self._lingers = False

    def receive(self, frame: Frame) -> None:
        """Handle a frame from the client."""
        self._session.receive(frame)

    def expire(self) -> None:
        """Handle the end of the time to authenticate."""
        self._session.expire()

    def end(self) -> None:
        """Handle the end of the connection, unless it is to go unnoticed."""
        if not self._lingers:
            self._session.end()

    def linger(self) -> None:
        """Do not notice the end of the connection."""
        self._lingers = True

    def let_go(self) -> None:
        """Notice the end of the connection after all."""
        self._session.end()


class ConnectionRegistry:
    """The open sockets of an emulator; callers hold the emulator's lock.

    Args:
        late_calls: ends sessions some time after their connections.

    Attributes:
        refusal: the HTTP status that answers every handshake, or None to accept clients.
    """

    def __init__(self, late_calls: LateCalls) -> None:
        self.refusal: int | None = None
        self._late_calls = late_calls
        self._open: dict[Outbox, tuple[SocketKind, LingeringSession]] = {}

    def add(self, outbox: Outbox, kind: SocketKind, session: LingeringSession) -> None:
        """Register an open socket."""
        self._open[outbox] = kind, session

    def remove(self, outbox: Outbox) -> None:
        """Unregister a socket that is closed."""
        del self._open[outbox]

    def drop(
        self,
        code: int | None,
        reason: str = "",
        kind: SocketKind | None = None,
        *,
        linger: float = 0.0,
        count: int | None = None,
    ) -> None:
        """Close sockets.

        Args:
            code: the code to close them with, or None to abort them without a close frame.
            reason: the reason in the close frame.
            kind: only sockets of this kind; by default all.
            linger: seconds for which their sessions go on, as if nobody had noticed.
            count: only so many of them, those that have been open for the longest time.
        """
        sockets = [
            (outbox, session)
            for outbox, (its_kind, session) in self._open.items()
            # One that is closed already, and has not ended yet, would be counted for nothing.
            if kind in (None, its_kind) and outbox.close_status is None
        ]
        for outbox, session in sockets[:count]:
            if linger:
                session.linger()
            if code is None:
                outbox.cut()
            else:
                outbox.close(code, reason)
            # At once without `linger`, so that no later event is sent to it.
            self._late_calls.put(linger, session.let_go)
