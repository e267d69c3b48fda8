"""The partitions of the events: each is read by one worker at a time."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import partial

import anyio
from attrs import define, field

from fishjam._concurrency.lazy_event import Signal
from fishjam._concurrency.racing import all_of, race
from fishjam.errors import FishjamError
from fishjam.fleet._engine import Engine, EngineUnavailableError, Leadership
from fishjam.fleet._events import Delivery, EventsMissed, StreamMessage, subject_of
from fishjam.fleet._handling import EventHandlers
from fishjam.fleet._jobs import StoredEvent
from fishjam.fleet._metrics import Metrics
from fishjam.fleet._patience import patiently

MEMBERS = "handlers"
AT_ONCE = 16
"""How many events of a partition are in the works, each of another room."""

READ_SECONDS = 2.0
"""Seconds that one wait for events lasts."""

UNAVAILABLE = 0.2
"""Seconds until the next try to read when the engine is out of reach."""

_log = logging.getLogger("fishjam")
_Item = tuple[StoredEvent, StreamMessage]


@define(eq=False)
class _Share:
    """What a worker knows of one partition."""

    number: int
    leadership: Leadership | None = None
    until: float = 0.0
    """By the local clock: another worker may have the partition from then on."""
    is_leaving: bool = False
    changed: Signal = field(factory=Signal)

    @property
    def name(self) -> str:
        """The name of the leader of this partition."""
        return f"partition:{self.number}"

    def set(self, leadership: Leadership | None, until: float = 0.0) -> None:
        """Have the partition until some time, or have it no longer."""
        self.leadership, self.until = leadership, until
        if leadership is None:
            self.is_leaving = False
        self.changed.notify()

    def leave(self) -> None:
        """Read no more, and give the partition to others when all is handled that was read."""
        self.is_leaving = True
        self.changed.notify()


@define(eq=False, kw_only=True)
class Partitions:
    """Reads the partitions that are this worker's share, and calls the handlers.

    Rooms of one partition are handled side by side, the events of each room one after another.
    """

    engine: Engine
    handlers: EventHandlers
    name: str
    lease: float
    partitions: int
    draining: anyio.Event
    metrics: Metrics
    _shares: list[_Share] = field(factory=list, init=False)

    async def run(self, drain: float) -> None:
        """Work until `draining` is set and no handler runs, or so many seconds later."""
        self._shares = [_Share(number) for number in range(self.partitions)]
        readers = [partial(self._read_for_ever, share) for share in self._shares]
        try:
            await race(
                partial(all_of, self._share_for_ever, *readers), partial(self._give_up, drain)
            )
        finally:
            with anyio.move_on_after(self.lease, shield=True):
                await self._leave_all()

    async def _give_up(self, drain: float) -> None:
        await self.draining.wait()
        await anyio.sleep(drain)

    async def _leave_all(self) -> None:
        for share in self._shares:
            if share.leadership is not None:
                await self._resign(share)
        await patiently(lambda: self.engine.attend(MEMBERS, self.name, 0.0))

    async def _resign(self, share: _Share) -> None:
        share.set(None)
        await patiently(lambda: self.engine.resign(share.name, self.name))

    async def _share_for_ever(self) -> None:
        while not self.draining.is_set():
            try:
                await self._take_share()
            except EngineUnavailableError as error:
                _log.warning("the events cannot be read now: %s", error)
            with anyio.move_on_after(self.lease / 3):
                await self.draining.wait()
        for share in self._shares:
            share.leave()

    async def _take_share(self) -> None:
        members = await self.engine.attend(MEMBERS, self.name, self.lease)
        most = -(-self.partitions // max(1, len(members)))
        for share in self._shares:
            if share.leadership is not None:
                await self._renew(share)
        held = [share for share in self._shares if share.leadership is not None]
        for share in held[most:]:
            share.leave()
        # Not all begin with the same one, so that they find theirs with few questions.
        start = sorted(members).index(self.name) * most if self.name in members else 0
        for share in self._shares[start:] + self._shares[:start]:
            if len(held) >= most:
                break
            if share.leadership is None and await self._renew(share):
                held.append(share)

    async def _renew(self, share: _Share) -> bool:
        until = anyio.current_time() + self.lease
        leadership = await self.engine.lead(share.name, self.name, self.lease)
        share.set(leadership, until)
        return leadership is not None

    async def _read_for_ever(self, share: _Share) -> None:
        while not self.draining.is_set():
            if share.leadership is None:
                await share.changed.wait()
            elif share.is_leaving:
                await self._resign(share)
            else:
                await self._handle_all(share, await self._next_events(share))

    async def _next_events(self, share: _Share) -> list[StoredEvent]:
        # It is not cancelled when the partition is left: what is handed out in that moment would
        # look as if this worker had begun with it.
        try:
            return await self.engine.next_events(share.number, AT_ONCE, READ_SECONDS)
        except EngineUnavailableError:
            await anyio.sleep(UNAVAILABLE)
            return []

    async def _handle_all(self, share: _Share, events: Sequence[StoredEvent]) -> None:
        items: list[_Item] = []
        for stored in events:
            message = _parse(stored)
            if message is None:
                await self._acknowledge(share, stored)
            else:
                items.append((stored, message))
        for group in _in_order(items):
            await all_of(*(partial(self._handle_room, share, room) for room in group))

    async def _handle_room(self, share: _Share, items: Sequence[_Item]) -> None:
        for stored, message in items:
            if not await self._may_begin(share):
                return
            again = stored.is_repeated or message.is_rewritten
            room_id = getattr(message.event, "room_id", None)
            delivery = Delivery(message.id, again, room_id, share.number)
            self.metrics.events += 1
            self.metrics.events_repeated += again
            await self.handlers.handle(message.event, delivery)
            if not await self._acknowledge(share, stored):
                return

    async def _may_begin(self, share: _Share) -> bool:
        """Tell whether the partition is still ours, once that is known."""
        while share.leadership is not None:
            if anyio.current_time() < share.until:
                return True
            # The engine is out of reach; another worker may have the partition.
            await share.changed.wait()
        return False

    async def _acknowledge(self, share: _Share, stored: StoredEvent) -> bool:
        while (leadership := share.leadership) is not None:
            if await patiently(
                partial(self.engine.acknowledge, leadership, share.number, stored.id)
            ):
                return True
            if share.leadership is leadership:
                share.set(None)
        return False


def _parse(stored: StoredEvent) -> StreamMessage | None:
    # Without a payload it was handed out, and has been trimmed away since.
    if not stored.payload:
        return None
    try:
        return StreamMessage.parse(stored.payload)
    except FishjamError as error:
        _log.warning("an event is passed over: %s", error)
        return None


def _in_order(items: Sequence[_Item]) -> Iterator[list[list[_Item]]]:
    """Give groups of rooms; all of one group come before the next.

    `EventsMissed` is for all rooms, so that it has a group of its own.
    """
    rooms: dict[str, list[_Item]] = {}
    for item in items:
        event = item[1].event
        if isinstance(event, EventsMissed):
            yield list(rooms.values())
            yield [[item]]
            rooms = {}
        else:
            rooms.setdefault(subject_of(event), []).append(item)
    yield list(rooms.values())
