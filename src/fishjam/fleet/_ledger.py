"""What a process has heard, struck out against what is written in the streams."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from itertools import count, islice

from attrs import define

from fishjam.events import Notification
from fishjam.fleet._events import StreamMessage, subject_of

SKEW = 5.0
"""Seconds by which two processes may hear the same event apart."""

BEGINNING = 0.5
"""Seconds in which a subscription becomes known after it has begun."""

KEPT = 60.0
"""Seconds for which is kept what was heard, so that it can be written again."""

MAX_HEARD = 100_000
"""How many events are kept at most."""


@define(eq=False)
class Heard:
    """An event that this process has heard."""

    number: int
    at: float
    subject: str
    message: StreamMessage
    was_written: bool = False


@define(eq=False)
class _Written:
    at: float
    message: StreamMessage


class Ledger:
    """The events that one process has heard, and which of them are not written yet.

    Every socket of Fishjam gets the events of a room in one order. So an entry in a stream stands
    for the first event of the same content that is left, and what was heard before that one is not
    waited for any more. All times are those of the local clock.
    """

    def __init__(self) -> None:
        self.since = 0.0
        """Since when everything was heard that is not written."""
        self._numbers = count()
        self._log: deque[Heard] = deque()
        self._complete_since = -math.inf
        self._unwritten: dict[int, Heard] = {}
        self._by_subject: dict[str, deque[Heard]] = {}
        self._unheard: dict[str, deque[_Written]] = {}

    def begin(self, now: float) -> None:
        """Begin to hear: what came before was not heard."""
        self.since = now

    def add_heard(self, event: Notification, now: float) -> None:
        """Note an event that was heard; it may be written already."""
        subject = subject_of(event)
        heard = Heard(next(self._numbers), now, subject, StreamMessage(event))
        self._log.append(heard)
        written = self._take_unheard(subject, event)
        if written is None:
            self._add(heard)
        else:
            heard.message, heard.was_written = written.message, True
        self._forget_old(now)

    def add_written(self, message: StreamMessage, at: float) -> None:
        """Note what stands in a stream since a certain time; it may not be heard yet."""
        subject = subject_of(message.event)
        waiting = list(self._by_subject.get(subject, ()))
        # One that is older may stand for an event that this process has not heard, or forgotten.
        is_known = at >= max(self.since, self._complete_since) + SKEW
        for index, heard in enumerate(waiting):
            if heard.message.event == message.event and (is_known or heard.at <= at + SKEW):
                heard.message = message
                self.mark_written(waiting[: index + 1])
                return
        if at >= max(self.since - BEGINNING, self._complete_since + SKEW):
            self._unheard.setdefault(subject, deque()).append(_Written(at, message))

    def unwritten(self, limit: int) -> list[Heard]:
        """Return what is not written as far as is known, in the order in which it was heard."""
        return list(islice(self._unwritten.values(), limit))

    def mark_written(self, struck: Iterable[Heard]) -> None:
        """Note that events are written."""
        for heard in struck:
            heard.was_written = True
            # It may have been forgotten while it was written.
            if heard.number in self._unwritten:
                self._drop(heard)

    def give_up_before(self, until: float) -> None:
        """Wait no longer for what was heard before; the leader has written all of that."""
        while (first := next(iter(self._unwritten.values()), None)) and first.at < until:
            self._drop(first)

    def start_over(self) -> float:
        """Take all that is kept for unwritten; returns since when that is.

        What is written all the same has to be seen again, from then on.
        """
        for heard in self._log:
            if heard.number not in self._unwritten:
                heard.was_written = True
        self._unwritten, self._by_subject, self._unheard = {}, {}, {}
        for heard in self._log:
            self._add(heard)
        self.since = max(self.since, self._complete_since)
        return self._log[0].at if self._log else self.since

    def _add(self, heard: Heard) -> None:
        self._unwritten[heard.number] = heard
        self._by_subject.setdefault(heard.subject, deque()).append(heard)

    def _drop(self, heard: Heard) -> None:
        """Drop one that is the first of its subject."""
        del self._unwritten[heard.number]
        waiting = self._by_subject[heard.subject]
        waiting.popleft()
        if not waiting:
            del self._by_subject[heard.subject]

    def _take_unheard(self, subject: str, event: Notification) -> _Written | None:
        unheard = self._unheard.pop(subject, None) or deque()
        while unheard:
            written = unheard.popleft()
            if written.message.event == event:
                if unheard:
                    self._unheard[subject] = unheard
                return written
        return None

    def prune(self, now: float) -> None:
        """Forget what is too old to be of use."""
        self._forget_old(now)
        for subject, unheard in list(self._unheard.items()):
            if unheard[-1].at < now - KEPT:
                del self._unheard[subject]

    def _forget_old(self, now: float) -> None:
        while self._log and (len(self._log) > MAX_HEARD or self._is_old(self._log[0], now)):
            heard = self._log.popleft()
            self._complete_since = heard.at
            if heard.number in self._unwritten:
                # There are too many: it will not be written.
                self._drop(heard)
                self.since = max(self.since, heard.at)

    def _is_old(self, heard: Heard, now: float) -> bool:
        return heard.at < now - KEPT and heard.number not in self._unwritten
