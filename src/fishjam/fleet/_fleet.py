"""`Fleet`: the agents and event handlers of an application, and how a process runs them."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from typing_extensions import Self

from fishjam._http.address import Address
from fishjam._http.credentials import Credentials, from_environment
from fishjam.client import AsyncFishjamClient
from fishjam.errors import ConfigurationError, MissingExtraError
from fishjam.fleet._connections import Connections
from fishjam.fleet._dispatching import Dispatcher
from fishjam.fleet._engine import Engine
from fishjam.fleet._handling import EventHandlers
from fishjam.fleet._ingest import Ingest
from fishjam.fleet._link import Link
from fishjam.fleet._memory import MemoryEngine
from fishjam.fleet._numbers import check_finite, check_seconds, check_whole
from fishjam.fleet._observing import Observer, observe
from fishjam.fleet._partitions import Partitions
from fishjam.fleet._process import ROLES, Process, check_roles
from fishjam.fleet._registration import AgentHandler, AgentRegistration, Start, Stop
from fishjam.fleet._webhooks import submit_webhook
from fishjam.fleet._worker import Worker
from fishjam.notifier import FishjamNotifier
from fishjam.options import AgentOptions
from fishjam.room import Room

H = TypeVar("H", bound=AgentHandler)
E = TypeVar("E", bound=Callable[..., Any])
_MEMORY = "memory://"
_NAMESPACE = re.compile(r"[A-Za-z0-9._:-]{1,64}")

SHORTEST_LEASE = 0.1
"""Seconds; a worker that is busy for longer must not count as dead."""


class Fleet:
    """Agents of many rooms on many workers, with Redis between them."""

    __module__ = "fishjam.fleet"

    def __init__(
        self,
        url: str,
        *,
        fishjam_id: str | None = None,
        management_token: str | None = None,
        namespace: str = "default",
        lease: float = 5.0,
        partitions: int = 16,
        ingests: int = 2,
    ) -> None:
        """Make a fleet; nothing is connected yet.

        Args:
            url: the address of the engine: `redis://`, `rediss://` or `redis+sentinel://`, or
                `memory://` for a single process.
            fishjam_id: the id of your Fishjam, or the full URL of one; by default that of the
                environment variable FISHJAM_ID.
            management_token: its secret management token; by default that of the environment
                variable FISHJAM_MANAGEMENT_TOKEN. Give both or neither.
            namespace: separates fleets on one Redis.
            lease: seconds without a heartbeat after which others take a worker's jobs over.
            partitions: into how many streams the events are spread, by room; each is read by one
                worker at a time. The same in all processes: stop all to change it.
            ingests: how many processes listen to the events of Fishjam, one of which writes them
                for all. 0 if your events come from webhooks.

        Raises:
            MissingFishjamIdError: `fishjam_id` is empty, or not given and FISHJAM_ID is not set.
            ConfigurationError: the URL or the token cannot be used, or one is not set.
            MissingExtraError: the packages of the extra `fleet` are not installed.
            ValueError: another argument cannot be used.
        """
        if not _NAMESPACE.fullmatch(namespace):
            raise ValueError(f"namespace={namespace!r}: use letters, digits and any of . _ : -")
        check_finite("lease", lease, SHORTEST_LEASE)
        check_whole("partitions", partitions)
        check_whole("ingests", ingests, 0)
        self._url = url
        self._partitions = partitions
        self._ingests = ingests
        self._handlers = EventHandlers()
        self._fishjam = _account(fishjam_id, management_token)
        self._namespace = namespace
        self._lease = lease
        self._agents: dict[str, AgentRegistration] = {}
        # One for all, because it holds the jobs itself.
        self._memory = MemoryEngine() if url == _MEMORY else None
        # A URL that cannot be used is refused here, not by each worker.
        self._make_engine()
        self._connections = Connections(self._make_engine, is_shared=url == _MEMORY)
        self._processes: list[Process] = []

    @classmethod
    def from_env(cls, *, lease: float = 5.0, partitions: int = 16, ingests: int = 2) -> Self:
        """Make a fleet from variables of the environment.

        FISHJAM_FLEET_URL is the address of the engine, FISHJAM_FLEET_NAMESPACE the namespace
        ("default" if it is not set); FISHJAM_ID and FISHJAM_MANAGEMENT_TOKEN are those of the
        Fishjam.

        Args:
            lease: as in `Fleet`.
            partitions: as in `Fleet`.
            ingests: as in `Fleet`.

        Raises:
            MissingFishjamIdError: FISHJAM_ID is not set.
            ConfigurationError: another variable is not set.
        """
        url = os.environ.get("FISHJAM_FLEET_URL", "")
        if not url.strip():
            raise ConfigurationError(
                "The environment variable FISHJAM_FLEET_URL is not set. It holds the address of "
                "your Redis, such as redis://localhost:6379, or memory:// for a single process."
            )
        return cls(
            url,
            namespace=os.environ.get("FISHJAM_FLEET_NAMESPACE") or "default",
            lease=lease,
            partitions=partitions,
            ingests=ingests,
        )

    @property
    def is_shared(self) -> bool:
        """Whether several processes can have the same engine; `memory://` lives inside one."""
        return self._memory is None

    def __repr__(self) -> str:
        # Without the URL, which may hold a password.
        return f"Fleet(namespace={self._namespace!r}, agents={list(self._agents)})"

    def agent(
        self,
        name: str,
        *,
        start: Start = "first_peer",
        stop: Stop = "last_peer_left",
        linger: float = 10.0,
        weight: int = 1,
        options: AgentOptions | None = None,
        exclusive: bool = True,
        when: Callable[[Room], bool] | None = None,
    ) -> Callable[[H], H]:
        """Add an agent; the decorated function is called with each job and its session.

        A handler that returns is done: it is not called again until its room was empty, or
        `Link.dispatch(again=True)`. One that raises is tried again, by another worker if there is
        one, after 0.5 to 30 seconds; after 5 failures in a row the job has failed.

        Args:
            name: up to 64 letters, digits, dots, dashes and underscores.
            start: "first_peer" when a user is connected in a room, "room" when there is a room,
                "peer" for one agent per connected user, "manual" only with `Link.dispatch`.
            stop: "last_peer_left" when users were in the room and none is left ("peer" above: when
                that user left), "room_gone" or "manual" only then, and when it is stopped by hand.
            linger: seconds for which it stays after that, in case a user comes back.
            weight: how much of a worker's capacity it takes.
            options: of the agent.
            exclusive: whether it is the only agent in its room, beside those of other jobs of this
                fleet: what else is found there counts as left over, and is removed at its start.
            when: whether a room wants it at all.

        Raises:
            TypeError: the handler is not a function, or `when` is not one without `async`.
            ValueError: an argument cannot be used, or the name is taken.
        """

        def add(handler: H) -> H:
            if name in self._agents:
                raise ValueError(f"agent({name!r}): there is one of that name already")
            self._agents[name] = AgentRegistration(
                name=name,
                handler=handler,
                start=start,
                stop=stop,
                linger=linger,
                weight=weight,
                options=options,
                exclusive=exclusive,
                when=when,
            )
            return handler

        return add

    def on(self, *types: type[Any]) -> Callable[[E], E]:
        """Add a handler of certain events, which gets the event and a `Delivery`.

        It is a function, `def` or `async def`; several may be added for the same event.

        The events of one room come in order, whichever worker handles them, and each is handled by
        one worker. It comes again, with the same `Delivery.id`, when its worker died in the middle.

        A handler that raises is called again, five times in all, with waits of 0.5 s and growing.
        Meanwhile the later events of the room wait, and up to 15 others of the same partition may;
        after that the event is passed over and an error is in the log.

        Args:
            types: classes of `fishjam.events`, `EventsMissed` or `JobExpired`.

        Raises:
            TypeError: something else was given.
        """
        return self._handlers.on(types)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Link]:
        """Connect to the engine for the length of an `async with`, to ask for agents and see them.

        The connection is made in the background; the calls of the `Link` wait for it.
        """
        async with self._connections.open() as engine:
            yield Link(engine, self._partitions)

    def dispatch_blocking(
        self,
        room_id: str,
        agent: str,
        *,
        peer_id: str | None = None,
        data: Mapping[str, Any] | None = None,
        again: bool = False,
        max_wait: float | None = None,
    ) -> bool:
        """Do what `Link.dispatch` does, in code that is not async, over a connection of its own.

        Raises `RuntimeError` in a thread that runs an event loop, and what `Link.dispatch` raises.
        """

        async def dispatch(engine: Engine) -> bool:
            return await Link(engine, self._partitions).dispatch(
                room_id, agent, peer_id=peer_id, data=data, again=again, max_wait=max_wait
            )

        return self._connections.do_blocking(dispatch)

    async def submit_webhook(
        self, headers: Mapping[str, str], body: bytes, secret: str | Iterable[str]
    ) -> bool:
        """Check a webhook of Fishjam and write its events, for the handlers of `on`.

        It goes over the connection that `connect` or `run` has open in this event loop, or over one
        of its own. Answer the webhook only after this, and with 5xx if it raises
        `EngineUnavailableError`: Fishjam repeats it then.

        Args:
            headers: the request's headers; the case of their names does not matter.
            body: the raw body, byte for byte as it was received.
            secret: your webhook secret; several while you change from an old one to a new one.

        Returns:
            False if it is a repeat, which was written before.

        Raises:
            WebhookSignatureError: the signature is missing or wrong; answer 401.
            NotificationDecodeError: the body is not a notification; answer 400.
            EngineUnavailableError: it could not be written within 10 seconds.
            EngineRefusedError: Redis refuses the credentials, or what a fleet needs.
        """
        return await self._connections.do(
            lambda engine: submit_webhook(engine, self._partitions, headers, body, secret)
        )

    def submit_webhook_blocking(
        self, headers: Mapping[str, str], body: bytes, secret: str | Iterable[str]
    ) -> bool:
        """Do the same from sync code, in Flask or Django; see `submit_webhook`.

        Raises `RuntimeError` in a thread that runs an event loop.
        """
        return self._connections.do_blocking(
            lambda engine: submit_webhook(engine, self._partitions, headers, body, secret)
        )

    async def run(
        self,
        *,
        capacity: int = 10,
        drain: float = 600.0,
        handover_after: float = 20.0,
        name: str | None = None,
        roles: Collection[str] = ROLES,
        health: str | None = None,
    ) -> None:
        """Work in this process until `drain` was called, or the task is cancelled.

        Args:
            capacity: how much it runs at most: the weights of its agents, together.
            drain: seconds that its jobs have to move to others, once it drains.
            handover_after: seconds that a handler has to hand its job over by itself.
            name: the name of the worker, which no other one may have; by default a new one.
            roles: what the process does: "agents" runs agents, "dispatch" finds out which are
                wanted, "events" hands events to handlers.
            health: the address of an endpoint with `/livez`, `/readyz` and `/metrics`, such as
                "127.0.0.1:9464"; by default there is none.

        Raises:
            ValueError: an argument cannot be used.
            ConfigurationError: `health` is not an address.
            EngineRefusedError: the engine refuses what a fleet needs.
            NotifierAuthError: Fishjam refuses the management token.
            OSError: nothing can listen at `health`.
        """
        check_roles(roles)
        check_whole("capacity", capacity)
        check_seconds("drain", drain)
        check_seconds("handover_after", handover_after)
        if capacity < max((agent.weight for agent in self._agents.values()), default=1):
            raise ValueError(f"capacity={capacity}: it is less than the weight of an agent")
        async with (
            AsyncFishjamClient(*self._fishjam) as client,
            self._connections.open() as engine,
        ):
            process = Process(
                engine=engine,
                client=client,
                make_notifier=partial(FishjamNotifier, *self._fishjam),
                name=name or uuid.uuid4().hex,
                lease=self._lease,
            )
            # Without agents there is nothing to dispatch; a worker can be seen and drained.
            dispatches = self._agents and "dispatch" in roles
            on_loss = self._add_dispatch(process) if dispatches else lambda: None
            if "agents" in roles:
                self._add_agents(process, capacity, drain, handover_after, on_loss)
            if "events" in roles:
                self._add_events(process, drain)
            if health is not None:
                partitions = self._partitions if self._handlers else 0
                observer = Observer(process, self._agents, partitions)
                observe(observer, health, beats="agents" in roles)
            self._processes.append(process)
            try:
                await process.run()
            finally:
                self._processes.remove(process)

    def _add_dispatch(self, process: Process) -> Callable[[], object]:
        """Return what lets it look at all rooms soon."""
        dispatcher = Dispatcher(
            engine=process.engine,
            client=process.client,
            make_notifier=process.make_notifier,
            agents=self._agents,
            name=process.name,
            lease=self._lease,
        )
        # Users that leave end agents while these drain.
        process.add(dispatcher.run, drains=False)
        return dispatcher.ask

    def _add_agents(
        self,
        process: Process,
        capacity: int,
        drain: float,
        handover_after: float,
        on_loss: Callable[[], object],
    ) -> None:
        worker = Worker(
            process.engine,
            process.client,
            self._agents,
            name=process.name,
            capacity=capacity,
            lease=self._lease,
            handover_after=handover_after,
            draining=process.draining,
            metrics=process.metrics,
            on_loss=on_loss,
        )
        process.add(partial(worker.run, drain), drains=True)

    def _add_events(self, process: Process, drain: float) -> None:
        """Add the tasks that hear events and hand them to handlers, if there are any."""
        if not self._handlers:
            return
        reader = Partitions(
            engine=process.engine,
            handlers=self._handlers,
            name=process.name,
            lease=self._lease,
            partitions=self._partitions,
            draining=process.draining,
            metrics=process.metrics,
        )
        process.add(partial(reader.run, drain), drains=True)
        if self._ingests:
            ingest = Ingest(
                engine=process.engine,
                make_notifier=process.make_notifier,
                name=process.name,
                lease=self._lease,
                partitions=self._partitions,
                ingests=self._ingests,
            )
            process.add(ingest.run, drains=False)

    def _make_engine(self) -> Engine:
        return self._memory or redis_engine(self._url, self._namespace)

    def drain(self) -> None:
        """Let this process give its work to others, and end.

        What `run` does then is described there; in a process that does not run it, nothing.
        """
        for process in self._processes:
            process.draining.set()


def _account(fishjam_id: str | None, management_token: str | None) -> tuple[str, str]:
    """Return the id and the token of a Fishjam, both given or both of the environment."""
    if fishjam_id is None and management_token is None:
        fishjam_id, management_token = from_environment(os.environ)
    elif fishjam_id is None or management_token is None:
        raise ConfigurationError(
            "fishjam_id and management_token are a pair: give both, or neither, and set FISHJAM_ID "
            "and FISHJAM_MANAGEMENT_TOKEN, so that the token goes to no other Fishjam."
        )
    # Checked here, not first by each worker.
    Address.of(fishjam_id)
    Credentials.of(management_token)
    return fishjam_id, management_token


def redis_engine(url: str, namespace: str) -> Engine:
    """Make an engine on Redis.

    Raises:
        MissingExtraError: the extra `fleet` is not installed.
    """
    try:
        from fishjam.fleet._redis import redis_engine as make
    except ImportError as error:
        raise MissingExtraError(
            'The fleet needs coredis: pip install "fishjam-server-sdk[fleet]"'
        ) from error
    return make(url, namespace)
