"""A fleet: agents that are spread over processes and machines."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import anyio

from fishjam.client import AsyncFishjamClient
from fishjam.errors import MissingExtraError
from fishjam.fleet._dispatching import Dispatcher
from fishjam.fleet._engine import Engine
from fishjam.fleet._job import patiently
from fishjam.fleet._jobs import JobKey, JobState, to_text
from fishjam.fleet._memory import MemoryEngine
from fishjam.fleet._registration import AgentHandler, AgentRegistration, Start, Stop
from fishjam.fleet._worker import Worker
from fishjam.notifier import FishjamNotifier
from fishjam.options import AgentOptions
from fishjam.room import Room

H = TypeVar("H", bound=AgentHandler)
_MEMORY = "memory://"


class Fleet:
    """Agents of many rooms on many workers, with Redis between them."""

    __module__ = "fishjam.fleet"

    def __init__(
        self,
        url: str,
        *,
        fishjam_id: str,
        management_token: str,
        namespace: str = "default",
        lease: float = 5.0,
    ) -> None:
        self._url = url
        self._fishjam = fishjam_id, management_token
        self._namespace = namespace
        self._lease = lease
        self._agents: dict[str, AgentRegistration] = {}
        # One for all, because it holds the jobs itself.
        self._memory = MemoryEngine() if url == _MEMORY else None
        self._workers: list[Worker] = []

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
        options: AgentOptions | None = None,
        exclusive: bool = True,
        when: Callable[[Room], bool] | None = None,
    ) -> Callable[[H], H]:
        """Add an agent; the decorated function is called with each job and its session."""

        def add(handler: H) -> H:
            self._agents[name] = AgentRegistration(
                name=name,
                handler=handler,
                start=start,
                stop=stop,
                linger=linger,
                options=options,
                exclusive=exclusive,
                when=when,
            )
            return handler

        return add

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Link]:
        """Connect to the engine, to dispatch and to look."""
        engine = self._make_engine()
        async with engine.open():
            yield Link(engine)

    async def run(
        self,
        *,
        capacity: int = 10,
        drain: float = 600.0,
        handover_after: float = 20.0,
        name: str | None = None,
    ) -> None:
        """Work in this process until `drain` was called, or the task is cancelled."""
        engine = self._make_engine()
        async with (
            AsyncFishjamClient(*self._fishjam) as client,
            engine.open(),
            anyio.create_task_group() as tasks,
        ):
            notifier = FishjamNotifier(*self._fishjam)
            dispatcher = Dispatcher(engine, client, notifier, self._agents)
            worker = Worker(
                engine,
                client,
                self._agents,
                name=name or uuid.uuid4().hex,
                capacity=capacity,
                lease=self._lease,
                handover_after=handover_after,
                on_loss=dispatcher.ask,
            )
            self._workers.append(worker)
            tasks.start_soon(dispatcher.run)
            try:
                await worker.run(drain)
            finally:
                self._workers.remove(worker)
            tasks.cancel_scope.cancel()

    def _make_engine(self) -> Engine:
        return self._memory or _redis_engine(self._url, self._namespace)

    def drain(self) -> None:
        """Let the workers of this process give their jobs away, and end."""
        for worker in self._workers:
            worker.drain()


class Link:
    """A connection of a backend to its fleet; made by `Fleet.connect`."""

    __module__ = "fishjam.fleet"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def dispatch(
        self,
        room_id: str,
        agent: str,
        *,
        peer_id: str | None = None,
        data: Mapping[str, Any] | None = None,
        again: bool = False,
    ) -> bool:
        """Ask for an agent in a room; False if it is there already."""
        text = to_text(dict(data), "data") if data else ""
        job = JobKey(room_id, agent, peer_id)
        return await patiently(lambda: self._engine.dispatch(job, text, again=again))

    async def stop(self, room_id: str, agent: str, *, peer_id: str | None = None) -> bool:
        """End an agent; False if there is none."""
        job = JobKey(room_id, agent, peer_id)
        return await patiently(lambda: self._engine.stop(job))

    async def jobs(self) -> list[JobState]:
        """Return how all jobs are."""
        return await patiently(self._engine.jobs)


def _redis_engine(url: str, namespace: str) -> Engine:
    try:
        from fishjam.fleet._redis import redis_engine
    except ImportError as error:
        raise MissingExtraError(
            'The fleet needs coredis: pip install "fishjam-server-sdk[fleet]"'
        ) from error
    return redis_engine(url, namespace)
