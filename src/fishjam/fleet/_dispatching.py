"""Which agents are wanted: from the events of rooms, and from all rooms now and then.

Events only say where to look. What is wanted is decided by how a room is at that moment, so that an
event that was missed, or told twice, does no harm.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import anyio
from attrs import define, field

from fishjam import events
from fishjam._concurrency.loop import background
from fishjam.client import AsyncFishjamClient
from fishjam.errors import FishjamError, NotFoundError
from fishjam.fleet._engine import Engine
from fishjam.fleet._job import patiently
from fishjam.fleet._jobs import JobKey, JobState
from fishjam.fleet._registration import AgentRegistration
from fishjam.notifier import ConnectionLost, ConnectionRestored, FishjamNotifier
from fishjam.peer import PeerStatus, PeerType
from fishjam.room import Room

SWEEP = 30.0
"""Seconds between two looks at all rooms."""

SHORTEST_PAUSE = 0.05
"""Seconds between two looks when there is a reason to look again."""

_log = logging.getLogger("fishjam")
_OF_ROOMS: tuple[type[Any], ...] = (
    events.RoomCreated,
    events.RoomDeleted,
    events.RoomCrashed,
    events.PeerConnected,
    events.PeerDisconnected,
    events.PeerDeleted,
    events.PeerCrashed,
)


def wanted_in(room: Room, registration: AgentRegistration) -> set[JobKey]:
    """Return the jobs of an agent that a room wants as it is now."""
    if registration.start == "manual":
        return set()
    if registration.when is not None and not registration.when(room):
        return set()
    users = connected_users(room)
    if registration.start == "peer":
        return {JobKey(room.id, registration.name, user) for user in users}
    if registration.start == "room" or users:
        return {JobKey(room.id, registration.name)}
    return set()


def connected_users(room: Room) -> list[str]:
    """Return the ids of the users that are connected; VAPI agents and ours are none."""
    return [
        peer.id
        for peer in room.peers
        if peer.type_ == PeerType.WEBRTC and peer.status == PeerStatus.CONNECTED
    ]


@define
class Dispatcher:
    """Dispatches and stops the jobs of all rooms."""

    engine: Engine
    client: AsyncFishjamClient
    notifier: FishjamNotifier
    agents: Mapping[str, AgentRegistration]
    _asked: anyio.Event = field(factory=anyio.Event, init=False)
    _empty_since: dict[JobKey, float] = field(factory=dict, init=False)

    async def run(self) -> None:
        """Follow the events, and look at all rooms at first, after each return and now and then."""
        async with (
            self.notifier.subscribe(*_OF_ROOMS, first_attempts=None) as news,
            background(self._sweep_for_ever),
        ):
            async for event in news:
                if isinstance(event, ConnectionRestored):
                    await self._try(self.sweep)
                elif not isinstance(event, ConnectionLost):
                    await self._try(partial(self.look_at, event.room_id))

    def ask(self) -> None:
        """Look at all rooms soon."""
        self._asked.set()

    async def sweep(self) -> None:
        """Put all rooms right."""
        # Before the rooms are read: what is asked for meanwhile must not be stopped.
        before = await patiently(self.engine.now)
        rooms = await self.client.get_all_rooms()
        jobs = await patiently(self.engine.jobs)
        found = {room.id for room in rooms}
        for room in rooms:
            mine = [state for state in jobs if state.job.room_id == room.id]
            await self._put_right(room, mine, before)
        for state in jobs:
            if state.job.room_id not in found:
                await patiently(partial(self.engine.stop, state.job, before))

    async def look_at(self, room_id: str) -> None:
        """Put one room right."""
        jobs = await patiently(partial(self.engine.jobs, room_id))
        try:
            room = await self.client.get_room(room_id)
        except NotFoundError:
            for state in jobs:
                await patiently(partial(self.engine.stop, state.job))
            return
        await self._put_right(room, jobs, None)

    async def _put_right(
        self, room: Room, states: Sequence[JobState], before: float | None
    ) -> None:
        for registration in self.agents.values():
            wanted = wanted_in(room, registration)
            for job in wanted:
                self._empty_since.pop(job, None)
                await patiently(partial(self.engine.dispatch, job))
            for state in states:
                is_its = state.job.agent == registration.name and state.job not in wanted
                if is_its and self._is_to_stop(room, registration, state.job):
                    await patiently(partial(self.engine.stop, state.job, before))

    def _is_to_stop(self, room: Room, registration: AgentRegistration, job: JobKey) -> bool:
        if registration.stop != "last_peer_left":
            return False
        users = connected_users(room)
        if job.peer_id is None and users:
            return False
        now = anyio.current_time()
        return now - self._empty_since.setdefault(job, now) >= registration.linger

    async def _sweep_for_ever(self) -> None:
        while True:
            # Before it looks: what is asked for meanwhile needs another look.
            self._asked = anyio.Event()
            await self._try(self.sweep)
            lingering = [
                since + self.agents[job.agent].linger for job, since in self._empty_since.items()
            ]
            until = min([anyio.current_time() + SWEEP, *lingering])
            # Not at once, so that rooms which keep failing do not fill the time.
            await anyio.sleep(SHORTEST_PAUSE)
            with anyio.move_on_at(until):
                await self._asked.wait()

    async def _try(self, look: Callable[[], Awaitable[None]]) -> None:
        try:
            await look()
        except FishjamError as error:
            _log.warning("the rooms could not be looked at: %s", error)
