"""The engine in memory: leaders, and the events in their streams."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import takewhile
from typing import TypeVar

from anyio.lowlevel import checkpoint
from attrs import define, evolve, field

from fishjam._concurrency.lazy_event import Signal
from fishjam._concurrency.loop import background
from fishjam.clock._system import AsyncClock, AsyncSystemClock
from fishjam.fleet._engine import Leadership, Progress, too_late
from fishjam.fleet._jobs import StoredEvent
from fishjam.fleet._scripts import MAX_EVENTS

T = TypeVar("T")


@define
class _Lead:
    id: str
    epoch: str
    until: float
    batch: int = 0
    heard: float = 0.0


@define
class _Stream:
    """The events of a partition: all, those not handed out yet, those being handled."""

    log: deque[StoredEvent] = field(factory=lambda: deque(maxlen=MAX_EVENTS))
    new: deque[StoredEvent] = field(factory=lambda: deque(maxlen=MAX_EVENTS))
    pending: dict[str, StoredEvent] = field(factory=dict)


def _events_of(stream: _Stream, count: int) -> list[StoredEvent]:
    if stream.pending:
        return [evolve(event, is_repeated=True) for event in list(stream.pending.values())[:count]]
    new = [stream.new.popleft() for _ in range(min(count, len(stream.new)))]
    stream.pending.update({event.id: event for event in new})
    return new


class MemoryEvents:
    """What the engine in memory does for events.

    Args:
        clock: tells the time, and how long to wait for something.
    """

    def __init__(self, clock: AsyncClock | None = None) -> None:
        self._clock = clock or AsyncSystemClock()
        self._run_id = uuid.uuid4().hex
        self._count = 0
        self._leads: dict[str, _Lead] = {}
        self._members: dict[str, dict[str, float]] = {}
        self._streams: dict[int, _Stream] = {}
        self._hooks: dict[str, tuple[str, float]] = {}
        self._news = Signal()

    async def lead(self, name: str, id_: str, seconds: float) -> Leadership | None:
        """Become or stay the leader."""
        await checkpoint()
        lead, now = self._leads.get(name), self._now()
        if lead is None or lead.id != id_:
            if lead is not None and lead.until > now:
                return None
            epoch, heard = (lead.epoch, lead.heard) if lead else ("", 0.0)
            lead = self._leads[name] = _Lead(id_, self._new_epoch(epoch), now, heard=heard)
        lead.until = now + seconds
        return Leadership(name, id_, lead.epoch, self._run_id)

    async def resign(self, name: str, id_: str) -> bool:
        """Let another process lead."""
        await checkpoint()
        lead = self._leads.get(name)
        if lead is None or lead.id != id_:
            return False
        lead.until = 0.0
        return True

    async def attend(self, name: str, id_: str, seconds: float) -> list[str]:
        """Be a member, or stay one."""
        await checkpoint()
        now = self._now()
        # A member that stays keeps its place.
        members = self._members.setdefault(name, {})
        members[id_] = now + seconds
        self._members[name] = {id_: until for id_, until in members.items() if until > now}
        return list(self._members[name])

    async def publish(
        self,
        leadership: Leadership,
        batch: int,
        events: Sequence[tuple[int, str]],
        heard: float | None = None,
    ) -> bool:
        """Write events."""
        await checkpoint()
        lead = self._lead_of(leadership)
        if lead is None or leadership.server != self._run_id:
            return False
        if batch > lead.batch:
            lead.batch = batch
            lead.heard = max(lead.heard, heard or 0.0)
            for partition, payload in events:
                self._write(partition, payload)
        return True

    async def progress(self, name: str) -> Progress:
        """Return how far the leader has come."""
        await checkpoint()
        heard = self._leads[name].heard if name in self._leads else 0.0
        return Progress(self._run_id, heard, self._now())

    async def webhook(
        self,
        room: str,
        digest: str,
        partition: int,
        payloads: Sequence[str],
        *,
        before: float | None = None,
        seconds: int = 86_400,
    ) -> bool:
        """Write what a webhook brought."""
        await checkpoint()
        last, until = self._hooks.get(room, ("", 0.0))
        now = self._now()
        if last == digest and until > now:
            return False
        if before is not None and now > before:
            raise too_late()
        self._hooks = {key: hook for key, hook in self._hooks.items() if hook[1] > now}
        self._hooks[room] = digest, now + seconds
        for payload in payloads:
            self._write(partition, payload)
        return True

    async def next_events(self, partition: int, count: int, seconds: float) -> list[StoredEvent]:
        """Wait for events of a partition."""
        return await self._wait(partial(_events_of, self._stream(partition), count), seconds)

    async def read_events(
        self, after: Mapping[int, str], count: int, seconds: float
    ) -> list[tuple[int, StoredEvent]]:
        """Wait for what is written after certain events."""

        def look() -> list[tuple[int, StoredEvent]]:
            return [
                (partition, event)
                for partition, id_ in after.items()
                for event in self._after(partition, _order(id_))[:count]
            ]

        return await self._wait(look, seconds)

    def _after(self, partition: int, order: tuple[int, ...]) -> list[StoredEvent]:
        # From the end, where the few are that are asked for.
        log = reversed(self._stream(partition).log)
        return list(takewhile(lambda event: _order(event.id) > order, log))[::-1]

    async def acknowledge(self, leadership: Leadership, partition: int, event_id: str) -> bool:
        """Say that an event was handled."""
        await checkpoint()
        if leadership.name != f"partition:{partition}" or self._lead_of(leadership) is None:
            return False
        self._stream(partition).pending.pop(event_id, None)
        return True

    async def lags(self, partitions: int) -> list[int]:
        """Return how many events are not acknowledged yet."""
        await checkpoint()
        streams = map(self._stream, range(partitions))
        return [len(stream.new) + len(stream.pending) for stream in streams]

    def _lead_of(self, leadership: Leadership) -> _Lead | None:
        lead = self._leads.get(leadership.name)
        is_it = lead is not None and (lead.id, lead.epoch) == (leadership.id, leadership.epoch)
        return lead if is_it else None

    def _stream(self, partition: int) -> _Stream:
        return self._streams.setdefault(partition, _Stream())

    def _write(self, partition: int, payload: str) -> None:
        self._count += 1
        # The time first, as in Redis.
        event = StoredEvent(f"{int(self._now() * 1000)}-{self._count}", payload, False)
        stream = self._stream(partition)
        stream.log.append(event)
        stream.new.append(event)
        self._news.notify()

    def _now(self) -> float:
        return self._clock.now()

    def _new_epoch(self, before: str = "") -> str:
        self._count += 1
        moment = max(int(self._now() * 1_000_000), int(before[:16] or 0) + 1)
        return f"{moment:016d}-{self._count:012d}"

    def _next_message(self) -> str:
        self._count += 1
        return f"{self._count}-0"

    async def _wait(self, look: Callable[[], list[T]], seconds: float) -> list[T]:
        """Look for something until it is there, or the time is up."""
        await checkpoint()
        until = self._now() + seconds

        async def tell_in_time() -> None:
            await self._clock.sleep_until(until)
            self._news.notify()

        async with background(tell_in_time):
            while not (found := look()) and self._now() < until:
                await self._news.wait()
        return found


def _order(id_: str) -> tuple[int, ...]:
    return tuple(map(int, id_.split("-")))
