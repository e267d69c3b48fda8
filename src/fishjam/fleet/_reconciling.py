"""Reconciling rooms: asks for the jobs that a room wants, and stops those that it does not."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import anyio
import anyio.lowlevel

from fishjam._concurrency.lazy_event import LazyEvent
from fishjam._concurrency.racing import Tasks
from fishjam.client import AsyncFishjamClient
from fishjam.errors import FishjamError, NotFoundError
from fishjam.fleet._engine import Engine, Request
from fishjam.fleet._jobs import JobKey, JobState
from fishjam.fleet._patience import patiently, until_it_works
from fishjam.fleet._registration import AgentRegistration
from fishjam.fleet._wanting import connected_users, is_refused, is_to_ask, may_stop, wanted_in
from fishjam.room import Room

SWEEP = 30.0
"""Seconds between two looks at all rooms."""

MANY = 2_000
"""Rooms above which all are looked at less often, in proportion."""

SHORTEST_PAUSE = 0.05
"""Seconds between two looks at all rooms when there is a reason to look again."""

LOOKERS = 8
"""How many rooms are looked at side by side after events."""

YIELD_AFTER = 100
"""Rooms after which a look at all rooms lets other tasks run."""

_EARLY = 0.001
"""Seconds that a timer may be off."""

_log = logging.getLogger("fishjam")


class RoomReconciler:
    """Looks at the rooms that were marked, and at all rooms now and then.

    Only a look at one room ends jobs, since a list of all rooms is old by the time it is read.
    """

    def __init__(
        self,
        engine: Engine,
        client: AsyncFishjamClient,
        agents: Mapping[str, AgentRegistration],
    ) -> None:
        self._engine = engine
        self._client = client
        self._agents = agents
        self._marked: dict[str, bool] = {}
        """The rooms to look at, and whether users are known to have been there."""
        self._busy: set[str] = set()
        """The rooms that are looked at now: of two looks the older could come last."""
        self._news = LazyEvent()
        self._asked = LazyEvent()
        self._empty_since: dict[JobKey, float] = {}
        self._rooms = 0

    def mark(self, room_id: str, *, visited: bool = False) -> None:
        """Look at a room soon."""
        self._marked[room_id] = self._marked.get(room_id, False) or visited
        self._news.set()

    def ask(self) -> None:
        """Look at all rooms soon."""
        self._asked.set()

    async def run(self, tasks: Tasks) -> None:
        """Look for ever."""
        for _ in range(LOOKERS):
            tasks.start(partial(self._look_for_ever, tasks))
        while True:
            # Before it looks: what is asked for meanwhile needs another look.
            self._asked.clear()
            await self._try(partial(self._sweep, tasks))
            # Not at once, so that rooms which keep failing do not fill the time.
            await anyio.sleep(SHORTEST_PAUSE)
            with anyio.move_on_after(SWEEP * max(1.0, self._rooms / MANY)):
                await self._asked.wait()

    async def _look_for_ever(self, tasks: Tasks) -> None:
        while True:
            room_id = next((room for room in self._marked if room not in self._busy), None)
            if room_id is None:
                self._news.clear()
                await self._news.wait()
                continue
            visited = self._marked.pop(room_id)
            self._busy.add(room_id)
            await self._try(partial(self._look_at, room_id, visited, tasks))
            self._busy.discard(room_id)
            self._news.set()

    async def _look_at(self, room_id: str, visited: bool, tasks: Tasks) -> None:
        # Before the room is read: what is asked for meanwhile must not be stopped.
        before, jobs = await patiently(partial(self._engine.room, room_id))
        try:
            room = await until_it_works(lambda: self._client.get_room(room_id))
        except NotFoundError:
            surplus = [state.job for state in jobs]
        else:
            surplus = await self._put_right(room, jobs, visited, tasks)
        for job in surplus:
            self._empty_since.pop(job, None)
            if await self._try(partial(self._engine.stop, job, before)):
                # Somebody may have come meanwhile.
                self.mark(room_id)

    async def _sweep(self, tasks: Tasks) -> None:
        rooms = await until_it_works(self._client.get_all_rooms)
        by_room: dict[str, list[JobState]] = defaultdict(list)
        for state in await patiently(self._engine.jobs):
            by_room[state.job.room_id].append(state)
        self._rooms = len(rooms)
        known = {state.job for states in by_room.values() for state in states}
        for job in self._empty_since.keys() - known:
            del self._empty_since[job]
        for number, room in enumerate(rooms):
            if await self._put_right(room, by_room.pop(room.id, []), False, tasks):
                self.mark(room.id)
            if number % YIELD_AFTER == 0:
                await anyio.lowlevel.checkpoint()
        # These are gone, or younger than the list.
        for room_id in by_room:
            self.mark(room_id)

    async def _put_right(
        self, room: Room, states: Sequence[JobState], visited: bool, tasks: Tasks
    ) -> list[JobKey]:
        """Ask for what a room wants, and return the jobs that are to be stopped."""
        users = connected_users(room)
        surplus: list[JobKey] = []
        for registration in self._agents.values():
            wanted = wanted_in(room, registration)
            if wanted is None:
                continue
            mine = {state.job: state for state in states if state.job.agent == registration.name}
            for job in wanted:
                self._empty_since.pop(job, None)
                state = mine.pop(job, None)
                if is_to_ask(state, is_visited=bool(users)):
                    request = Request(is_visited=bool(users), again=is_refused(state))
                    await self._try(partial(self._engine.dispatch, job, request))
            for state in mine.values():
                if (users or visited) and not state.is_visited:
                    if await self._try(partial(self._engine.visit, state.job)):
                        self.mark(room.id)
                elif may_stop(registration, state, users):
                    if self._has_lingered(state.job, registration.linger, tasks):
                        surplus.append(state.job)
                else:
                    self._empty_since.pop(state.job, None)
        return surplus

    def _has_lingered(self, job: JobKey, linger: float, tasks: Tasks) -> bool:
        now = anyio.current_time()
        if job not in self._empty_since:
            self._empty_since[job] = now
            if linger > 0:
                tasks.start(partial(self._mark_later, job.room_id, linger))
        return now - self._empty_since[job] >= linger - _EARLY

    async def _mark_later(self, room_id: str, seconds: float) -> None:
        await anyio.sleep(seconds)
        self.mark(room_id)

    async def _try(self, step: Callable[[], Awaitable[object]]) -> object:
        """Do a step for one room, whose failure must not keep the others waiting."""
        try:
            return await patiently(step)
        except FishjamError as error:
            _log.warning("looking at rooms failed: %s", error)
            return None
