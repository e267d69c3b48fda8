"""The working parts of an emulator, and how they are connected."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from fishjam.clock._manual import ManualClock
from fishjam.emulator._clock import EmulatorClock
from fishjam.emulator._deadline import Deadline
from fishjam.emulator._delivery.hub import Hub
from fishjam.emulator._delivery.line import Line
from fishjam.emulator._delivery.webhooks import Webhooks
from fishjam.emulator._media.studio import Studio
from fishjam.emulator._model.notices import Notice
from fishjam.emulator._model.state import State
from fishjam.emulator._presence import PeerRegistry
from fishjam.emulator._rest.apis import COMPOSITION, FISHJAM
from fishjam.emulator._rest.app import Application
from fishjam.emulator._rest.composition_operations import CompositionOperations
from fishjam.emulator._rest.faults import Faults
from fishjam.emulator._rest.journal import Journal
from fishjam.emulator._rest.operations import Operations
from fishjam.emulator._rest.routes import MEDIA, Routes
from fishjam.emulator._rest.service import Service as RestService
from fishjam.emulator._server import ServerThread, Service
from fishjam.emulator._sockets.agent import Agent
from fishjam.emulator._sockets.endpoints import Sockets
from fishjam.emulator._sockets.participant import Participant
from fishjam.emulator._sockets.session import Session
from fishjam.emulator._sockets.signaling import Signaling
from fishjam.emulator._sockets.subscriber import Subscriber
from fishjam.emulator._sockets.switchboard import SocketKind, Switchboard
from fishjam.emulator._virtual.stage import Stage

_SHORTEST_PAUSE = 0.002
_LONGEST_PAUSE = 0.005
"""Seconds between two looks at what is to be played. The first one keeps hundreds of tracks from
waking the loop for each of their frames; the second one bounds the delay of what comes between."""

AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]


class Engine:
    """The parts of an emulator; who uses one that is not safe by itself holds the lock.

    Args:
        management_token: the token of backends.
        webhook_secret: what webhooks are signed with.
        webhook_url: an address that gets all webhooks, or None.
        moq_relay_url: the relay that MoQ access is given for.
        clock: what the time is taken from; by default the machine.

    Attributes:
        lock: held by everything that looks at the state or changes it.
        clock: the emulator's clock.
        state: rooms, streams, recordings, compositions.
        hub: tells subscribers what happens.
        webhooks: posts it to the addresses that want it.
        presence: knows which client represents which peer.
        studio: passes audio and images from peers to peers.
        switchboard: knows the open sockets.
        faults: what is to go wrong with the next requests.
        journal: the requests that came in.
        headers: headers for every REST answer.
        origin: the address that is handed out; empty before the first start.
        stage: what virtual peers work with.
    """

    def __init__(
        self,
        *,
        management_token: str,
        webhook_secret: str,
        webhook_url: str | None,
        moq_relay_url: str,
        clock: ManualClock | None,
    ) -> None:
        self.management_token = management_token
        self.lock = threading.RLock()
        self.clock = EmulatorClock(clock)
        self.webhooks = Webhooks(self.lock, self.clock, webhook_secret, webhook_url)
        self.hub = Hub(self.lock, self.clock, self.webhooks.put)
        self._upkeep = Deadline(self.lock, self.clock, self._keep_up)
        self.state = State(self.clock.now, _new_id, self._react, self._upkeep.hasten)
        self.presence = PeerRegistry(self.state)
        self._signaling = Signaling(self.state, self.presence)
        self._playout = Deadline(self.lock, self.clock, self._play)
        self.studio = Studio(self.state, self.clock.now, self._playout.wake)
        self.clock.watch(self._play)
        self.clock.watch(self._keep_up)
        self.switchboard = Switchboard()
        self.faults = Faults((*Routes().operations, MEDIA))
        self.journal = Journal()
        self.headers: dict[str, str] = {}
        self.origin = ""
        self.stage = Stage(
            lock=self.lock,
            clock=self.clock,
            stands_still=clock is not None,
            state=self.state,
            presence=self.presence,
            studio=self.studio,
        )
        self._moq_relay_url = moq_relay_url

    @property
    def services(self) -> tuple[Service, ...]:
        """What works in the server's loop beside the requests."""
        return self.hub.delay, self.webhooks, self._playout, self._upkeep

    def application(self, server: ServerThread) -> AsgiApp:
        """Return the ASGI application for a server: REST on one side, sockets on the other."""
        operations = {
            FISHJAM: Operations(self.state, self.origin, self._moq_relay_url),
            COMPOSITION: CompositionOperations(self.state, self.origin),
        }
        service = RestService(operations, self.management_token, self.lock)
        rest = Application(service, self.faults, self.journal, server, self.headers)
        sockets = Sockets(self.switchboard, self._sessions(), self.lock, self.clock, server)

        async def serve(scope: Any, receive: Any, send: Any) -> None:
            side = sockets if scope["type"] == "websocket" else rest
            await side(scope, receive, send)

        return serve

    def reset(self) -> None:
        """Forget everything and end all clients, without a word to others; the lock is held."""
        self.stage.reset()
        self.presence.reset()
        self._signaling.reset()
        self.studio.reset()
        self.state.reset()
        self.switchboard.drop(1001)
        self.switchboard.refusal = None
        self.hub.reset()
        self.webhooks.reset()
        self.faults.reset()
        self.journal.reset()
        self.clock.reset()
        self.headers.clear()

    def _sessions(self) -> dict[SocketKind, Callable[[Line], Session]]:
        return {
            "server": lambda line: Subscriber(line, self.hub, self.management_token),
            "peer": lambda line: Participant(line, self.presence, self.state, self._signaling),
            "agent": lambda line: Agent(line, self.presence, self.state, self.studio),
        }

    def _react(self, notice: Notice) -> None:
        """Let everything take note of a change: first the media, then peers, then backends."""
        self.studio.handle(notice)
        # The others of a room hear of a peer's end before that peer's own client is closed.
        self._signaling.handle(notice)
        self.presence.handle(notice)
        self.hub.publish(notice)

    def _play(self) -> float | None:
        """Play what is due, and return when to look again, or None if nothing is to be played."""
        with self.lock:
            now = self.clock.now()
            self.studio.play_due(now)
            due = self.studio.next_due()
        if due is None:
            return None
        return min(max(due, now + _SHORTEST_PAUSE), now + _LONGEST_PAUSE)

    def _keep_up(self) -> float | None:
        """Do what compositions have to do by now, and return when to look again, if ever."""
        with self.lock:
            return self.state.compositions.settle()


def _new_id() -> str:
    return str(uuid.uuid4())
