"""The handlers of a notifier, called with each event in the order in which they were added."""

from __future__ import annotations

import inspect
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar

from fishjam._concurrency.callbacks import check_handler, failures_of
from fishjam._generated.protocol.events import SURFACED
from fishjam.events import Notification

H = TypeVar("H", bound=Callable[..., Any])

Handler = Callable[[Any], Awaitable[None] | None]
OnHandlerError = Literal["raise", "log"]

BLOCKING = 1.0
"""Seconds after which a plain function is said to block the event loop."""

_log = logging.getLogger("fishjam")


class TypedHandlers:
    """Handlers of certain events, in the order in which they were added.

    Args:
        more: classes that can be named beside those of `fishjam.events`.
    """

    def __init__(self, *more: type[Any]) -> None:
        self._more = more
        self._typed: list[tuple[tuple[type[Any], ...], Callable[..., Any]]] = []

    def __bool__(self) -> bool:
        return bool(self._typed)

    def on(self, types: tuple[type[Any], ...]) -> Callable[[H], H]:
        """Return a decorator that adds a handler of certain events.

        Raises `TypeError` when something else than classes of events is given, or nothing.
        """
        check_types(tuple(type_ for type_ in types if type_ not in self._more))
        if not types:
            raise TypeError("name the events to handle, for example .on(PeerConnected)")

        def add(handler: H) -> H:
            check_handler(handler)
            self._typed.append((types, handler))
            return handler

        return add

    def remove(self, handler: Callable[..., Any]) -> None:
        """Take a handler away from all events for which it was added."""
        # Another list: another thread may be looking for matching handlers in this one.
        self._typed = [pair for pair in self._typed if pair[1] is not handler]

    def matching(self, event: object) -> list[Callable[..., Any]]:
        """Return the handlers that want the event, in the order in which they are called."""
        return [handler for types, handler in self._typed if isinstance(event, types)]


class Handlers(TypedHandlers):
    """Calls handlers one after another, so that events stay in order."""

    def __init__(self, on_error: OnHandlerError, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._on_error = on_error
        self._now = now
        self._slow: set[int] = set()
        self._main: Handler | None = None

    def __bool__(self) -> bool:
        return self._main is not None or super().__bool__()

    def set_main(self, handler: Handler) -> None:
        """Set the one handler of all events; it takes the place of an earlier one."""
        check_handler(handler)
        self._main = handler

    def matching(self, event: object) -> list[Handler]:
        """Return the handlers that want the event, in the order in which they are called."""
        main = [] if self._main is None else [self._main]
        return main + super().matching(event)

    async def handle(self, event: Notification) -> None:
        """Call each handler that wants the event, and wait for it."""
        for handler in self.matching(event):
            await self._call(handler, event)

    async def _call(self, handler: Handler, event: Notification) -> None:
        started = self._now()
        try:
            with failures_of(handler):
                result = handler(event)
                # Not the function is asked: a partial or a callable object may be async too.
                if inspect.isawaitable(result):
                    # Without a look at the time: an async handler lets others run while it waits.
                    await result
                    return
            self._check_speed(handler, self._now() - started)
        # Not BaseException: a cancelled handler has not failed.
        except Exception:
            if self._on_error == "raise":
                raise
            _log.exception("a handler of %s failed", type(event).__name__)

    def _check_speed(self, handler: Handler, seconds: float) -> None:
        """Say once of each plain function that it holds up everything else on the event loop."""
        # By identity, because a callable object need not be hashable.
        if seconds >= BLOCKING and id(handler) not in self._slow:
            self._slow.add(id(handler))
            _log.warning(
                "the handler %s blocked the event loop for %.1f s: make it async def, and give "
                "slow work in it a thread, for example with anyio.to_thread.run_sync",
                getattr(handler, "__qualname__", repr(handler)),
                seconds,
            )


def check_types(types: tuple[object, ...]) -> None:
    """Raise `TypeError` for what is not a class of an event."""
    for type_ in types:
        if not (isinstance(type_, type) and issubclass(type_, SURFACED)):
            raise TypeError(
                f"{type_!r} is not a class of an event: name those of fishjam.events, for example "
                "PeerConnected"
            )
