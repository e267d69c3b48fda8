"""The hub of notifications, which delivers them in order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from attrs import frozen

from fishjam._protocol.notifications import encode
from fishjam.emulator._clock import EmulatorClock
from fishjam.emulator._delivery.delay_queue import DelayQueue
from fishjam.emulator._delivery.outbox import Frame, Outbox
from fishjam.emulator._model.state_changes import Listener, StateChange
from fishjam.events import Notification

KEPT = 10_000
"""How many notifications are remembered; the oldest ones are dropped."""


@frozen
class _QueuedNotification:
    """A frame for the subscribers, and the change for the webhooks, if there is one."""

    frame: Frame
    change: StateChange | None


class NotificationHub:
    """Delivers notifications to every subscriber and to the webhooks.

    Args:
        lock: the emulator's lock, held by callers.
        clock: the emulator's clock, by which delays are measured.
        webhooks: takes the changes that webhooks are made from.
        on_event: told of every event that is remembered, at once.

    Attributes:
        delay: delays everything on its way to the subscribers and the webhooks.
    """

    def __init__(
        self,
        lock: threading.RLock,
        clock: EmulatorClock,
        webhooks: Listener,
        on_event: Callable[[Notification], object] = lambda _event: None,
    ) -> None:
        self.delay_queue: DelayQueue[_QueuedNotification] = DelayQueue(lock, clock, self._hand_on)
        self._webhooks = webhooks
        self._on_event = on_event
        self._changed = threading.Condition(lock)
        self._lines: dict[Outbox, None] = {}
        self._events: deque[Notification] = deque(maxlen=KEPT)

    @property
    def events(self) -> list[Notification]:
        """The last events, oldest first; a copy."""
        return list(self._events)

    def publish(self, change: StateChange) -> None:
        """Deliver the event of a change to subscribers and webhooks."""
        self._put(encode(change.event), change.event, change)

    def broadcast(self, frame: Frame, event: Notification | None = None) -> None:
        """Send a frame to all subscribers, in order with the notifications, but not to webhooks.

        Args:
            frame: the frame.
            event: its event, if it is to be remembered.
        """
        self._put(frame, event, None)

    def subscribe(self, outbox: Outbox) -> None:
        """Deliver everything from now on to a client."""
        self._lines[outbox] = None
        self._changed.notify_all()

    def unsubscribe(self, outbox: Outbox) -> None:
        """Deliver nothing more to a client."""
        self._lines.pop(outbox, None)

    def wait_for_subscribers(self, count: int, timeout: float) -> bool:
        """Block until there are so many subscribers; return whether there are."""
        return self._changed.wait_for(lambda: self._subscribers() >= count, timeout)

    def reset(self) -> None:
        """Forget past events and those that are delayed."""
        self._events.clear()
        self.delay_queue.reset()

    def _subscribers(self) -> int:
        # A socket that is being closed stays here until its session ends.
        return sum(outbox.close_status is None for outbox in self._lines)

    def _put(self, frame: Frame, event: Notification | None, change: StateChange | None) -> None:
        if event is not None:
            self._events.append(event)
            self._on_event(event)
        self.delay_queue.put(_QueuedNotification(frame, change))

    def _hand_on(self, queued: _QueuedNotification) -> None:
        for outbox in self._lines:
            outbox.send(queued.frame)
        if queued.change is not None:
            self._webhooks(queued.change)
