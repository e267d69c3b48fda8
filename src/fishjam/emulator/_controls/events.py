"""Notifications, webhooks and sockets as a program sees and disturbs them."""

from __future__ import annotations

from fishjam._protocol.notifications import encode
from fishjam.emulator._delivery.webhooks import WebhookDelivery
from fishjam.emulator._engine import Engine
from fishjam.emulator._model.state_changes import StateChange
from fishjam.emulator._seconds import check_seconds
from fishjam.emulator._sockets.connection_registry import SocketKind
from fishjam.events import Notification


class EventControls:
    """What subscribers and webhooks are told, and the sockets of all clients."""

    _engine: Engine

    @property
    def notifications(self) -> list[Notification]:
        """The events since the start or the last reset: the last 10,000, oldest first.

        An event is in this list at once, before it is sent, and even if there are no subscribers.
        """
        with self._engine.lock:
            return self._engine.hub.events

    @property
    def webhook_deliveries(self) -> list[WebhookDelivery]:
        """The webhooks since the start or the last reset: the last 1000, oldest first."""
        with self._engine.lock:
            return self._engine.webhooks.deliveries

    def wait_for_subscribers(self, count: int = 1, timeout: float = 5.0) -> None:
        """Block until at least so many clients are subscribed to notifications.

        It blocks the thread: on an event loop call it in a worker thread.

        Args:
            count: how many.
            timeout: how long to wait at most, in seconds.

        Raises:
            TimeoutError: if there are fewer when the time is up.
        """
        with self._engine.lock:
            if not self._engine.hub.wait_for_subscribers(count, timeout):
                raise TimeoutError(f"fewer than {count} clients have subscribed within {timeout} s")

    def wait_for_webhooks(self, timeout: float = 5.0) -> None:
        """Block until all webhooks are delivered or given up.

        It blocks the thread: on an event loop call it in a worker thread.

        Args:
            timeout: how long to wait at most, in seconds.

        Raises:
            TimeoutError: if some are left when the time is up.
        """
        with self._engine.lock:
            if not self._engine.webhooks.wait_until_idle(timeout):
                raise TimeoutError(f"webhooks are still under way after {timeout} s")

    def send(self, message: Notification | bytes) -> None:
        """Send something to all subscribers, in order with the notifications, but not to webhooks.

        Args:
            message: any event, or the bytes of a binary frame, which may be invalid.

        Raises:
            TypeError: if it is neither.
        """
        if isinstance(message, bytes):
            frame, event = message, None
        else:
            frame, event = encode(message), message
        with self._engine.lock:
            self._engine.hub.broadcast(frame, event)

    def trigger(self, event: Notification) -> None:
        """Send an event to all subscribers and webhooks, as if it had just happened.

        Nothing else changes. The webhooks are those of the room or stream of the event, if there
        is one, and that of the emulator; they are signed like all others.

        Args:
            event: any event; its ids need not be known here.
        """
        with self._engine.lock:
            topic = self._engine.state.topic_of(event)
            self._engine.hub.publish(StateChange(event, topic))

    def send_text(self, text: str) -> None:
        """Send a text frame to all subscribers, which a real server never does.

        Raises:
            ValueError: if the text is not valid Unicode.
        """
        # Raises here for lone surrogates, and not later in the server's thread.
        text.encode()
        with self._engine.lock:
            self._engine.hub.broadcast(text)

    def delay_notifications(self, seconds: float) -> None:
        """Delay notifications and webhooks from now on, each for so long; 0 ends that.

        They stay in order. `advance` makes the time pass faster.

        Args:
            seconds: how long, in seconds of the emulator's clock.

        Raises:
            ValueError: if `seconds` is negative.
        """
        check_seconds("seconds", seconds)
        with self._engine.lock:
            self._engine.hub.delay_queue.seconds = seconds

    def drop_connections(
        self,
        code: int | None = None,
        *,
        reason: str = "",
        kind: SocketKind | None = None,
        linger: float = 0.0,
        count: int | None = None,
    ) -> None:
        """Close open sockets; the clients may reconnect at once.

        Args:
            code: the code to close them with, after the frames that are queued; by default the TCP
                connections are aborted without a close frame.
            reason: the reason to close them with, at most 123 bytes.
            kind: only sockets of this kind: `server`, `peer` or `agent`; by default all.
            linger: for so many seconds of the emulator's clock the server does not notice, as when
                a machine died: a peer counts as connected, its place is taken ("peer already
                connected"), and `PeerDisconnected` comes late.
            count: drop only so many, those that have been open for the longest time.

        Raises:
            ValueError: if a close frame cannot have that code or reason, or another argument is
                out of its range.
        """
        if code is not None:
            _check_close(code, reason)
        check_seconds("linger", linger)
        if count is not None and count < 0:
            raise ValueError(f"count must not be negative, not {count}")
        with self._engine.lock:
            self._engine.connections.drop(code, reason, kind, linger=linger, count=count)

    def delay_closing(self, seconds: float) -> None:
        """Close the sockets of removed peers late from now on; 0 ends that.

        The peer is gone at once, and `delete_peer` is answered, while its client still takes itself
        for connected. What the client sends meanwhile has no effect.

        Args:
            seconds: how much later, in seconds of the emulator's clock.

        Raises:
            ValueError: if `seconds` is out of its range.
        """
        check_seconds("seconds", seconds)
        with self._engine.lock:
            self._engine.presence.closing_delay = seconds

    def refuse_connections(self, refused: bool = True, *, status: int = 503) -> None:
        """Refuse the handshakes of all sockets from now on, or accept them again.

        Open sockets stay open.

        Args:
            refused: whether they are refused.
            status: the HTTP status of the refusals, 200 to 599.

        Raises:
            ValueError: if the status is out of its range.
        """
        if not 200 <= status <= 599:
            raise ValueError(f"status must be from 200 to 599, not {status}")
        with self._engine.lock:
            self._engine.connections.refusal = status if refused else None


def _check_close(code: int, reason: str) -> None:
    # RFC 6455 reserves these four: no close frame may have them.
    if not (1000 <= code <= 4999) or code in (1004, 1005, 1006, 1015):
        raise ValueError(f"code {code} cannot be in a close frame")
    # A control frame has 125 bytes, and the code takes two of them.
    if len(reason.encode()) > 123:
        raise ValueError("reason must not be longer than 123 bytes")
