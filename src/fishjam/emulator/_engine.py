"""The working parts of an emulator, and how they are connected."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from starlette.responses import JSONResponse

from fishjam.clock._manual import ManualClock
from fishjam.emulator._activity import ActivityLog
from fishjam.emulator._clock import EmulatorClock
from fishjam.emulator._deadline import Deadline
from fishjam.emulator._delivery.hub import NotificationHub
from fishjam.emulator._delivery.late_calls import LateCalls
from fishjam.emulator._delivery.outbox import Outbox
from fishjam.emulator._delivery.webhooks import Webhooks
from fishjam.emulator._gate import CONTROL_PREFIX, LIVE_PREFIX, AccessRules, AsgiApp, Gate
from fishjam.emulator._media.router import MediaRouter
from fishjam.emulator._media.speech_log import SpeechLog
from fishjam.emulator._model.state import State
from fishjam.emulator._model.state_changes import StateChange
from fishjam.emulator._observer import Observer
from fishjam.emulator._page import app as page
from fishjam.emulator._presence import PeerKey, PeerRegistry
from fishjam.emulator._rest.apis import COMPOSITION, FISHJAM
from fishjam.emulator._rest.app import Application
from fishjam.emulator._rest.composition_operations import CompositionOperations
from fishjam.emulator._rest.faults import Faults
from fishjam.emulator._rest.live_requests import LIVE_OPERATIONS, LiveRequests
from fishjam.emulator._rest.operations import Operations
from fishjam.emulator._rest.request_log import RequestLog
from fishjam.emulator._rest.routes import MEDIA, Routes
from fishjam.emulator._rest.sandbox import Sandbox, is_sandbox
from fishjam.emulator._rest.service import RestService
from fishjam.emulator._server import ServerThread, Service
from fishjam.emulator._sockets.agent_session import AgentPeerSession
from fishjam.emulator._sockets.connection_registry import ConnectionRegistry, SocketKind
from fishjam.emulator._sockets.endpoints import SocketEndpoints
from fishjam.emulator._sockets.notification_session import NotificationSession
from fishjam.emulator._sockets.session import SocketSession
from fishjam.emulator._sockets.signaling import Signaling
from fishjam.emulator._sockets.webrtc_session import NO_MEDIA, PeerConnection, WebRtcSession
from fishjam.emulator._virtual.context import Context

UNRECORDED = f"{CONTROL_PREFIX}v1/fishjam"
"""Where the Fishjam API is served without being recorded, and without faults."""
_SHORTEST_PAUSE = 0.002
_LONGEST_PAUSE = 0.005
"""Seconds between two looks at what is to be played.

The shorter pause keeps hundreds of tracks from waking the loop for each of their frames; the longer
one bounds the delay of audio that is pushed in between.
"""


class MediaServer(Service, Protocol):
    """What serves the media of browsers.

    Attributes:
        live: the endpoints for livestreams.
    """

    live: Any

    def reset(self) -> None:
        """Forget everything; the lock is held."""

    def join(self, key: PeerKey, send: Callable[[bytes], object]) -> PeerConnection:
        """Give a peer that has joined its room its media, inside the server's loop."""
        ...

    def handle(self, change: StateChange) -> None:
        """Take note of a change; the lock is held."""

    def refresh(self, room_id: str) -> None:
        """Take note of new subscriptions in a room; the lock is held."""


MediaFactory = Callable[[threading.RLock, State, MediaRouter, Signaling], MediaServer]


class Engine:
    """The parts of an emulator; code that uses one holds the lock unless the part says otherwise.

    Args:
        management_token: the token of backends.
        webhook_secret: what webhooks are signed with.
        webhook_url: an address that gets all webhooks, or None.
        moq_relay_url: the relay that MoQ access is created for.
        clock: the source of the time; by default the machine.
        access: which hosts and web pages are served.
        has_sandbox: whether the sandbox API is served.
        media: makes what serves the media of browsers; None if they are to have none.

    Attributes:
        lock: held by everything that looks at the state or changes it.
        clock: the emulator's clock.
        activity: what happens, for those who watch it.
        state: rooms, streams, recordings, compositions.
        hub: tells subscribers what happens.
        webhooks: posts it to the addresses that want it.
        presence: knows which client represents which peer.
        router: passes audio and images from peers to peers.
        speech: what agents said.
        connections: the open sockets.
        faults: what is to go wrong with the next requests.
        request_log: the requests that came in.
        headers: headers for every REST answer.
        origin: the address that is handed out; empty before the first start.
        has_sandbox: whether the sandbox API is served.
        context: what virtual peers work with.
    """

    def __init__(
        self,
        *,
        management_token: str,
        webhook_secret: str,
        webhook_url: str | None,
        moq_relay_url: str,
        clock: ManualClock | None,
        access: AccessRules,
        has_sandbox: bool = False,
        media: MediaFactory | None = None,
    ) -> None:
        self.management_token = management_token
        self.lock = threading.RLock()
        self.clock = EmulatorClock(clock)
        self.activity = ActivityLog(self.clock.now)
        self.webhooks = Webhooks(
            self.lock,
            self.clock,
            webhook_secret,
            webhook_url,
            on_attempt=partial(self.activity.put, "webhook"),
        )
        self.hub = NotificationHub(
            self.lock, self.clock, self.webhooks.put, partial(self.activity.put, "event")
        )
        self._upkeep = Deadline(self.lock, self.clock, self._keep_up)
        self.state = State(
            self.clock.now, _new_id, self._react, self._upkeep.reschedule, self._refresh_media
        )
        self._late_calls = LateCalls(self.lock, self.clock)
        self.presence = PeerRegistry(self.state, self._late_calls)
        self._signaling = Signaling(self.state, self.presence)
        self._playout = Deadline(self.lock, self.clock, self._play)
        self.router = MediaRouter(self.state, self.clock.now, self._playout.wake)
        # `advance` calls these in its own thread, so that all is delivered when it returns.
        self.clock.watch(self._play)
        self.clock.watch(self._keep_up)
        self._speech_ends = Deadline(self.lock, self.clock, self._settle_speech)
        self.speech = SpeechLog(
            self._is_agent, partial(self.activity.put, "speech"), self._speech_ends.wake
        )
        self.router.on_played = (self.speech.hear,)
        self.connections = ConnectionRegistry(self._late_calls)
        self._routes = Routes()
        self.faults = Faults((*self._routes.operations, MEDIA, *LIVE_OPERATIONS))
        self.request_log = RequestLog(partial(self.activity.put, "request"))
        self.headers: dict[str, str] = {}
        self.origin = ""
        self.context = Context(
            lock=self.lock,
            clock=self.clock,
            stands_still=clock is not None,
            state=self.state,
            presence=self.presence,
            router=self.router,
        )
        self._access = access
        self.has_sandbox = has_sandbox
        self._moq_relay_url = moq_relay_url
        self._media = media and media(self.lock, self.state, self.router, self._signaling)

    @property
    def services(self) -> tuple[Service, ...]:
        """What works in the server's loop beside the requests."""
        deadlines = self._playout, self._upkeep, self._speech_ends
        services = self._late_calls, self.hub.delay_queue, self.webhooks, *deadlines
        return services if self._media is None else (*services, self._media)

    @property
    def has_media(self) -> bool:
        """Whether browsers take part with their cameras and microphones."""
        return self._media is not None

    def application(self, server: ServerThread, control_api: AsgiApp) -> AsgiApp:
        """Return the ASGI application for a server: REST on one side, sockets on the other.

        Args:
            server: the server that runs it.
            control_api: serves the paths of the control API, except for those of Fishjam.
        """
        operations = {
            FISHJAM: Operations(self.state, self.origin, self._moq_relay_url),
            COMPOSITION: CompositionOperations(self.state, self.origin),
        }
        service = RestService(operations, self.management_token, self.lock)
        rest = Application(service, self.faults, self.request_log, server, self.headers)
        endpoints = _refuse_livestream if self._media is None else self._media.live
        live = LiveRequests(endpoints, self.faults, self.request_log, server)
        sockets = SocketEndpoints(self.connections, self._sessions(), self.lock, self.clock, server)

        # The page asks for much that no test wants to find among its requests.
        unrecorded = Application(service, Faults(()), RequestLog(), server, {})
        sandbox = (
            Sandbox(self.state, self.lock, self.origin, self._moq_relay_url)
            if self.has_sandbox
            else None
        )

        async def serve(scope: Any, receive: Any, send: Any) -> None:
            path: str = scope["path"]
            side: AsgiApp = rest
            if scope["type"] == "websocket":
                side = sockets
            elif path == page.PATH:
                side = page.serve_page
            elif scope["raw_path"].startswith(f"{UNRECORDED}/".encode()):
                side, scope = unrecorded, _below(scope, UNRECORDED)
            elif path.startswith(CONTROL_PREFIX):
                side = control_api
            elif path.startswith(LIVE_PREFIX):
                side = live
            elif sandbox is not None and is_sandbox(scope):
                side = sandbox
            await side(scope, receive, send)

        return Observer(Gate(serve, self._access, self._routes), self.activity)

    def reset(self) -> None:
        """Forget everything and close all clients, without notifications; the lock is held."""
        # The sockets come after all that knows of peers, so that their ends have nothing to report.
        self.context.reset()
        self.presence.reset()
        self.speech.reset()
        self._signaling.reset()
        self.router.reset()
        if self._media is not None:
            self._media.reset()
        self.state.reset()
        self._late_calls.reset()
        self.connections.drop(1001)
        self.connections.refusal = None
        self.hub.reset()
        self.webhooks.reset()
        self.faults.reset()
        self.request_log.reset()
        self.clock.reset()
        self.headers.clear()
        self.activity.reset()

    def _sessions(self) -> dict[SocketKind, Callable[[Outbox], SocketSession]]:
        join = None if self._media is None else self._media.join
        return {
            "server": lambda outbox: NotificationSession(outbox, self.hub, self.management_token),
            "peer": lambda outbox: WebRtcSession(
                outbox, self.presence, self.state, self._signaling, join
            ),
            "agent": lambda outbox: AgentPeerSession(
                outbox, self.presence, self.state, self.router
            ),
        }

    def _react(self, change: StateChange) -> None:
        """Pass a change of the state on: to the media, then to peers, then to backends."""
        self.router.handle(change)
        # The other peers of a room are told before the client of a removed peer is closed.
        self._signaling.handle(change)
        if self._media is not None:
            # Peers get news of tracks before they are asked for an offer that has room for them.
            self._media.handle(change)
        self.presence.handle(change)
        self.hub.publish(change)

    def _is_agent(self, room_id: str, peer_id: str) -> bool:
        return self.state.rooms.get_peer(room_id, peer_id).type == "agent"

    def _settle_speech(self) -> float | None:
        """End what agents no longer say; return when to look again, or None."""
        return self.speech.settle(self.clock.now())

    def _refresh_media(self, room_id: str) -> None:
        if self._media is not None:
            self._media.refresh(room_id)

    def _play(self) -> float | None:
        """Play what is due; return when to look again, or None if nothing is queued."""
        with self.lock:
            now = self.clock.now()
            self.router.play_due(now)
            due = self.router.next_due()
        if due is None:
            return None
        return min(max(due, now + _SHORTEST_PAUSE), now + _LONGEST_PAUSE)

    def _keep_up(self) -> float | None:
        """Run what is due in compositions; return when to look again, or None."""
        with self.lock:
            return self.state.compositions.settle()


async def _refuse_livestream(scope: Any, receive: Any, send: Any) -> None:
    """Tell a page, wherever it comes from, why it can neither publish nor watch."""
    headers = {
        "access-control-allow-origin": "*",
        "access-control-allow-headers": "authorization, content-type",
    }
    # A page can read the error only if its preflight has passed.
    status = 200 if scope["method"] == "OPTIONS" else 501
    await JSONResponse({"errors": NO_MEDIA}, status, headers)(scope, receive, send)


def _below(scope: Any, prefix: str) -> Any:
    """Return the scope of a request as if its path began after a prefix."""
    raw_path: bytes = scope["raw_path"]
    return {**scope, "raw_path": raw_path[len(prefix) :]}


def _new_id() -> str:
    return str(uuid.uuid4())
