"""Pings on asyncio: those of all connections of a loop, by one timer and without a task."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count
from typing import ClassVar
from weakref import WeakValueDictionary

from fishjam._websocket._asyncio_connection import AsyncioConnection
from fishjam._websocket.options import SocketOptions
from fishjam._websocket.websocket import WebSocket, last_chance

# A timer of uvloop may come so much earlier than it should.
_TOLERANCE = 0.001


class Pinger:
    """Pings the server of one connection; gives the connection up when nothing comes in time."""

    def __init__(
        self, socket: WebSocket, connection: AsyncioConnection, options: SocketOptions
    ) -> None:
        """Make one that begins with `start`."""
        self._socket = socket
        self._connection = connection
        self._options = options
        self._giving_up: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Send a ping when its time has come, if pings are wanted and the connection is there."""
        if self._connection.is_gone:
            Timetable.of_loop().clear(self)
        elif self._options.ping_interval is not None:
            Timetable.of_loop().set(self, self._options.ping_interval, self._ping)

    async def stop(self) -> None:
        """Send no more pings, and leave nothing behind."""
        Timetable.of_loop().clear(self)
        if self._giving_up is not None:
            self._giving_up.cancel()
            await asyncio.wait([self._giving_up])

    def _ping(self) -> None:
        self._socket.listen()
        self._ask(self._options.ping_timeout, self._ask_again)

    def _ask_again(self) -> None:
        if self._socket.is_silent:
            self._ask(last_chance(self._options.ping_timeout), self._give_up)
        else:
            self.start()

    def _ask(self, timeout: float | None, otherwise: Callable[[], None]) -> None:
        if not self._connection.is_open:
            return
        if timeout is not None:
            Timetable.of_loop().set(self, timeout, otherwise)
        self._connection.start_ping(self.start)

    def _give_up(self) -> None:
        if self._socket.is_silent:
            self._giving_up = asyncio.create_task(self._socket.give_up())
        else:
            self.start()


class Timetable:
    """What is to be called when on one loop: one function at a time for each owner."""

    # The timer holds a table, and goes with its loop, also where that is closed with sessions open.
    _of_loops: ClassVar[WeakValueDictionary[asyncio.AbstractEventLoop, Timetable]] = (
        WeakValueDictionary()
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._due: dict[object, tuple[float, Callable[[], None]]] = {}
        # Owners change their minds: an entry counts if its moment is still the owner's.
        self._entries: list[tuple[float, int, object]] = []
        self._numbers = count()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_moment = 0.0

    @classmethod
    def of_loop(cls) -> Timetable:
        """Return that of the running loop, which is there as long as it holds something."""
        loop = asyncio.get_running_loop()
        return cls._of_loops.get(loop) or cls(loop)

    def set(self, owner: object, seconds: float, function: Callable[[], None]) -> None:
        """Call a function after so many seconds, in place of the owner's last one."""
        self._of_loops[self._loop] = self
        moment = self._loop.time() + seconds
        self._due[owner] = moment, function
        heapq.heappush(self._entries, (moment, next(self._numbers), owner))
        self._aim()

    def clear(self, owner: object) -> None:
        """Call nothing for an owner."""
        self._due.pop(owner, None)
        self._leave_if_empty()

    def _aim(self) -> None:
        """Let the timer come at the first moment."""
        first = self._entries[0][0]
        if self._timer is not None:
            if self._timer_moment <= first:
                return
            self._timer.cancel()
        self._timer_moment = first
        self._timer = self._loop.call_at(first, self._call)

    def _call(self) -> None:
        self._timer = None
        now = self._loop.time() + _TOLERANCE
        while self._entries and self._entries[0][0] <= now:
            moment, _, owner = heapq.heappop(self._entries)
            due = self._due.get(owner)
            if due is not None and due[0] == moment:
                del self._due[owner]
                due[1]()
        self._leave_if_empty()
        if self._entries:
            self._aim()

    def _leave_if_empty(self) -> None:
        """Leave no trace of the loop once there is nothing to call."""
        if self._due:
            return
        self._entries.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._of_loops.pop(self._loop, None)
