"""The events of Fishjam, heard by several processes and written into the streams by one of them."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import anyio
from attrs import define, evolve, field

from fishjam._concurrency.lazy_event import Signal
from fishjam._concurrency.racing import race
from fishjam.errors import FishjamError
from fishjam.fleet._engine import Engine, Leadership, Progress
from fishjam.fleet._events import OWN_EVENTS, EventsMissed, StreamMessage, partition_of
from fishjam.fleet._jobs import StoredEvent
from fishjam.fleet._ledger import KEPT, SKEW, Ledger
from fishjam.fleet._patience import patiently
from fishjam.notifier import ConnectionLost, ConnectionRestored, FishjamNotifier

NAME = "ingest"
BATCH = 200
"""Events that are written, or read, in one step."""

_log = logging.getLogger("fishjam")


@define(eq=False, kw_only=True)
class Ingest:
    """Listens to Fishjam, if it is one of the `ingests` oldest processes that would.

    One of those that listen leads and writes what it hears. The others keep what they hear until
    they have read that it is written; one of them writes the rest when the leader is gone.
    """

    engine: Engine
    make_notifier: Callable[[], FishjamNotifier]
    name: str
    lease: float
    partitions: int
    ingests: int
    _ledger: Ledger = field(factory=Ledger, init=False)
    _members: list[str] = field(factory=list, init=False)
    _is_hearing: bool = field(default=False, init=False)
    _news: Signal = field(factory=Signal, init=False)
    _positions: dict[int, str] = field(factory=dict, init=False)
    _progress: Progress = field(factory=lambda: Progress("", 0.0, 0.0), init=False)
    _offset: float = field(default=0.0, init=False)
    """The engine's time less the local clock's, at most."""
    _least_offset: float = field(default=0.0, init=False)
    _batch: int = field(default=0, init=False)
    _written_until: float = field(default=0.0, init=False)
    _has_predecessor: bool = field(default=False, init=False)
    """Whether others wrote before this process began to listen, which it could not write again."""
    _lost_since: float = field(default=math.inf, init=False)
    """Since when the engine may lack what this process has not heard, if nothing else tells it."""

    async def run(self) -> None:
        """Listen, for ever, whenever it is this process's turn."""
        try:
            while True:
                await self._attend()
                if self._is_chosen():
                    await race(self._hear_for_ever, self._write_for_ever, self._until_not_chosen)
                    self._stop_hearing()
                await anyio.sleep(self.lease / 3)
        finally:
            with anyio.move_on_after(self.lease, shield=True):
                await self._leave()

    async def _attend(self) -> None:
        self._members = await patiently(lambda: self.engine.attend(NAME, self.name, self.lease))

    def _is_chosen(self) -> bool:
        return self.name in self._members[: self.ingests]

    async def _until_not_chosen(self) -> None:
        while self._is_chosen():
            await anyio.sleep(self.lease / 3)
            await self._attend()

    async def _leave(self) -> None:
        """Let others lead and listen at once."""
        await patiently(lambda: self.engine.resign(NAME, self.name))
        self._members = await patiently(lambda: self.engine.attend(NAME, self.name, 0.0))

    async def _hear_for_ever(self) -> None:
        async with self.make_notifier().subscribe(first_attempts=None) as news:
            self._begin_hearing()
            async for item in news:
                if isinstance(item, ConnectionLost):
                    self._stop_hearing()
                elif isinstance(item, ConnectionRestored):
                    self._begin_hearing()
                else:
                    self._ledger.add_heard(item, anyio.current_time())
                    self._news.notify()

    def _begin_hearing(self) -> None:
        self._is_hearing = True
        self._ledger.begin(anyio.current_time())
        self._news.notify()

    def _stop_hearing(self) -> None:
        self._is_hearing = False
        self._news.notify()

    async def _write_for_ever(self) -> None:
        while True:
            while not self._is_hearing:
                await self._news.wait()
            await self._look()
            self._has_predecessor = self._has_predecessor or self._progress.heard > 0
            self._start_over()
            while self._is_hearing:
                lead = await self._try_to_lead() if self._may_lead() else None
                if lead is not None:
                    await self._lead(lead)
                await self._follow(self.lease / 3)

    def _may_lead(self) -> bool:
        # One that began just now knows less than the others, if there are any.
        is_alone = self._members[:1] == [self.name]
        has_heard = self._ledger.since + 2 * self.lease <= anyio.current_time()
        return self._is_hearing and (is_alone or has_heard)

    async def _try_to_lead(self) -> Leadership | None:
        return await patiently(lambda: self.engine.lead(NAME, self.name, self.lease))

    async def _lead(self, lead: Leadership) -> None:
        """Write what is left, then what is heard, until another leads or the connection is lost."""
        if await self._look():
            self._start_over()
        while await self._read(0):
            pass
        renew = anyio.current_time() + self.lease / 3
        while await self._write_rest(lead) and self._is_hearing:
            if anyio.current_time() >= renew:
                # What the engine has lost is read and written before anything else.
                if await self._try_to_lead() != lead or await self._look():
                    break
                renew = anyio.current_time() + self.lease / 3
            elif not self._ledger.unwritten(1):
                with anyio.CancelScope(deadline=renew):
                    await self._news.wait()
        if not self._is_hearing:
            await self._leave()
            await self._attend()
        self._start_over()

    async def _write_rest(self, lead: Leadership) -> bool:
        """Write all there is; False if another leads, or the engine has lost something."""
        while True:
            moment = anyio.current_time()
            batch = self._ledger.unwritten(BATCH)
            is_all = len(batch) < BATCH and self._is_hearing
            messages = [evolve(one.message, is_rewritten=one.was_written) for one in batch]
            entries = self._missed(moment)
            for heard, message in zip(batch, messages, strict=True):
                entries.append((partition_of(heard.subject, self.partitions), message.to_payload()))
            if not await self._publish(lead, entries, moment if is_all else None):
                return False
            self._ledger.mark_written(batch)
            if len(batch) < BATCH:
                return True

    async def _publish(
        self, lead: Leadership, entries: list[tuple[int, str]], moment: float | None
    ) -> bool:
        self._batch += 1
        heard = None if moment is None else moment + self._least_offset
        is_written = await patiently(lambda: self.engine.publish(lead, self._batch, entries, heard))
        if is_written:
            # Also where `moment` is none: that something was missed is said once.
            self._written_until = max(self._written_until, moment or self._ledger.since)
        return is_written

    def _missed(self, now: float) -> list[tuple[int, str]]:
        """Return what says that events were missed, if no process heard them."""
        begun, progress = self._ledger.since, self._progress
        heard = progress.heard - self._offset if progress.heard else self._lost_since
        heard = max(heard, self._written_until)
        if heard >= begun:
            return []
        today = datetime.now(timezone.utc)
        since, until = (today - timedelta(seconds=now - moment) for moment in (heard, begun))
        missed = EventsMissed(since, until)
        _log.warning("the events from %s to %s were missed", missed.since, missed.until)
        return [(number, StreamMessage(missed).to_payload()) for number in range(self.partitions)]

    async def _follow(self, seconds: float) -> None:
        """Strike out what others write."""
        end = anyio.current_time() + seconds
        while (left := end - anyio.current_time()) > 0:
            await self._read(left)
        if await self._look():
            self._start_over()
        # A leader that stood still for nearly a lease hears late what it says to have heard.
        self._ledger.give_up_before(self._progress.heard - self._offset - SKEW - 2 * self.lease)
        self._ledger.prune(anyio.current_time())

    async def _look(self) -> bool:
        """Learn how far the leader is; True if the engine has lost what it knew."""
        before, moment = self._progress, anyio.current_time()
        progress = self._progress = await patiently(lambda: self.engine.progress(NAME))
        self._offset = progress.now - moment
        self._least_offset = progress.now - anyio.current_time()
        is_other = progress.server != before.server or progress.heard < before.heard
        if not is_other or not before.server:
            return False
        # Its own events may be lost as well; it writes those again that it has kept.
        self._written_until = 0.0
        if self._has_predecessor:
            self._lost_since = anyio.current_time() - KEPT
        return True

    def _start_over(self) -> None:
        """Read again all that may stand for something that was heard."""
        now = anyio.current_time()
        since = min(self._ledger.start_over(), now - KEPT) - SKEW
        start = max(0, int((since + self._offset) * 1000))
        self._positions = dict.fromkeys(range(self.partitions), f"{start}-0")

    async def _read(self, seconds: float) -> bool:
        after = self._positions
        found = await patiently(lambda: self.engine.read_events(after, BATCH, seconds))
        for partition, stored in found:
            after[partition] = stored.id
            self._see(stored)
        return bool(found)

    def _see(self, stored: StoredEvent) -> None:
        try:
            message = StreamMessage.parse(stored.payload)
        except FishjamError:
            # Those that handle it say so.
            return
        if message is None or message.is_from_webhook or isinstance(message.event, OWN_EVENTS):
            return
        written = int(stored.id.partition("-")[0]) / 1000 - self._offset
        self._ledger.add_written(message, written)
