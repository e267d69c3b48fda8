"""Which agents are in which room, by Fishjam's own events."""

from __future__ import annotations

from fishjam.emulator import Emulator
from fishjam.events import PeerConnected, PeerDisconnected, PeerType


class Observer:
    """Follows the events of Fishjam, and notes every moment with two agents in a room."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.connected: dict[str, set[str]] = {}
        self.doubles: list[str] = []
        self.arrivals = 0
        self._seen = 0

    def look(self) -> None:
        """Take in what has happened since the last look."""
        events = self._emulator.notifications
        for event in events[self._seen :]:
            if isinstance(event, (PeerConnected, PeerDisconnected)):
                self._note(event)
        self._seen = len(events)

    def _note(self, event: PeerConnected | PeerDisconnected) -> None:
        if event.peer_type != PeerType.AGENT:
            return
        agents = self.connected.setdefault(event.room_id, set())
        if isinstance(event, PeerDisconnected):
            agents.discard(event.peer_id)
            return
        agents.add(event.peer_id)
        self.arrivals += 1
        if len(agents) > 1:
            self.doubles.append(event.room_id)

    def count(self) -> int:
        """Return how many rooms have an agent."""
        self.look()
        return sum(bool(agents) for agents in self.connected.values())

    def has(self, room_id: str) -> bool:
        """Tell whether a room has an agent."""
        return bool(self.connected.get(room_id))
