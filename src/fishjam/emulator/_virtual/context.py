"""What all virtual peers of an emulator share, and the places that they have in rooms."""

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
    """An emulator as its virtual peers see it.

    Attributes:
        lock: the emulator's lock.
        clock: the emulator's clock.
        stands_still: whether the clock is moved by hand only.
        state: the rooms, peers and tokens.
        presence: admits peers.
        studio: plays audio and shows pictures.
        moving: held by who moves a clock that stands still, so that two do not go too far; who
            watches the clock may wait, too.
        seats: the places that are taken; a dict keeps the order.
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
        """End all virtual peers without a word to others; the lock is held."""
        for membership in list(self.memberships):
            membership.end(_RESET)


class Membership:
    """The place of a virtual peer; the emulator's lock is held by callers.

    Args:
        stage: the emulator.
        token: the token of the peer.

    Attributes:
        stage: the emulator.
        key: the ids of the room and of the peer.
        ending: how the peer lost its place, or None while it has it.

    Raises:
        ValueError: if the token is no good.
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
            EmulatorError: if it is not connected any more.
        """
        if self.close_status is not None:
            how = f"{self.close_status.code} {self.close_status.reason}".rstrip()
            raise EmulatorError(f"peer {self.key.peer_id} is not connected any more ({how})")
        return self.context.state.rooms.get_peer(self.key.room_id, self.key.peer_id)

    def send(self, frame: Frame) -> None:
        """Take news of the others in the room, which nobody here reads."""

    def close(self, code: int, reason: str = "") -> None:
        """Learn that the place is lost."""
        self.end(CloseStatus(code, reason))

    def leave(self) -> None:
        """Give the place up in order."""
        self._give_up(_LEFT)

    def drop(self) -> None:
        """Give the place up as if the network had gone away."""
        self._give_up(CUT)

    def end(self, close_status: CloseStatus) -> None:
        """Note how the place was lost."""
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
        """Say in other words why somebody is not let in; never with the token."""
        text = f"cannot connect a virtual peer: {reason}"
        if reason.endswith("not found"):
            return LookupError(text)
        if reason == "peer already connected":
            return EmulatorError(text)
        type_ = self._type(token)
        if type_ is not None:
            text = f"{text}: it is for one of type {type_}, and only webrtc peers can be virtual"
        return ValueError(text)

    def _type(self, token: str) -> str | None:
        """Return whom a token is good for, or None if it is good for nobody."""
        try:
            type_ = self.context.state.tokens.verify(token).get("type")
        except TokenError:
            return None
        return str(type_)
