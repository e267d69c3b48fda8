"""Sockets that are dropped without the server's notice, one of several, and closed late."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from fishjam.clock import ManualClock
from fishjam.emulator import Emulator
from fishjam.events import PeerConnected, PeerDeleted, PeerDisconnected, RoomCreated, TrackRemoved
from tests.emulator.conftest import Guest
from tests.support.emulator_sockets import Socket, agent_socket, subscribed

Invite = Callable[..., Guest]
TRACK = {
    "track": {"id": "t", "type": 2, "metadata": ""},
    "codec_params": {"sample_rate": 16000, "channels": 1},
}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator whose time passes when it is told to."""
    with Emulator(clock=ManualClock()) as emulator:
        yield emulator


@contextmanager
def present(emulator: Emulator, agent: Guest) -> Iterator[Socket]:
    with agent_socket(emulator) as socket:
        socket.authenticate(agent.token)
        yield socket


def refusal(emulator: Emulator, agent: Guest) -> tuple[int, str] | None:
    """Return how another client with the same token is closed."""
    with agent_socket(emulator) as socket:
        socket.send(auth_request={"token": agent.token})
        return socket.ending()


def test_a_dead_machine_keeps_its_place(emulator: Emulator, invite: Invite) -> None:
    agent = invite(type_="agent")
    with subscribed(emulator) as backend, present(emulator, agent) as socket:
        socket.send(add_track=TRACK)
        backend.events(3)
        emulator.drop_connections(linger=30)
        assert socket.ending() is None
    with subscribed(emulator) as backend:
        assert refusal(emulator, agent) == (1000, "peer already connected")
        emulator.advance(29)
        assert refusal(emulator, agent) == (1000, "peer already connected")
        assert emulator.rooms[0]["peers"][0]["status"] == "connected"
        emulator.advance(2)
        assert [type(event) for event in backend.events(2)] == [TrackRemoved, PeerDisconnected]
        with present(emulator, agent):
            assert isinstance(backend.event(), PeerConnected)


def test_each_machine_is_missed_after_its_own_time(emulator: Emulator, invite: Invite) -> None:
    first, second = invite(type_="agent"), invite(type_="agent")
    with present(emulator, first) as one, present(emulator, second) as two:
        emulator.drop_connections(linger=60, kind="agent", count=1)
        assert one.ending() is None
        emulator.drop_connections(1012, reason="restart", linger=5)
        assert two.ending() == (1012, "restart")
    emulator.advance(6)
    with present(emulator, second):
        assert refusal(emulator, first) == (1000, "peer already connected")


def test_one_of_several_is_dropped(emulator: Emulator) -> None:
    with subscribed(emulator) as first, subscribed(emulator) as second:
        emulator.drop_connections(kind="server", count=1)
        assert first.ending() is None
        emulator.send(RoomCreated("r"))
        assert second.event() == RoomCreated("r")
        emulator.drop_connections(kind="server", count=0)
        emulator.send(RoomCreated("s"))
        assert second.event() == RoomCreated("s")


def test_a_peer_that_is_removed_while_it_lingers(
    emulator: Emulator, api: httpx.Client, invite: Invite
) -> None:
    agent = invite(type_="agent")
    with present(emulator, agent) as socket:
        emulator.drop_connections(linger=30)
        assert socket.ending() is None
    with subscribed(emulator) as backend:
        api.delete(f"/room/{agent.room}/peer/{agent.id}")
        assert isinstance(backend.event(), PeerDisconnected)
        assert isinstance(backend.event(), PeerDeleted)
        assert refusal(emulator, agent) == (1000, "peer not found")
        emulator.advance(60)
        emulator.send(RoomCreated("r"))
        assert backend.event() == RoomCreated("r")


def test_a_removed_peer_is_closed_late(
    emulator: Emulator, api: httpx.Client, invite: Invite
) -> None:
    agent = invite(type_="agent")
    emulator.delay_closing(2)
    with subscribed(emulator) as backend, present(emulator, agent) as socket:
        backend.events(2)
        assert api.delete(f"/room/{agent.room}/peer/{agent.id}").status_code == 204
        assert isinstance(backend.event(), PeerDisconnected)
        assert isinstance(backend.event(), PeerDeleted)
        # It does not know yet, and what it sends has no effect.
        socket.send(add_track=TRACK)
        socket.connection.ping().wait(30)
        emulator.advance(3)
        assert socket.ending() == (1000, "Peer removed")
        emulator.send(RoomCreated("r"))
        assert backend.event() == RoomCreated("r")


def test_after_a_stop_and_a_reset_nothing_lingers(emulator: Emulator, invite: Invite) -> None:
    agent = invite(type_="agent")
    with present(emulator, agent) as socket:
        emulator.drop_connections(linger=300)
        assert socket.ending() is None
    emulator.stop()
    emulator.start()
    with present(emulator, agent) as socket:
        emulator.drop_connections(linger=300)
        emulator.delay_closing(5)
        emulator.reset()
        assert socket.ending() is None
    assert refusal(emulator, agent) == (1000, "room not found")
    emulator.advance(400)


@pytest.mark.parametrize(
    ("disturb", "message"),
    [
        (lambda emulator: emulator.drop_connections(linger=-1), "linger must not be negative"),
        (
            lambda emulator: emulator.drop_connections(linger=float("nan")),
            "linger must not be negative, not nan",
        ),
        (lambda emulator: emulator.drop_connections(count=-1), "count must not be negative"),
        (lambda emulator: emulator.delay_closing(-1), "seconds must not be negative"),
    ],
)
def test_what_is_out_of_its_range(
    emulator: Emulator, disturb: Callable[[Emulator], Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        disturb(emulator)
