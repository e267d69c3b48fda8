"""What the engine in memory keeps: jobs, workers, and queues."""

from __future__ import annotations

from collections.abc import Collection

from attrs import define, field

from fishjam.fleet._jobs import JobKey, JobState


@define
class StoredJob:
    """A job, with the same fields as its hash in Redis."""

    key: JobKey
    asked: float
    data: str = ""
    state: str = "queued"
    epoch: str = ""
    worker: str | None = None
    message: str | None = None
    last: str | None = None
    peers: tuple[str, ...] = ()
    saved: str = ""
    at: float = 0.0
    due: float | None = None
    failures: int = 0
    error: str | None = None
    stop: str = ""
    again: bool = False
    finished: str = ""
    given: str = ""
    is_held: bool = False
    is_visited: bool = False
    started: float | None = None
    expiry: float | None = None
    max_wait: float = 0.0
    partition: int = 0
    notice: str = ""

    @property
    def state_for_people(self) -> JobState:
        return JobState(
            self.key,
            self.state,
            self.worker,
            self.asked,
            self.failures,
            self.error,
            self.started,
            bool(self.stop),
            self.is_visited,
        )


@define
class StoredWorker:
    until: float
    info: str = ""
    is_to_drain: bool = False
    fullness: float = 0.0
    owned: dict[JobKey, None] = field(factory=dict)
    stops: dict[JobKey, None] = field(factory=dict)


@define
class Queue:
    """The jobs of one agent that no worker has, and those handed out and not taken yet."""

    waiting: dict[str, JobKey] = field(factory=dict)
    pending: dict[str, tuple[JobKey, str, float]] = field(factory=dict)


@define
class JobTable:
    """All jobs, by their names and by their rooms."""

    _jobs: dict[JobKey, StoredJob] = field(factory=dict)
    _by_room: dict[str, dict[JobKey, StoredJob]] = field(factory=dict)

    def __getitem__(self, key: JobKey) -> StoredJob:
        return self._jobs[key]

    def get(self, key: JobKey) -> StoredJob | None:
        """Return a job; None if there is none."""
        return self._jobs.get(key)

    def values(self) -> Collection[StoredJob]:
        """Return all jobs."""
        return self._jobs.values()

    def of_room(self, room_id: str) -> Collection[StoredJob]:
        """Return the jobs of a room."""
        return self._by_room.get(room_id, {}).values()

    def add(self, job: StoredJob) -> StoredJob:
        """Keep a job, and return it."""
        self._jobs[job.key] = job
        self._by_room.setdefault(job.key.room_id, {})[job.key] = job
        return job

    def remove(self, key: JobKey) -> None:
        """Drop a job."""
        del self._jobs[key]
        of_room = self._by_room[key.room_id]
        del of_room[key]
        if not of_room:
            del self._by_room[key.room_id]
