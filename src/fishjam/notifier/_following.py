"""Following the notifications: one connection after another, into one inbox."""

from __future__ import annotations

import logging

from attrs import field, frozen

from fishjam._concurrency.queue import Inbox
from fishjam._core.backoff import Backoff
from fishjam._http.address import Address
from fishjam._http.credentials import Credentials
from fishjam._websocket._signals import SocketEndedError
from fishjam._websocket.options import SocketOptions
from fishjam._websocket.reconnecting import Attempts, ConnectionLost, ConnectionRestored
from fishjam.clock._system import AsyncClock, AsyncSystemClock
from fishjam.errors import FishjamConnectionError
from fishjam.events import Notification
from fishjam.notifier._connection import Subscription, subscribed
from fishjam.notifier._readiness import Readiness

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
        attempts = Attempts(self.backoff, self.clock, limit=first_attempts)
        while True:
            attempts.number += 1
            try:
                async with subscribed(self.address, self.credentials, self.options) as subscription:
                    readiness.set(True)
                    if (news := attempts.restored()) is not None:
                        inbox.put_at_once(news)
                    await _pump(subscription, inbox)
            except (SocketEndedError, FishjamConnectionError) as error:
                if readiness.connected:
                    readiness.set(False)
                    attempts.lost(max_attempts)
                    _log.info("the notifier lost its connection: %s", error)
                    inbox.put_at_once(ConnectionLost.of(error))
                elif attempts.exhausted:
                    return _give_up(inbox, readiness, error)
                else:
                    _log.warning("the notifier cannot connect (try %d): %s", attempts.number, error)
            except Exception as error:
                return _give_up(inbox, readiness, error)
            await attempts.pause()


def _give_up(inbox: Inbox[Item], readiness: Readiness, error: Exception) -> None:
    readiness.fail(error)
    inbox.end(error)


async def _pump(subscription: Subscription, inbox: Inbox[Item]) -> None:
    while True:
        for event in await subscription.receive():
            await inbox.put(event, ("events", 1))
