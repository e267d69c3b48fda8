"""The control interface for what reacts: notifications, sockets and webhooks."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

from fishjam._protocol.notifications import encode
from fishjam.clock._manual import ManualClock
from fishjam.emulator._clock import EmulatorClock
from fishjam.emulator._delivery.alarm import Alarm
from fishjam.emulator._delivery.hub import Hub
from fishjam.emulator._delivery.line import Line
from fishjam.emulator._delivery.webhooks import WebhookDelivery, Webhooks
from fishjam.emulator._media.studio import Studio
from fishjam.emulator._model.audience import Role
from fishjam.emulator._model.notices import Notice
from fishjam.emulator._model.state import State
from fishjam.emulator._sockets.agent import Agent
from fishjam.emulator._sockets.entrance import Entrance
from fishjam.emulator._sockets.participant import Participant
from fishjam.emulator._sockets.relay import Relay
from fishjam.emulator._sockets.session import Session
from fishjam.emulator._sockets.subscriber import Subscriber
from fishjam.emulator._sockets.switchboard import SocketKind, Switchboard
from fishjam.events import Notification

_SHORTEST_PAUSE = 0.002
_LONGEST_PAUSE = 0.005
"""Seconds between two looks at what is to be played. The first one keeps hundreds of tracks from
waking the loop for each of their frames; the second one bounds the delay of what comes between."""


class Reactions:
    """What happens, who is told, and what goes wrong with that.

    Args:
        webhook_secret: what webhooks are signed with.
        webhook_url: an address that gets all webhooks, or None.
        clock: what the time is taken from; by default the machine.
    """

    def __init__(
        self, webhook_secret: str, webhook_url: str | None, clock: ManualClock | None = None
    ) -> None:
        self._lock = threading.RLock()
        self._clock = EmulatorClock(clock)
        self._webhooks = Webhooks(self._lock, self._clock, webhook_secret, webhook_url)
        self._hub = Hub(self._lock, self._clock, self._webhooks.put)
        self._upkeep = Alarm(self._lock, self._clock, self._keep_up)
        self._state = State(self._clock.now, _new_id, self._react, self._upkeep.hasten)
        self._relay = Relay(self._state)
        self._entrance = Entrance(self._state, self._relay)
        self._playout = Alarm(self._lock, self._clock, self._play)
        self._studio = Studio(self._state, self._clock.now, self._playout.wake)
        self._clock.watch(self._play)
        self._clock.watch(self._keep_up)
        self._switchboard = Switchboard()

    @property
    def notifications(self) -> list[Notification]:
        """What happened since the start or the last reset: the last 10,000 events, oldest first.

        Events are here at once, whether or not somebody is subscribed, and before they are sent.
        """
        with self._lock:
            return self._hub.events

    @property
    def webhook_deliveries(self) -> list[WebhookDelivery]:
        """The webhooks since the start or the last reset: the last 1000, oldest first."""
        with self._lock:
            return self._webhooks.deliveries

    def wait_for_subscribers(self, count: int = 1, timeout: float = 5.0) -> None:
        """Block until so many clients are subscribed to notifications, or more.

        It blocks the thread: on an event loop let a worker thread do it.

        Args:
            count: how many.
            timeout: how long to wait at most, in seconds.

        Raises:
            TimeoutError: if there are fewer when the time is over.
        """
        with self._lock:
            if not self._hub.wait_for_subscribers(count, timeout):
                raise TimeoutError(f"there are no {count} subscribers after {timeout} s")

    def wait_for_webhooks(self, timeout: float = 5.0) -> None:
        """Block until no webhook is waiting or under way.

        It blocks the thread: on an event loop let a worker thread do it.

        Args:
            timeout: how long to wait at most, in seconds.

        Raises:
            TimeoutError: if there still are some when the time is over.
        """
        with self._lock:
            if not self._webhooks.wait_until_idle(timeout):
                raise TimeoutError(f"webhooks are still under way after {timeout} s")

    def send(self, message: Notification | bytes) -> None:
        """Send something to all subscribers, in turn with the notifications; no webhook has it.

        Args:
            message: any event, or the bytes of a binary frame, which may be no message at all.

        Raises:
            TypeError: if it is neither.
        """
        if isinstance(message, bytes):
            frame, event = message, None
        else:
            frame, event = encode(message), message
        with self._lock:
            self._hub.broadcast(frame, event)

    def send_text(self, text: str) -> None:
        """Send a text frame to all subscribers, as no server should.

        Raises:
            ValueError: if the text is not valid Unicode.
        """
        text.encode()
        with self._lock:
            self._hub.broadcast(text)

    def delay_notifications(self, seconds: float) -> None:
        """Hold notifications and webhooks back from now on, each for so long; 0 ends that.

        Their order stays. `advance` makes the time go faster.

        Args:
            seconds: how long, in seconds of the emulator's clock.

        Raises:
            ValueError: if `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError(f"seconds must not be negative, not {seconds}")
        with self._lock:
            self._hub.delay.seconds = seconds

    def drop_connections(
        self, code: int | None = None, *, reason: str = "", kind: SocketKind | None = None
    ) -> None:
        """End open sockets; the clients may come back at once.

        Args:
            code: the code to close them with, after what waits to be sent; by default the TCP
                connections are cut without a word.
            reason: the reason to close them with, at most 123 bytes.
            kind: only these: `server`, `peer` or `agent`; by default all of them.

        Raises:
            ValueError: if no close frame may have that code or reason.
        """
        if code is not None:
            _check_close(code, reason)
        with self._lock:
            self._switchboard.drop(code, reason, kind)

    def refuse_connections(self, refused: bool = True, *, status: int = 503) -> None:
        """Refuse the handshakes of all sockets from now on, or let them succeed again.

        Sockets that are open stay so.

        Args:
            refused: whether they are refused.
            status: the HTTP status that answers them, 200 to 599.

        Raises:
            ValueError: if the status is out of its range.
        """
        if not 200 <= status <= 599:
            raise ValueError(f"status must be from 200 to 599, not {status}")
        with self._lock:
            self._switchboard.refusal = status if refused else None

    def crash_room(self, room_id: str) -> None:
        """Lose a room with everything in it, as when the server fails.

        Raises:
            LookupError: if there is no such room.
        """
        with self._lock:
            self._state.rooms.crash(room_id)

    def crash_peer(self, room_id: str, peer_id: str, reason: str = "") -> None:
        """Lose a peer with its tracks, as when the server fails.

        Raises:
            LookupError: if there is no such room or peer.
            ValueError: if the reason is not valid Unicode.
        """
        reason.encode()
        with self._lock:
            self._state.rooms.crash_peer(room_id, peer_id, reason)

    def delay_captures(self, seconds: float) -> None:
        """Answer agents that capture an image so much later from now on; 0 ends that.

        Args:
            seconds: how long, in seconds of the emulator's clock; with `math.inf` there is no
                answer at all.

        Raises:
            ValueError: if `seconds` is negative.
        """
        if not seconds >= 0:
            raise ValueError(f"seconds must not be negative, not {seconds}")
        with self._lock:
            self._studio.capture_delay = seconds

    def connect_streamer(self, stream_id: str, streamer_id: str) -> None:
        """Let a streamer connect, as if it began to send.

        Args:
            stream_id: the stream, or a room that is a livestream.
            streamer_id: a streamer of the stream; in a room any text.

        Raises:
            LookupError: if there is no such livestream, or the stream does not know the streamer.
        """
        self._connect(stream_id, "streamer", streamer_id)

    def disconnect_streamer(self, stream_id: str, streamer_id: str) -> None:
        """Let a streamer disconnect; see `connect_streamer`."""
        self._disconnect(stream_id, "streamer", streamer_id)

    def connect_viewer(self, stream_id: str, viewer_id: str) -> None:
        """Let a viewer connect, as if it began to watch.

        Args:
            stream_id: the stream, or a room that is a livestream.
            viewer_id: a viewer of the stream; in a room any text.

        Raises:
            LookupError: if there is no such livestream, or the stream does not know the viewer.
        """
        self._connect(stream_id, "viewer", viewer_id)

    def disconnect_viewer(self, stream_id: str, viewer_id: str) -> None:
        """Let a viewer disconnect; see `connect_viewer`."""
        self._disconnect(stream_id, "viewer", viewer_id)

    def _connect(self, stream_id: str, role: Role, person_id: str) -> None:
        with self._lock:
            self._state.audience(stream_id, role, person_id).connect(role, person_id)

    def _disconnect(self, stream_id: str, role: Role, person_id: str) -> None:
        with self._lock:
            self._state.audience(stream_id, role, person_id).disconnect(role, person_id)

    def _play(self) -> float | None:
        """Play what is due, and return when to look again, or None if nothing is to be played."""
        with self._lock:
            now = self._clock.now()
            self._studio.play_due(now)
            due = self._studio.next_due()
        if due is None:
            return None
        return min(max(due, now + _SHORTEST_PAUSE), now + _LONGEST_PAUSE)

    def _keep_up(self) -> float | None:
        """Do what compositions have to do by now, and return when to look again, if ever."""
        with self._lock:
            return self._state.compositions.settle()

    def _react(self, notice: Notice) -> None:
        self._studio.handle(notice)
        self._relay.handle(notice)
        self._hub.publish(notice)

    def _reset_reactions(self) -> None:
        self._relay.reset()
        self._studio.reset()
        self._state.reset()
        self._switchboard.drop(1001)
        self._switchboard.refusal = None
        self._hub.reset()
        self._webhooks.reset()

    def _sessions(self, management_token: str) -> dict[SocketKind, Callable[[Line], Session]]:
        return {
            "server": lambda line: Subscriber(line, self._hub, management_token),
            "peer": lambda line: Participant(line, self._entrance, self._state, self._relay),
            "agent": lambda line: Agent(line, self._entrance, self._state, self._studio),
        }


def _new_id() -> str:
    return str(uuid.uuid4())


def _check_close(code: int, reason: str) -> None:
    if not (1000 <= code <= 4999) or code in (1004, 1005, 1006, 1015):
        raise ValueError(f"code {code} cannot be in a close frame")
    if len(reason.encode()) > 123:
        raise ValueError("reason must not be longer than 123 bytes")
