"""Rooms with users who are programs, on the machine's clock and on one that stands still."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import anyio.to_thread
import pytest
from attrs import define

from fishjam import AgentOptions, FishjamClient, PeerOptions
from fishjam.clock import ManualClock
from fishjam.emulator import Emulator, VirtualPeer
from fishjam.emulator._virtual import waiting
from fishjam.events import TrackType
from tests.support.emulator_sockets import Socket, agent_socket


@define
class Scene:
    """A room of an emulator."""

    emulator: Emulator
    client: FishjamClient
    room_id: str

    def invite(self, **options: Any) -> str:
        """Add a peer and return its token."""
        _, token = self.client.create_peer(self.room_id, PeerOptions(**options))
        return token

    def join(self, metadata: Any = None, **options: Any) -> VirtualPeer:
        """Add a peer that is connected."""
        return self.emulator.connect_peer(self.invite(), metadata, **options)

    async def ajoin(self, metadata: Any = None, **options: Any) -> VirtualPeer:
        """Do the same without blocking the event loop."""
        return await anyio.to_thread.run_sync(partial(self.join, metadata, **options))

    def kinds(self, skip: int = 0) -> list[str]:
        """Name the events that happened."""
        return [type(event).__name__ for event in self.emulator.notifications[skip:]]


@pytest.fixture(scope="session")
def clock() -> ManualClock:
    """The clock of `scene`, which stands still until somebody moves it."""
    return ManualClock(1_700_000_000.0)


@pytest.fixture(scope="session")
def _still_emulator(clock: ManualClock) -> Iterator[Emulator]:
    with Emulator(clock=clock) as emulator:
        yield emulator


def scenes_of(emulator: Emulator) -> Iterator[Scene]:
    emulator.reset()
    with FishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        yield Scene(emulator, client, client.create_room().id)


@pytest.fixture
def scene(_still_emulator: Emulator) -> Iterator[Scene]:
    """A room in which time stands still until somebody moves it."""
    yield from scenes_of(_still_emulator)


@pytest.fixture
def live_scene(emulator: Emulator) -> Iterator[Scene]:
    """A room on the machine's clock."""
    yield from scenes_of(emulator)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give whoever speaks or answers more real time than a busy machine takes for a turn."""
    monkeypatch.setattr(waiting, "_RESUME_WINDOW", 2.0)
    monkeypatch.setattr(waiting, "_IDLE_BEFORE_SILENCE", 2.0)


@contextmanager
def agent_in(scene: Scene, **options: Any) -> Iterator[Socket]:
    """Add an agent to the room, and give its socket."""
    agent = scene.client.create_agent(scene.room_id, AgentOptions(**options))
    with agent_socket(scene.emulator) as socket:
        socket.authenticate(scene.client.refresh_peer_token(scene.room_id, agent.id))
        yield socket


def add_track(scene: Scene, agent: Socket, **codec: int) -> str:
    """Let an agent add a track, and wait until that, and all that it sent before, is done."""
    track_id, before = str(uuid.uuid4()), scene.kinds().count("TrackAdded")
    track = {"id": track_id, "type": TrackType.AUDIO}
    agent.send(add_track={"track": track, "codec_params": codec})
    while scene.kinds().count("TrackAdded") == before:
        time.sleep(0.001)
    return track_id
