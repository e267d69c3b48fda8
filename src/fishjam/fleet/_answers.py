"""Parsing of what Redis answers; one part that cannot be read does not spoil the others."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from fishjam.fleet._jobs import Beat, JobKey, JobState, Offer, Taken
from fishjam.fleet._scripts import VERSION

N = TypeVar("N", int, float)

_log = logging.getLogger("fishjam")


def to_strings(answer: Any) -> Any:
    """Decode an answer, whatever it holds: bytes that are not text must not end a connection."""
    if isinstance(answer, bytes):
        return answer.decode("utf-8", "replace")
    if isinstance(answer, (list, tuple, set)):
        return [to_strings(part) for part in answer]
    return answer


def keys_of(names: Iterable[str]) -> tuple[JobKey, ...]:
    """Read names of jobs; those that are not valid are left out, and logged."""
    return tuple(key for key in map(_key_of, names) if key is not None)


def _key_of(name: str) -> JobKey | None:
    try:
        return JobKey.parse(name)
    except ValueError as error:
        _log.error("the engine holds what is not a job: %s", error)
        return None


def offer_of(message: str, name: str) -> Offer | None:
    """Read a message of a queue; None if it names no job."""
    key = _key_of(name)
    return None if key is None else Offer(message, key)


def taken_of(job: JobKey, answer: Sequence[str]) -> Taken:
    """Read what the script `take` answers of a job."""
    epoch, data, peers, saved, asked, failures, queued = answer
    return Taken(
        job,
        epoch,
        tuple(filter(None, peers.split(","))),
        data,
        saved,
        _number(float, asked),
        _number(int, failures),
        _number(float, queued),
    )


def beat_of(answer: Sequence[Any]) -> Beat:
    """Read what the script `beat` answers."""
    known, age, now, run_id, stops, owned, is_to_drain, emptiest = answer
    return Beat(
        bool(known),
        float(age),
        float(now),
        run_id,
        keys_of(stops),
        keys_of(owned),
        bool(is_to_drain),
        float(emptiest),
    )


def state_of(answer: Sequence[str]) -> JobState | None:
    """Read what the script `look` answers of one job; None if it is not there any more."""
    name, *fields = answer
    key = _key_of(name)
    if key is None:
        return None
    if not fields:
        return JobState(key, "unreadable", error="its key holds something else")
    version, state, worker, asked, failures, error, started, stop, visited, _ = fields
    if not state:
        return None
    if version != VERSION:
        return JobState(key, "unreadable", error=f"its version, {version[:20]!r}, is not known")
    return JobState(
        key,
        state,
        worker or None,
        _number(float, asked),
        _number(int, failures),
        error or None,
        _number(float, started) if started else None,
        bool(stop),
        bool(visited),
    )


def _number(kind: type[N], text: str) -> N:
    # They are only shown: a job with a wrong one can be run.
    try:
        return kind(text)
    except ValueError:
        return kind(0)
