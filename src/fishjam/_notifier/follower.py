"""Following the notifications: one connection after another, into one inbox."""

from __future__ import annotations

import logging

from attrs import field, frozen

from fishjam._core.clock import AsyncClock, AsyncSystemClock
from fishjam._http.address import Address
from fishjam._http.credentials import Credentials
from fishjam._notifier.backoff import Backoff
from fishjam._notifier.connection import Subscription, subscribed
from fishjam._notifier.inbox import Inbox
from fishjam._notifier.items import ConnectionLost, ConnectionRestored
from fishjam._notifier.readiness import Readiness
from fishjam._websocket.options import SocketOptions
from fishjam._websocket.states import SocketEndedError
from fishjam.errors import FishjamConnectionError
from fishjam.events import Notification

_log = logging.getLogger("fishjam")

Item = Notification | ConnectionLost | ConnectionRestored


@frozen
class Follower:
    """Knows how to connect, and how to come back."""

    address: Address
    credentials: Credentials
    options: SocketOptions
    backoff: Backoff
    clock: AsyncClock = field(factory=AsyncSystemClock)

    async def follow_once(self, inbox: Inbox[Item], readiness: Readiness) -> None:
        """Pass on events until the connection ends; the inbox ends with it."""
        try:
            async with subscribed(self.address, self.credentials, self.options) as subscription:
                readiness.set(True)
                await _pump(subscription, inbox)
        except SocketEndedError:
            readiness.set(False)
            inbox.end()
        except Exception as error:
            readiness.fail(error)
            inbox.end(error)

    async def follow(
        self,
        inbox: Inbox[Item],
        readiness: Readiness,
        *,
        first_attempts: int | None,
        max_attempts: int | None,
    ) -> None:
        """Pass on events and come back after each loss; ends with the first hopeless failure.

        `first_attempts` limits the tries to connect at first, `max_attempts` those after a loss;
        None is no limit.
        """
        limit = first_attempts
        lost_at: float | None = None
        attempt = 0
        while True:
            attempt += 1
            try:
                async with subscribed(self.address, self.credentials, self.options) as subscription:
                    readiness.set(True)
                    if lost_at is not None:
                        downtime = self.clock.now() - lost_at
                        inbox.put_at_once(ConnectionRestored(attempt, downtime))
                    await _pump(subscription, inbox)
            except (SocketEndedError, FishjamConnectionError) as error:
                if readiness.connected:
                    readiness.set(False)
                    attempt, limit, lost_at = 0, max_attempts, self.clock.now()
                    _log.info("the notifier lost its connection: %s", error)
                    inbox.put_at_once(_loss(error))
                elif limit is not None and attempt >= limit:
                    return _give_up(inbox, readiness, error)
                else:
                    _log.warning("the notifier cannot connect (try %d): %s", attempt, error)
            except Exception as error:
                return _give_up(inbox, readiness, error)
            delay = self.backoff.delay(max(1, attempt))
            await self.clock.sleep_until(self.clock.now() + delay)


def _give_up(inbox: Inbox[Item], readiness: Readiness, error: Exception) -> None:
    readiness.fail(error)
    inbox.end(error)


async def _pump(subscription: Subscription, inbox: Inbox[Item]) -> None:
    while True:
        for event in await subscription.receive():
            await inbox.put(event)


def _loss(error: SocketEndedError | FishjamConnectionError) -> ConnectionLost:
    code = getattr(error, "code", None)
    if isinstance(error, SocketEndedError):
        return ConnectionLost(error.reason or "the server closed the connection", code)
    return ConnectionLost(str(error), code, error)
