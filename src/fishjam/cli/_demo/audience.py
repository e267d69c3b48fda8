"""The demo's events: printed as they happen, beside its steps."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from anyio.from_thread import start_blocking_portal

from fishjam import FishjamNotifier, Notification
from fishjam.cli._demo.narrator import Narrator
from fishjam.events import RoomDeleted
from fishjam.notifier import Subscription

PATIENCE = 10.0
"""Seconds to wait for the last events after the story has ended."""


class Audience:
    """Prints the events, and keeps which rooms were deleted."""

    def __init__(self, narrator: Narrator) -> None:
        self._narrator = narrator
        self._gone: set[str] = set()
        self._news = threading.Condition()

    async def watch(self, subscription: Subscription[Notification]) -> None:
        """Print each event."""
        async for event in subscription:
            self._narrator.event(event)
            if isinstance(event, RoomDeleted):
                # Safe on the event loop, because the other thread lets go of it while it waits.
                with self._news:
                    self._gone.add(event.room_id)
                    self._news.notify_all()

    def wait_until_gone(self, rooms: list[str]) -> None:
        """Wait until the events have reported the deletion of these rooms."""
        with self._news:
            if not self._news.wait_for(lambda: self._gone.issuperset(rooms), PATIENCE):
                self._narrator.line("   (the last events have not come)")


@contextmanager
def watching(
    fishjam_id: str, management_token: str, narrator: Narrator, loop: str
) -> Iterator[Audience]:
    """Follow the events in a thread of its own, on the given event loop."""
    audience = Audience(narrator)
    notifier = FishjamNotifier(fishjam_id, management_token)
    with start_blocking_portal(loop) as portal:
        # Without markers, because the narrator shows what has fields of an event. Subscribed before
        # the block runs, because events are not sent again to a socket that comes later.
        subscribed = notifier.subscribe(markers=False)
        with portal.wrap_async_context_manager(subscribed) as subscription:
            task = portal.start_task_soon(audience.watch, subscription)
            try:
                yield audience
            finally:
                # The portal waits for its tasks when it closes, and this one does not end by
                # itself.
                task.cancel()
