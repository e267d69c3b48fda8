"""Which client represents which peer: admission by token, one client for each peer, and its end."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Protocol

from attrs import frozen

from fishjam import events
from fishjam.emulator._delivery.late_calls import LateCalls
from fishjam.emulator._delivery.outbox import INVALID_TOKEN, MISSING_TOKEN, Frame
from fishjam.emulator._model.state import State
from fishjam.emulator._model.state_changes import StateChange
from fishjam.emulator._model.tokens import ExpiredTokenError, InvalidTokenError

# Clients tell by these very texts whether to give up or to connect again.
_EXPIRED_TOKEN = (1000, "expired token")
_ROOM_NOT_FOUND = (1000, "room not found")
_PEER_NOT_FOUND = (1000, "peer not found")
_ALREADY_CONNECTED = (1000, "peer already connected")
_REMOVED = (1000, "Peer removed")
_STOPPED = (1000, "Room stopped")
_CRASHED = (1011, "")


class AdmissionRefused(Exception):  # noqa: N818 - it is an answer rather than an error
    """The bearer of a token is not admitted.

    Attributes:
        close: the code and reason to close a socket with because of that.
    """

    def __init__(self, close: tuple[int, str]) -> None:
        super().__init__(close[1])
        self.close = close
        """The code and reason to close a socket with because of that."""


@frozen
class PeerKey:
    """The ids of a peer and of its room."""

    room_id: str
    peer_id: str


class PeerOutput(Protocol):
    """Where a peer's messages go; callers hold the emulator's lock, so it must not wait."""

    def send(self, frame: Frame) -> None:
        """Take a message of the peer socket about the other peers of the room."""

    def close(self, code: int, reason: str = "") -> None:
        """Take the code and reason of the close frame: the client no longer represents the peer."""


class PeerRegistry:
    """Knows which client represents which peer; the lock is held by callers.

    Args:
        state: the rooms, peers and tokens; what happens there is to be handed to `handle`.
        late_calls: closes clients some time after their peers were removed.

    Attributes:
        closing_delay: how long that takes, in seconds.
    """

    def __init__(self, state: State, late_calls: LateCalls) -> None:
        self.closing_delay: float = 0.0
        self._state = state
        self._late_calls = late_calls
        # By the ids of room and peer.
        self._outputs: dict[str, dict[str, PeerOutput]] = {}

    def admit(self, token: str, peer_type: str, output: PeerOutput) -> PeerKey:
        """Let the bearer of a token represent its peer.

        Args:
            token: the token.
            peer_type: the type that the peer has to be of.
            output: takes messages about the other peers, and the end.

        Raises:
            AdmissionRefused: if the token is not good for such a peer, the peer is gone, or
                another client represents it.
        """
        key = self._verify(token, peer_type)
        if not self._state.rooms.has(key.room_id):
            raise AdmissionRefused(_ROOM_NOT_FOUND)
        if key.peer_id not in self._state.rooms.get(key.room_id).peers:
            raise AdmissionRefused(_PEER_NOT_FOUND)
        outputs = self._outputs.setdefault(key.room_id, {})
        if outputs.setdefault(key.peer_id, output) is not output:
            raise AdmissionRefused(_ALREADY_CONNECTED)
        return key

    def leave(self, key: PeerKey, output: PeerOutput) -> None:
        """Disconnect a peer, if this is still the client that represents it."""
        if self.represents(key, output):
            self._forget(key.room_id, key.peer_id)
            self._state.rooms.disconnect_peer(key.room_id, key.peer_id)

    def represents(self, key: PeerKey, output: PeerOutput) -> bool:
        """Tell whether this is the client that represents a peer."""
        return self._outputs.get(key.room_id, {}).get(key.peer_id) is output

    def outputs(self, room_id: str) -> Iterator[tuple[str, PeerOutput]]:
        """Give the peers of a room that a client represents, by their ids, with their outputs."""
        yield from self._outputs.get(room_id, {}).items()

    def reset(self) -> None:
        """Forget all clients, and close those of removed peers at once."""
        self._outputs.clear()
        self.closing_delay = 0.0

    def handle(self, change: StateChange) -> None:
        """End the clients of peers that are gone."""
        match change.event:
            case events.PeerDeleted(room_id=room_id, peer_id=peer_id):
                # A room that is being deleted is not found any more when its peers go.
                close = _REMOVED if self._state.rooms.has(room_id) else _STOPPED
                self._close(room_id, peer_id, close)
            case events.PeerCrashed(room_id=room_id, peer_id=peer_id):
                self._close(room_id, peer_id, _CRASHED)
            case events.RoomCrashed(room_id=room_id):
                for peer_id in list(self._outputs.get(room_id, ())):
                    self._close(room_id, peer_id, _CRASHED)
            case _:
                pass

    def _close(self, room_id: str, peer_id: str, close: tuple[int, str]) -> None:
        output = self._outputs.get(room_id, {}).get(peer_id)
        if output is not None:
            self._late_calls.put(self.closing_delay, partial(output.close, *close))
            self._forget(room_id, peer_id)

    def _forget(self, room_id: str, peer_id: str) -> None:
        outputs = self._outputs.get(room_id, {})
        outputs.pop(peer_id, None)
        if not outputs:
            self._outputs.pop(room_id, None)

    def _verify(self, token: str, peer_type: str) -> PeerKey:
        if not token:
            raise AdmissionRefused(MISSING_TOKEN)
        try:
            claims = self._state.tokens.verify(token)
        except ExpiredTokenError as error:
            raise AdmissionRefused(_EXPIRED_TOKEN) from error
        except InvalidTokenError as error:
            raise AdmissionRefused(INVALID_TOKEN) from error
        if claims.get("type") != peer_type:
            raise AdmissionRefused(INVALID_TOKEN)
        return PeerKey(claims["room_id"], claims["peer_id"])
