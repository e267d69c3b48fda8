"""A job of the fleet, one agent in one room: its name, and what the engine knows of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from attrs import field, frozen
from attrs.validators import and_, instance_of, min_len, optional

from fishjam._core.annotations import resolve_annotations
from fishjam.errors import FishjamError

MAX_STORED = 64 * 1024
"""Bytes that the data of a job, and what it saved, may have as JSON."""

UNKNOWN_ROOM = "Fishjam does not know the room"
"""Why a job fails that was asked for in a room that never was, or is gone."""


def _check_text(_: object, attribute: Any, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{attribute.name}={value!r}: this cannot be written as UTF-8") from None


_NAME = and_(instance_of(str), min_len(1), _check_text)


class JobDataError(FishjamError):
    """What is stored of a job cannot be used: it is too large, or not JSON."""

    __module__ = "fishjam.fleet"


@frozen
class JobKey:
    """The name of a job.

    Attributes:
        room_id: the room that it is for.
        agent: the name under which its handler was registered.
        peer_id: the peer that it is for, if there is one agent for each peer.
    """

    __module__ = "fishjam.fleet"

    room_id: str = field(validator=_NAME)
    agent: str = field(validator=_NAME)
    peer_id: str | None = field(default=None, validator=optional(_NAME))

    def __str__(self) -> str:
        parts = [self.room_id, self.agent, *([self.peer_id] if self.peer_id else [])]
        return "|".join(quote(part, safe="") for part in parts)

    @classmethod
    def parse(cls, text: str) -> JobKey:
        """Read what `str` wrote; raises `ValueError` for anything else."""
        parts = [unquote(part) for part in text.split("|")]
        if len(parts) not in (2, 3):
            raise ValueError(f"{text!r} is not the name of a job")
        return cls(*parts)


@frozen
class Offer:
    """A job that was handed out to a worker, which has not taken it yet."""

    message: str
    job: JobKey


@frozen
class Taken:
    """A job that a worker has taken, with what its last owner left."""

    job: JobKey
    epoch: str
    peers: tuple[str, ...] = ()
    data: str = field(default="", repr=False)
    saved: str = field(default="", repr=False)
    asked: float = 0.0
    failures: int = 0
    queued: float = 0.0


@frozen
class Takings:
    """What came of taking several jobs.

    Attributes:
        results: for each, in their order, the job, None if it cannot be taken any more, or the
            error if this job alone cannot be read.
        share: how many jobs wait for each worker, rounded up.
    """

    results: tuple[Taken | FishjamError | None, ...]
    share: int


@frozen
class Beat:
    """What a worker learns with each heartbeat."""

    is_known: bool
    """Whether the engine knew the worker: otherwise it was taken for dead, or data were lost."""
    age: float
    """Seconds since this engine was first seen empty."""
    now: float
    """The engine's time in Unix seconds."""
    run_id: str
    """Another one means that another server answers, which may know less."""
    stops: tuple[JobKey, ...]
    """The jobs that the worker is to end."""
    owned: tuple[JobKey, ...]
    """The jobs that the engine believes to be the worker's; read only when they may differ."""
    is_to_drain: bool = False
    """Whether the worker was asked to give its jobs to others and end."""
    emptiest: float = 0.0
    """How full the emptiest of all workers was, from 0 to 1, at its last heartbeat."""


@frozen
class StoredEvent:
    """An event in a stream of a partition."""

    id: str
    payload: str = field(repr=False)
    is_repeated: bool


@frozen
class JobState:
    """The state of a job, as `Link.jobs` returns it.

    Attributes:
        job: its name.
        state: "queued", "waiting" (for the next try after a failure), "running", "offered" (by a
            worker that drains), "done", "failed", "stopped" (by hand) or "unreadable".
        worker: the worker that has it.
        asked: when it was asked for, in Unix seconds.
        failures: how often it has failed in a row.
        error: the name of the class of the last failure, why it cannot start, or why it is
            unreadable.
        started: when its handler was called, in Unix seconds; None while it is not running.
        is_stopping: whether it was asked to end.
        is_visited: whether users were in its room since it was asked for.
    """

    __module__ = "fishjam.fleet"

    job: JobKey
    state: str
    worker: str | None = None
    asked: float = 0.0
    failures: int = 0
    error: str | None = None
    started: float | None = None
    is_stopping: bool = False
    is_visited: bool = False


resolve_annotations(globals(), JobKey, JobState)


def to_text(value: Any, what: str) -> str:
    """Write data of a job as JSON.

    Raises `ValueError` for what JSON cannot hold, and for what is too large to be kept.
    """
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{what}: this cannot be kept as JSON: {error}") from None
    if len(text.encode()) > MAX_STORED:
        raise ValueError(f"{what}: more than {MAX_STORED} bytes of JSON; keep a reference instead")
    return text


def from_text(text: str, what: str) -> dict[str, Any]:
    """Read data of a job, which other programs may have written.

    Raises `JobDataError` for what is too large, not JSON, or not an object.
    """
    if not text:
        return {}
    if len(text.encode()) > MAX_STORED:
        raise JobDataError(f"The {what} of the job is larger than {MAX_STORED} bytes.")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise JobDataError(f"The {what} of the job is not JSON.") from None
    if not isinstance(value, Mapping):
        raise JobDataError(f"The {what} of the job is not a JSON object.")
    return dict(value)
