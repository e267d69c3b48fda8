"""The engine on Redis or Valkey, made of scripts that are atomic."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

import anyio
import coredis
from coredis.exceptions import ConnectionError as RedisConnectionError
from coredis.exceptions import (
    ResponseError,
    StreamConsumerGroupError,
    StreamDuplicateConsumerGroupError,
)
from coredis.retry import ConstantRetryPolicy

from fishjam._concurrency.lazy_event import LazyEvent
from fishjam._concurrency.loop import background
from fishjam.errors import FishjamError
from fishjam.fleet._address import Connect, connector
from fishjam.fleet._answers import beat_of, keys_of, offer_of, state_of, taken_of, to_strings
from fishjam.fleet._engine import (
    HEALTHY,
    MAX_FAILURES,
    PENDING,
    PLAIN,
    EngineUnavailableError,
    Leadership,
    Progress,
    Request,
    too_late,
)
from fishjam.fleet._jobs import (
    MAX_STORED,
    Beat,
    JobDataError,
    JobKey,
    JobState,
    Offer,
    StoredEvent,
    Taken,
    Takings,
)
from fishjam.fleet._redis_errors import engine_error, engine_errors
from fishjam.fleet._scripts import GROUP, HANDLERS, SCRIPTS

T = TypeVar("T")

TIMEOUT = 5.0
"""Seconds that a step may take."""

PIECE = 200
"""How many jobs one step reads."""

REPEATED = ConstantRetryPolicy((RedisConnectionError, TimeoutError), retries=1, delay=0.01)
"""What repeats a script at once, such as when a connection was closed for being idle."""

CONNECT_AGAIN = 0.2
"""Seconds between two tries to connect."""


class RedisEngine:
    """The engine on one Redis.

    Args:
        connect: makes a client for a block; called again when a client has broken for good.
        namespace: separates fleets in one Redis.
    """

    def __init__(self, connect: Connect, namespace: str) -> None:
        self._connect = connect
        self._prefix = f"{{fj:{namespace}}}:"
        self._client: coredis.Redis[bytes] | None = None
        self._scripts: dict[str, Any] = {}
        self._ready = LazyEvent()
        self._answered: set[str] = set()
        """The workers that got an answer when they asked for jobs the last time."""
        self._scope: anyio.CancelScope
        """That of the client; cancelled to get another one."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Connect for the length of a block."""
        self._ready = LazyEvent()
        # In a task of its own: the client is a task group, which would put the errors of the block
        # into groups, and which has to be left in the task that entered it.
        async with background(self._stay_connected):
            try:
                yield
            finally:
                self._client = None

    async def _stay_connected(self) -> None:
        while True:
            try:
                with anyio.CancelScope() as self._scope:
                    async with self._connect() as client:
                        await self._use(client)
            except Exception:  # noqa: S110 - the next command says what is wrong
                pass
            finally:
                self._client = None
                self._ready.clear()
            await anyio.sleep(CONNECT_AGAIN)

    async def _use(self, client: coredis.Redis[bytes]) -> None:
        self._scripts = {name: client.register_script(text) for name, text in SCRIPTS.items()}
        self._client = client
        self._ready.set()
        await anyio.sleep_forever()

    async def dispatch(self, job: JobKey, request: Request = PLAIN) -> bool:
        """Ask for a job."""
        answer = await self._run(
            "dispatch",
            str(job),
            job.room_id,
            job.agent,
            job.peer_id or "",
            request.data,
            int(request.again),
            int(request.by_hand),
            int(request.is_visited),
            request.max_wait,
            request.partition,
            request.notice,
        )
        return bool(answer)

    async def visit(self, job: JobKey) -> bool:
        """Note that users were there."""
        return bool(await self._run("visit", str(job)))

    async def next_offers(
        self, worker: str, agents: Sequence[str], count: int, seconds: float
    ) -> list[Offer]:
        """Wait for jobs."""
        queues = [self._key(f"queue:{agent}") for agent in agents]
        entries: list[tuple[str, dict[str, str]]] = []
        if worker not in self._answered:
            # What an answer held that was lost with its connection is still handed out to it.
            entries = await self._read(GROUP, worker, dict.fromkeys(queues, "0"), PIECE, 0.0)
        self._answered.discard(worker)
        if not entries:
            entries = await self._read(GROUP, worker, dict.fromkeys(queues, ">"), count, seconds)
        found = [offer_of(id_, fields.get("job", "")) for id_, fields in entries]
        # A job in the wrong queue is left to `reap`, which puts it into its own.
        offers = [offer for offer in found if offer is not None and offer.job.agent in agents]
        # Redis counts for each stream by itself.
        for offer in offers[count:]:
            await self.give_back(offer)
        self._answered.add(worker)
        return offers[:count]

    async def give_back(self, offer: Offer) -> None:
        """Hand a job out again."""
        await self._run("give_back", str(offer.job), offer.message)

    async def take(self, worker: str, offers: Sequence[Offer], quiet: float = 0.0) -> Takings:
        """Become the owner of jobs."""
        each = [(offer.message, str(offer.job), offer.job.agent) for offer in offers]
        flat = [part for parts in each for part in parts]
        share, *answers = await self._run("take", worker, quiet, MAX_STORED, *flat)
        return Takings(tuple(map(_result_of, offers, answers)), int(share))

    async def record(
        self,
        job: JobKey,
        epoch: str,
        *,
        peers: Sequence[str] | None = None,
        saved: str | None = None,
    ) -> bool:
        """Write down peers, or what was saved."""
        name, value = ("started", "") if saved is None else ("saved", saved)
        if peers is not None:
            name, value = "peers", ",".join(peers)
        return bool(await self._run("record", str(job), epoch, name, value))

    async def finish(self, job: JobKey, epoch: str) -> bool:
        """Say that a job is done."""
        return bool(await self._run("finish", str(job), epoch))

    async def offer(
        self,
        job: JobKey,
        epoch: str,
        *,
        failure: str | None = None,
        delay: float = 0.0,
        tries: int = MAX_FAILURES,
    ) -> bool:
        """Give a job to others."""
        # An empty reason stands for a drain.
        reason = "" if failure is None else failure or "failed"
        return bool(await self._run("offer", str(job), epoch, delay, tries, reason, HEALTHY))

    async def stop(
        self, job: JobKey, before: float | None = None, *, by_hand: bool = False
    ) -> bool:
        """End a job."""
        moment = "" if before is None else f"{before:.6f}"
        return bool(await self._run("stop", str(job), moment, int(by_hand)))

    async def forget(self, job: JobKey) -> bool:
        """Drop a job."""
        return bool(await self._run("forget", str(job), job.room_id))

    async def now(self) -> float:
        """Return the time of Redis."""
        # Not the client's own call, which loses the microseconds (coredis 6.9).
        return float(await self._run("now"))

    async def beat(
        self, worker: str, lease: float, info: str = "", *, fullness: float = 0.0, server: str = ""
    ) -> Beat:
        """Send a heartbeat."""
        return beat_of(await self._run("beat", worker, lease, info, fullness, server))

    async def keep(self, worker: str, jobs: Sequence[Taken]) -> list[bool | FishjamError]:
        """Write jobs down once more."""
        flat = [part for taken in jobs for part in _parts_to_keep(taken)]
        answers = await self._run("keep", worker, *flat)
        return [
            _error_of("keep", each) if isinstance(each, str) else bool(each) for each in answers
        ]

    async def disown(self, worker: str, job: JobKey) -> bool:
        """Hand out what is not the worker's."""
        return bool(await self._run("disown", worker, str(job)))

    async def reap(self, pending: float = PENDING, dead: str = "") -> list[JobKey]:
        """Hand out the jobs of dead workers."""
        return list(keys_of(await self._run("reap", int(pending * 1000), dead)))

    async def drain(self, worker: str) -> bool:
        """Ask a worker to end."""
        return bool(await self._run("drain", worker))

    async def oldest(self, agent: str) -> float:
        """Return how long the first job has waited."""
        return float(await self._run("oldest", agent))

    async def lead(self, name: str, id_: str, seconds: float) -> Leadership | None:
        """Become or stay the leader."""
        answer = await self._run("lead", name, id_, seconds)
        if not answer:
            return None
        epoch, server = answer
        return Leadership(name, id_, epoch, server)

    async def resign(self, name: str, id_: str) -> bool:
        """Let another process lead."""
        return bool(await self._run("resign", name, id_))

    async def attend(self, name: str, id_: str, seconds: float) -> list[str]:
        """Be a member, or stay one."""
        return list(await self._run("attend", name, id_, seconds))

    async def publish(
        self,
        leadership: Leadership,
        batch: int,
        events: Sequence[tuple[int, str]],
        heard: float | None = None,
    ) -> bool:
        """Write events."""
        lead = leadership
        leader = (lead.name, lead.id, lead.epoch, lead.server)
        flat = [part for event in events for part in event]
        answer = await self._run("publish", *leader, batch, f"{heard or 0:.6f}", *flat)
        return int(answer) >= 0

    async def progress(self, name: str) -> Progress:
        """Return how far the leader has come."""
        server, heard, now = await self._run("progress", name)
        return Progress(server, float(heard), float(now))

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
        limit = "" if before is None else f"{before:.6f}"
        answer = await self._run("webhook", room, digest, seconds, limit, partition, *payloads)
        if int(answer) < 0:
            raise too_late()
        return bool(answer)

    async def next_events(self, partition: int, count: int, seconds: float) -> list[StoredEvent]:
        """Wait for events of a partition."""
        stream = self._key(f"events:{partition}")
        for start, wait in (("0", 0.0), (">", seconds)):
            entries = await self._read(HANDLERS, str(partition), {stream: start}, count, wait)
            events = [_stored(id_, fields, start == "0") for id_, fields in entries]
            if events:
                return events
        return []

    async def read_events(
        self, after: Mapping[int, str], count: int, seconds: float
    ) -> list[tuple[int, StoredEvent]]:
        """Wait for what is written after certain events."""
        streams = {self._key(f"events:{partition}"): id_ for partition, id_ in after.items()}
        block = max(1, int(seconds * 1000)) if seconds else None
        with self._step("reading events", seconds):
            client = await self._get_client()
            answer: Any = await client.xread(streams, count=count, block=block)
        return [
            (int(to_strings(name).rpartition(":")[2]), _stored(*_parts_of(entry)))
            for name, entries in (answer or {}).items()
            for entry in entries
        ]

    async def acknowledge(self, leadership: Leadership, partition: int, event_id: str) -> bool:
        """Say that an event was handled."""
        answer = await self._run("ack", partition, leadership.id, leadership.epoch, event_id)
        return int(answer) >= 0

    async def lags(self, partitions: int) -> list[int]:
        """Return how many events are not acknowledged yet."""
        return [int(count) for count in await self._run("lags", partitions)]

    async def peers_beside(self, job: JobKey) -> set[str]:
        """Return what other jobs of the room have written down."""
        _, answers = await self._look_into(job.room_id)
        noted = [answer[-1] for answer in answers if answer[0] != str(job) and len(answer) > 1]
        return {peer for peers in noted if peers for peer in peers.split(",")}

    async def room(self, room_id: str) -> tuple[float, list[JobState]]:
        """Return the time of Redis, and the states of the jobs of a room."""
        now, answers = await self._look_into(room_id)
        return now, _states_of(answers)

    async def _look_into(self, room_id: str) -> tuple[float, list[list[str]]]:
        now, *answers = await self._run("room", room_id)
        # As all jobs are, by their names.
        return float(now), sorted(answers)

    async def job(self, job: JobKey) -> JobState | None:
        """Return the state of a job."""
        [answer] = await self._run("look", str(job))
        return state_of(answer)

    async def jobs(self, room_id: str | None = None) -> list[JobState]:
        """Return the states of jobs."""
        if room_id is not None:
            return (await self.room(room_id))[1]
        with self._step("reading the jobs"):
            client = await self._get_client()
            names = sorted(to_strings(await client.smembers(self._key("jobs"))))
        # In pieces, so that Redis serves others meanwhile.
        pieces = [names[start : start + PIECE] for start in range(0, len(names), PIECE)]
        return _states_of([one for piece in pieces for one in await self._run("look", *piece)])

    async def workers(self) -> dict[str, str]:
        """Return the workers that count as alive."""
        with self._step("listing the workers"):
            client = await self._get_client()
            names = to_strings(await client.zrange(self._key("workers"), 0, -1))
            keys = [self._key(f"w:{name}") for name in names]
            # A key of another kind answers like one that is missing.
            infos = to_strings(await client.mget(keys)) if keys else []
        return {name: info or "" for name, info in zip(names, infos, strict=True)}

    async def backlog(self, agent: str) -> int:
        """Return how many jobs wait."""
        with self._step("asking for the backlog"):
            client = await self._get_client()
            return int(await client.xlen(self._key(f"queue:{agent}")))

    @contextmanager
    def _step(self, what: str, wait: float = 0.0) -> Iterator[None]:
        """Limit the time of a step, and turn the client's errors into ours."""
        client = self._client
        with engine_errors(what):
            try:
                with anyio.fail_after(wait + TIMEOUT):
                    yield
            except TimeoutError:
                # The network may have dropped its connections without a word. It would go on with
                # them until TCP gives up, which takes a quarter of an hour.
                if client is not None and client is self._client:
                    self._scope.cancel()
                raise

    def _key(self, name: str) -> str:
        return self._prefix + name

    async def _get_client(self) -> coredis.Redis[bytes]:
        # Again after each wake: the connection may be lost before this task runs.
        while self._client is None:
            await self._ready.wait()
        return self._client

    async def _run(self, name: str, *args: str | float) -> Any:
        with self._step(f"fleet step {name!r}"):
            await self._get_client()
            keys, values = [self._key("jobs")], [self._prefix, *args]
            step = partial(self._scripts[name], keys=keys, args=values)
            return to_strings(await REPEATED.call_with_retries(step))

    async def _read(
        self, group: str, consumer: str, streams: dict[str, str], count: int, seconds: float
    ) -> list[tuple[str, dict[str, str]]]:
        # Zero would block for ever.
        block = max(1, int(seconds * 1000)) if seconds else None
        with self._step("reading", seconds):
            client = await self._get_client()
            read = partial(client.xreadgroup, group, consumer, streams, count=count, block=block)
            while True:
                try:
                    answer: Any = await read()
                    break
                except (StreamConsumerGroupError, ResponseError) as error:
                    is_emptied = "no longer exists" in str(error)
                    if not is_emptied and not isinstance(error, StreamConsumerGroupError):
                        raise
                # Each time, since it may be emptied again while this waits.
                await _make_groups(client, group, streams)
        return [_parts_of(entry) for entries in (answer or {}).values() for entry in entries]


def _result_of(offer: Offer, answer: Any) -> Taken | FishjamError | None:
    """Return what the script `take` says of one job."""
    if not isinstance(answer, str):
        return taken_of(offer.job, answer) if answer else None
    if answer == "version":
        return JobDataError(f"The job {offer.job} was written by a version that is not known here.")
    return _error_of("take", answer)


def _error_of(step: str, text: str) -> FishjamError:
    """Return the error that a script says of one job; raises one that another try may not meet.

    The others of the step are then answered in the same way once more.
    """
    error = engine_error(step, ResponseError(text))
    if isinstance(error, EngineUnavailableError):
        raise error
    return error


def _parts_to_keep(taken: Taken) -> tuple[str, ...]:
    job = taken.job
    return (
        *(str(job), taken.epoch, job.room_id, job.agent, job.peer_id or ""),
        *(taken.data, ",".join(taken.peers), taken.saved, f"{taken.asked:.6f}"),
    )


def _states_of(answers: Sequence[Sequence[str]]) -> list[JobState]:
    # One may have been forgotten meanwhile.
    return [state for state in map(state_of, answers) if state is not None]


def _parts_of(entry: Any) -> tuple[str, dict[str, str]]:
    """Return the id and the fields of an entry in a stream."""
    fields = (entry.field_values or {}).items()
    named = {to_strings(name): to_strings(value) for name, value in fields}
    return to_strings(entry.identifier), named


async def _make_groups(client: coredis.Redis[bytes], group: str, streams: dict[str, str]) -> None:
    for stream in streams:
        # Another worker may make it at the same moment.
        with suppress(StreamDuplicateConsumerGroupError):
            await client.xgroup_create(stream, group, "0", mkstream=True)


def _stored(id_: str, fields: Mapping[str, str], is_repeated: bool = False) -> StoredEvent:
    # An entry without fields was handed out once, and has been trimmed away since.
    return StoredEvent(id_, fields.get("event", ""), is_repeated)


def redis_engine(url: str, namespace: str) -> RedisEngine:
    """Make an engine from a URL of Redis."""
    return RedisEngine(connector(url), namespace)
