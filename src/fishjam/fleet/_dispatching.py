"""Dispatching: two processes of a fleet follow the events of rooms, and ask for their agents.

Events only say where to look. What is wanted is decided by the state of a room at that moment, so
an event that is missed or comes twice does no harm, and neither do two processes that dispatch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import anyio
from attrs import define, field

from fishjam import events
from fishjam._concurrency.racing import Tasks, race, with_tasks
from fishjam.client import AsyncFishjamClient
from fishjam.errors import FishjamError
from fishjam.fleet._engine import Engine, EngineUnavailableError, Leadership
from fishjam.fleet._reconciling import RoomReconciler
from fishjam.fleet._registration import AgentRegistration
from fishjam.notifier import ConnectionLost, ConnectionRestored, FishjamNotifier

LEADERS = 2
"""How many dispatch, so that a death of one is not noticed."""

GOODBYE = 1.0
"""Seconds that telling the others of the end may take."""

_USER = events.PeerType.WEBRTC
_VISITS = (events.PeerConnected, events.PeerDisconnected)
_OF_ROOMS: tuple[type[Any], ...] = (
    *(events.RoomCreated, events.RoomDeleted, events.RoomCrashed),
    *(*_VISITS, events.PeerDeleted, events.PeerCrashed),
)


@define(kw_only=True)
class Dispatcher:
    """Dispatches and stops the jobs of all rooms, while this process is one of the leaders."""

    engine: Engine
    client: AsyncFishjamClient
    make_notifier: Callable[[], FishjamNotifier]
    agents: Mapping[str, AgentRegistration]
    name: str
    lease: float
    _reconciler: RoomReconciler | None = field(default=None, init=False)

    def ask(self) -> None:
        """Look at all rooms soon, if this process leads."""
        if self._reconciler is not None:
            self._reconciler.ask()

    async def run(self) -> None:
        """Wait to lead, and dispatch while it does."""
        while True:
            leadership = await self._become()
            self._reconciler = RoomReconciler(self.engine, self.client, self.agents)
            try:
                await race(
                    partial(with_tasks, partial(self._dispatch, self._reconciler)),
                    partial(self._stay, self._reconciler, leadership),
                )
            finally:
                self._reconciler = None
                with anyio.move_on_after(GOODBYE, shield=True), suppress(FishjamError):
                    await self.engine.resign(leadership.name, self.name)

    async def _become(self) -> Leadership:
        while True:
            with suppress(EngineUnavailableError):
                for index in range(LEADERS):
                    leadership = await self._lead(f"dispatch:{index}")
                    if leadership is not None:
                        return leadership
            await anyio.sleep(self.lease / 3)

    async def _stay(self, reconciler: RoomReconciler, leadership: Leadership) -> None:
        """Return when another process leads instead."""
        while True:
            await anyio.sleep(self.lease / 3)
            try:
                latest = await self._lead(leadership.name)
            except EngineUnavailableError:
                # No other process can have taken over, and two that dispatch do no harm.
                continue
            if latest is None:
                return
            if (latest.epoch, latest.server) != (leadership.epoch, leadership.server):
                # The engine has lost data.
                leadership = latest
                reconciler.ask()

    async def _lead(self, name: str) -> Leadership | None:
        return await self.engine.lead(name, self.name, self.lease)

    async def _dispatch(self, reconciler: RoomReconciler, tasks: Tasks) -> None:
        tasks.start(partial(reconciler.run, tasks))
        notifier = self.make_notifier()
        async with notifier.subscribe(*_OF_ROOMS, first_attempts=None) as news:
            # What happened before this moment was not heard.
            reconciler.ask()
            async for event in news:
                if isinstance(event, ConnectionRestored):
                    reconciler.ask()
                elif not isinstance(event, ConnectionLost):
                    _mark(reconciler, event)


def _mark(reconciler: RoomReconciler, event: Any) -> None:
    # Nothing is wanted because of an agent that comes or goes.
    if getattr(event, "peer_type", _USER) == _USER:
        reconciler.mark(event.room_id, visited=isinstance(event, _VISITS))
