"""People in a room with an agent: a virtual peer plays them, in the emulator of the test."""

from __future__ import annotations

from fishjam.emulator import Emulator, VirtualPeer
from fishjam.events import PeerConnected, PeerType
from tests.examples.programs import Program, until


def join_with_printed_token(emulator: Emulator, program: Program) -> VirtualPeer:
    """Join with the token that an example has printed, once its agent is there."""
    token = program.line(r"^  (\S+)$")[1]
    wait_for_agent(emulator)
    return emulator.connect_peer(token)


def wait_for_agent(emulator: Emulator, times: int = 1) -> None:
    """Wait until an agent has connected for so many times."""

    def count() -> int:
        return sum(
            isinstance(event, PeerConnected) and event.peer_type == PeerType.AGENT
            for event in emulator.notifications
        )

    until(lambda: count() >= times)
