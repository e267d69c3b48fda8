"""What all virtual peers of an emulator share, and the membership of one in its room."""

from __future__ import annotations

import threading

from attrs import Factory, frozen

from fishjam.emulator._clock import EmulatorClock
from fishjam.emulator._delivery.outbox import CUT, CloseStatus, Frame
from fishjam.emulator._errors import EmulatorError
from fishjam.emulator._media.router import MediaRouter
from fishjam.emulator._model.peers import Peer
from fishjam.emulator._model.state import State
from fishjam.emulator._model.tokens import TokenError
from fishjam.emulator._presence import AdmissionRefused, PeerKey, PeerRegistry

_PEER_TYPE = "webrtc"
_LEFT = CloseStatus(1000)
_RESET = CloseStatus(1001)


@frozen
class Context:
    """What virtual peers need of an emulator.

    Attributes:
        lock: the emulator's lock.
        clock: the emulator's clock.
        stands_still: whether the clock is moved by hand only.
        state: the rooms, peers and tokens.
        presence: admits peers by their tokens.
        router: plays audio and provides images.
        moving: held while a manual clock is advanced, so that two virtual peers that wait do not
            both advance it; reentrant, because callbacks of the clock may wait as well.
        memberships: those of all connected virtual peers; a dict keeps the order.
    """

    lock: threading.RLock
    clock: EmulatorClock
    stands_still: bool
    state: State
    presence: PeerRegistry
    router: MediaRouter
    moving: threading.RLock = Factory(threading.RLock)
    memberships: dict[Membership, None] = Factory(dict)

    def reset(self) -> None:
        """Disconnect all virtual peers without notifications; the lock is held."""
        for membership in list(self.memberships):
            membership.end(_RESET)


class Membership:
    """The membership of a virtual peer in its room; callers hold the emulator's lock.

    Args:
        context: the emulator.
        token: the token of the peer.

    Attributes:
        context: the emulator.
        key: the ids of the room and of the peer.
        close_status: how the membership ended, or None while it lasts.

    Raises:
        ValueError: if the token is invalid.
        LookupError: if its room or peer is gone.
        EmulatorError: if the peer is connected already.
    """

    def __init__(self, context: Context, token: str) -> None:
        self.context = context
        self.close_status: CloseStatus | None = None
        self.key: PeerKey = self._enter(token)
        context.memberships[self] = None

    @property
    def peer(self) -> Peer:
        """The peer in the state.

        Raises:
            EmulatorError: if it is no longer connected.
        """
        if self.close_status is not None:
            how = f"{self.close_status.code} {self.close_status.reason}".rstrip()
            raise EmulatorError(f"peer {self.key.peer_id} is no longer connected ({how})")
        return self.context.state.rooms.get_peer(self.key.room_id, self.key.peer_id)

    def send(self, frame: Frame) -> None:
        """Ignore a message about another peer."""

    def close(self, code: int, reason: str = "") -> None:
        """End the membership."""
        self.end(CloseStatus(code, reason))

    def leave(self) -> None:
        """Leave in order."""
        self._give_up(_LEFT)

    def drop(self) -> None:
        """Leave as if the network had failed."""
        self._give_up(CUT)

    def end(self, close_status: CloseStatus) -> None:
        """Record how the membership ended."""
        self.close_status = close_status
        del self.context.memberships[self]

    def _give_up(self, close_status: CloseStatus) -> None:
        if self.close_status is None:
            self.end(close_status)
            self.context.presence.leave(self.key, self)

    def _enter(self, token: str) -> PeerKey:
        try:
            return self.context.presence.admit(token, _PEER_TYPE, self)
        except AdmissionRefused as refused:
            raise self._explain(token, str(refused)) from None

    def _explain(self, token: str, reason: str) -> Exception:
        """Return the error for a refused token, which never contains the token."""
        text = f"cannot connect a virtual peer: {reason}"
        # A room and a peer that are gone are both a LookupError, as in the control interface.
        if reason.endswith("not found"):
            return LookupError(text)
        if reason == "peer already connected":
            return EmulatorError(text)
        type_ = self._type(token)
        if type_ is not None:
            text = f"{text}: it is for one of type {type_}, and only webrtc peers can be virtual"
        return ValueError(text)

    def _type(self, token: str) -> str | None:
        """Return the type of peer that a token is for, or None if the token is invalid."""
        try:
            type_ = self.context.state.tokens.verify(token).get("type")
        except TokenError:
            return None
        return str(type_)
