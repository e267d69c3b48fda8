"""Rooms and their peers, tracks and media as a program changes them."""

from __future__ import annotations

import copy
from typing import Any

from fishjam.emulator._engine import Engine
from fishjam.emulator._model.metadata import plain_metadata
from fishjam.emulator._seconds import check_seconds
from fishjam.emulator._virtual.peer import VirtualPeer

Json = dict[str, Any]


class RoomControls:
    """Rooms, virtual peers, tracks, crashes and captures."""

    _engine: Engine

    @property
    def rooms(self) -> list[Json]:
        """The rooms as the API shows them; a copy."""
        with self._engine.lock:
            return [copy.deepcopy(room.to_dict()) for room in self._engine.state.rooms.all()]

    def connect_peer(
        self, token: str, metadata: Any = None, *, sample_rate: int = 16000, channels: int = 1
    ) -> VirtualPeer:
        """Connect a WebRTC peer as a virtual peer, as if a user had joined with a browser.

        Args:
            token: the peer's token.
            metadata: the peer's own metadata, any JSON value; None keeps the present ones.
            sample_rate: the rate at which it speaks and hears, 8000 to 48000 Hz.
            channels: 1 or 2, likewise.

        Raises:
            ValueError: if the token is invalid or not that of a WebRTC peer, or if another
                argument cannot be used.
            LookupError: if the room or the peer is gone.
            EmulatorError: if the peer is connected already.

        Example:
            ```python
            peer, token = client.create_peer(room.id)
            user = emulator.connect_peer(token, {"name": "Ada"})
            user.speak("question.wav")
            answer = user.hear(2.0)
            ```
        """
        return VirtualPeer(self._engine.context, token, metadata, sample_rate, channels)

    def add_track(
        self, room_id: str, peer_id: str, type_: str, metadata: Json | None = None
    ) -> str:
        """Add a track to a peer, as if it published one, and return the track's id.

        Args:
            room_id: the room.
            peer_id: the peer.
            type_: `audio` or `video`.
            metadata: the metadata of the track, as JSON values.

        Raises:
            ValueError: if the type is unknown, or the metadata cannot be written as JSON.
            LookupError: if there is no such room or peer.
        """
        if type_ not in ("audio", "video"):
            raise ValueError(f"the type of a track is audio or video, not {type_!r}")
        # A copy, so that what the program does with its own object later changes nothing here.
        metadata = plain_metadata(metadata)
        with self._engine.lock:
            return self._engine.state.rooms.add_track(room_id, peer_id, type_, metadata).id

    def update_track_metadata(
        self, room_id: str, peer_id: str, track_id: str, metadata: Json | None
    ) -> None:
        """Change the metadata of a track.

        Raises:
            ValueError: if the metadata cannot be written as JSON.
            LookupError: if there is no such room, peer or track.
        """
        metadata = plain_metadata(metadata)
        with self._engine.lock:
            self._engine.state.rooms.update_track_metadata(room_id, peer_id, track_id, metadata)

    def remove_track(self, room_id: str, peer_id: str, track_id: str) -> None:
        """Remove a track from a peer, as if it stopped publishing.

        Raises:
            LookupError: if there is no such room, peer or track.
        """
        with self._engine.lock:
            self._engine.state.rooms.remove_track(room_id, peer_id, track_id)

    def crash_room(self, room_id: str) -> None:
        """Crash a room with everything in it, as when the server fails.

        Raises:
            LookupError: if there is no such room.
        """
        with self._engine.lock:
            self._engine.state.rooms.crash(room_id)

    def crash_peer(self, room_id: str, peer_id: str, reason: str = "") -> None:
        """Crash a peer with its tracks, as when the server fails.

        Raises:
            LookupError: if there is no such room or peer.
            ValueError: if the reason is not valid Unicode.
        """
        # Raises here for lone surrogates, before the state has changed.
        reason.encode()
        with self._engine.lock:
            self._engine.state.rooms.crash_peer(room_id, peer_id, reason)

    def delay_captures(self, seconds: float) -> None:
        """Answer the captures of agents so much later from now on; 0 ends that.

        Args:
            seconds: how long, in seconds of the emulator's clock; with `math.inf` they
                are never answered.

        Raises:
            ValueError: if `seconds` is negative.
        """
        check_seconds("seconds", seconds, may_be_infinite=True)
        with self._engine.lock:
            self._engine.router.capture_delay = seconds
