"""Calling the handlers of a fleet with an event, again after a failure."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from attrs import evolve

from fishjam._concurrency.callbacks import call, failures_of
from fishjam._core.backoff import Backoff
from fishjam.fleet._events import OWN_EVENTS, Delivery, FleetEvent
from fishjam.notifier._handlers import TypedHandlers

EventHandler = Callable[[Any, Delivery], Awaitable[None] | None]

ATTEMPTS = 5
"""How often a handler is called with an event that it fails with, before it is passed over."""

_log = logging.getLogger("fishjam")


class EventHandlers(TypedHandlers):
    """The handlers of a fleet, and what became of the events that they got.

    Args:
        backoff: the waits before a handler that raised is called again.
    """

    def __init__(self, backoff: Backoff | None = None) -> None:
        super().__init__(*OWN_EVENTS)
        self.backoff: Backoff = backoff or Backoff()
        self.handled: int = 0
        """How many events were handled."""
        self.failed: int = 0
        """How often a handler failed with an event for the last time."""

    async def handle(self, event: FleetEvent, delivery: Delivery) -> None:
        """Call each handler that wants the event, and wait for it.

        One that raises is called again, `ATTEMPTS` times in all. Then that is in the log, and the
        next one is called.
        """
        for handler in self.matching(event):
            await self._call(handler, event, delivery)
        self.handled += 1

    async def _call(self, handler: EventHandler, event: FleetEvent, delivery: Delivery) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with failures_of(handler, in_group=True):
                    await call(handler, event, delivery)
                return
            # Not BaseException: a cancelled handler has not failed.
            except Exception:
                _tell_failure(event, delivery, attempt)
            if attempt < ATTEMPTS:
                await anyio.sleep(self.backoff.delay(attempt))
                delivery = evolve(delivery, again=True)
        self.failed += 1


def _tell_failure(event: FleetEvent, delivery: Delivery, attempt: int) -> None:
    is_last = attempt == ATTEMPTS
    _log.log(
        logging.ERROR if is_last else logging.WARNING,
        "a handler of %s failed, try %d of %d; %s (delivery %s)",
        type(event).__name__,
        attempt,
        ATTEMPTS,
        "it is not called with this event any more" if is_last else "it is called again",
        delivery.id,
        exc_info=True,
    )
