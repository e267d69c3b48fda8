"""Following the notifications: one connection or several in a row, read into one queue."""

from __future__ import annotations

from typing import TypeAlias

from attrs import field, frozen

from fishjam._concurrency.queue import BoundedQueue
from fishjam._core.backoff import Backoff
from fishjam._http.address import Address
from fishjam._http.credentials import Credentials
from fishjam._websocket._signals import SocketEndedError
from fishjam._websocket.options import SocketOptions
from fishjam._websocket.reconnecting import (
    ConnectionEvent,
    ConnectionRestored,
    Reconnector,
    Verdict,
)
from fishjam.clock._system import AsyncClock, AsyncSystemClock
from fishjam.errors import FishjamConnectionError
from fishjam.events import Notification
from fishjam.notifier._connection import NotificationSocket, subscribed
from fishjam.notifier._readiness import Readiness

Item: TypeAlias = Notification | ConnectionEvent


def judge(error: Exception, was_up: bool) -> Verdict:
    """Tell what an error means for a notifier that is to stay connected."""
    # Also an end in order: only the user ends a notifier, a server that closes is going down.
    if not isinstance(error, (SocketEndedError, FishjamConnectionError)):
        return Verdict.OVER
    return Verdict.LOST if was_up else Verdict.AGAIN


@frozen
class Follower:
    """Knows how to connect, and how to come back."""

    address: Address
    credentials: Credentials
    options: SocketOptions
    backoff: Backoff
    clock: AsyncClock = field(factory=AsyncSystemClock)

    async def follow_once(self, queue: BoundedQueue[Item], readiness: Readiness) -> None:
        """Pass on events until the connection ends; the queue ends with it."""
        try:
            async with subscribed(self.address, self.credentials, self.options) as socket:
                readiness.set(True)
                await _pass_on(socket, queue)
        except SocketEndedError:
            readiness.set(False)
            queue.end()
        except Exception as error:
            # Before the queue ends: its reader may look at the state as soon as it wakes up.
            readiness.fail(error)
            queue.end(error)

    async def follow(
        self,
        queue: BoundedQueue[Item],
        readiness: Readiness,
        *,
        first_attempts: int | None,
        max_attempts: int | None,
    ) -> None:
        """Pass on events and come back after each loss; the queue ends with a final failure.

        `first_attempts` limits the tries to connect at first, `max_attempts` those after that;
        None for no limit.
        """

        def tell(event: ConnectionEvent) -> None:
            # Markers never wait for room: a full queue must not hold up coming back.
            readiness.set(isinstance(event, ConnectionRestored))
            queue.put_at_once(event)

        async def connect() -> None:
            async with subscribed(self.address, self.credentials, self.options) as socket:
                readiness.set(True)
                reconnector.established()
                await _pass_on(socket, queue)

        reconnector = Reconnector(
            name="the notifier",
            backoff=self.backoff,
            clock=self.clock,
            first_attempts=first_attempts,
            max_attempts=max_attempts,
            judge=judge,
            tell=tell,
        )
        error = await reconnector.keep(connect)
        readiness.fail(error)
        queue.end(error)


async def _pass_on(socket: NotificationSocket, queue: BoundedQueue[Item]) -> None:
    """Put events into the queue until the connection raises that it has ended."""
    while True:
        for event in await socket.receive():
            # One key for all events: the limit counts them together, unlike the tracks of an agent.
            await queue.put(event, ("events", 1))
