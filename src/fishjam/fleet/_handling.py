"""Calling the handlers of a fleet with an event, again after a failure."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio
from attrs import define, evolve, field

from fishjam._concurrency.callbacks import check_handler, failures_of
from fishjam._core.backoff import Backoff
from fishjam.fleet._events import OWN_EVENTS, Delivery, FleetEvent
from fishjam.notifier._handlers import check_types

H = TypeVar("H", bound=Callable[..., Any])
EventHandler = Callable[[Any, Delivery], Awaitable[None] | None]

ATTEMPTS = 5
"""How often a handler is called with an event that it fails with, before it is passed over."""

_log = logging.getLogger("fishjam")


@define(eq=False)
class EventHandlers:
    """The handlers of a fleet, and what became of the events that they got.

    Attributes:
        backoff: the waits before a handler that raised is called again.
        handled: how many events were handled.
        failed: how often a handler failed with an event for the last time.
    """

    backoff: Backoff = field(factory=Backoff)
    handled: int = field(default=0, init=False)
    failed: int = field(default=0, init=False)
    _typed: list[tuple[tuple[type[Any], ...], EventHandler]] = field(factory=list, init=False)

    def __bool__(self) -> bool:
        return bool(self._typed)

    def on(self, types: tuple[type[Any], ...]) -> Callable[[H], H]:
        """Return a decorator that adds a handler of certain events.

        Raises `TypeError` when something else than classes of events is given, or nothing.
        """
        check_types(tuple(one for one in types if one not in OWN_EVENTS))
        if not types:
            raise TypeError("name the events to handle, for example .on(PeerConnected)")

        def add(handler: H) -> H:
            check_handler(handler)
            self._typed.append((types, handler))
            return handler

        return add

    async def handle(self, event: FleetEvent, delivery: Delivery) -> None:
        """Call each handler that wants the event, and wait for it.

        One that raises is called again, `ATTEMPTS` times in all. Then that is in the log, and the
        next one is called.
        """
        for types, handler in self._typed:
            if isinstance(event, types):
                await self._call(handler, event, delivery)
        self.handled += 1

    async def _call(self, handler: EventHandler, event: FleetEvent, delivery: Delivery) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with failures_of(handler):
                    result = handler(event, delivery)
                    if inspect.isawaitable(result):
                        await result
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
