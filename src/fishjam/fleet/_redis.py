"""The engine on Redis or Valkey, by scripts that run whole or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, TypeVar

import anyio
import coredis
from coredis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    NoScriptError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    StreamConsumerGroupError,
    StreamDuplicateConsumerGroupError,
)
from coredis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from coredis.retry import ConstantRetryPolicy

from fishjam._concurrency.groups import leaves_of
from fishjam._concurrency.loop import background
from fishjam.errors import FishjamError
from fishjam.fleet._engine import (
    MAX_FAILURES,
    PENDING,
    EngineRefusedError,
    EngineUnavailableError,
    Leadership,
    too_late,
)
from fishjam.fleet._jobs import Beat, JobKey, JobState, Offer, StoredEvent, Taken
from fishjam.fleet._scripts import GROUP, HANDLERS, SCRIPTS

T = TypeVar("T")

TIMEOUT = 5.0
"""Seconds that a step may take."""

CONNECT_AGAIN = 0.2
"""Seconds between two tries to connect."""

_RETRY = ConstantRetryPolicy((RedisConnectionError, TimeoutError), retries=1, delay=0.01)
_NOT_NOW = (
    "LOADING",
    "BUSY",
    "MASTERDOWN",
    "CLUSTERDOWN",
    "TRYAGAIN",
    "OOM",
    "MISCONF",
    "NOREPLICAS",
)
"""How answers begin that will be others later."""

_BROKEN = (anyio.ClosedResourceError, anyio.BrokenResourceError, anyio.EndOfStream, RuntimeError)
"""What a client raises whose connections end in this moment (coredis 6.9)."""


class RedisEngine:
    """The engine on one Redis.

    Args:
        connect: makes a client; called again when one has broken for good.
        namespace: separates fleets in one Redis.
    """

    def __init__(self, connect: Callable[[], coredis.Redis[str]], namespace: str) -> None:
        self._connect = connect
        self._prefix = f"{{fj:{namespace}}}:"
        self._client: coredis.Redis[str] | None = None
        self._scripts: dict[str, Any] = {}
        self._ready = anyio.Event()
        self._failure: Exception | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Connect for the length of a block."""
        self._ready = anyio.Event()
        # In a task of its own: the client is a task group, which would put the errors of the block
        # into groups, and which has to be left in the task that entered it.
        async with background(self._stay_connected):
            try:
                yield
            finally:
                self._client = None

    async def _stay_connected(self) -> None:
        while True:
            client = self._connect()
            try:
                async with client:
                    self._scripts = {
                        name: client.register_script(text) for name, text in SCRIPTS.items()
                    }
                    self._client = client
                    self._ready.set()
                    await anyio.sleep_forever()
            except Exception:  # noqa: S110 - the next command says what is wrong
                pass
            finally:
                self._client = None
                # One that is not set stays: a task may wait for it.
                if self._ready.is_set():
                    self._ready = anyio.Event()
            await anyio.sleep(CONNECT_AGAIN)

    async def dispatch(self, job: JobKey, data: str = "", *, again: bool = False) -> bool:
        """Ask for a job."""
        answer = await self._run(
            "dispatch",
            str(job),
            job.room_id,
            job.agent,
            job.peer_id or "",
            data,
            "1" if again else "0",
        )
        return bool(answer)

    async def next_offers(
        self, worker: str, agents: Sequence[str], count: int, seconds: float
    ) -> list[Offer]:
        """Wait for jobs."""
        streams = {self._key(f"queue:{agent}"): ">" for agent in agents}
        entries = await self._read(GROUP, worker, streams, count, seconds)
        offers = [Offer(id_, JobKey.parse(fields["job"])) for id_, fields in entries]
        # Redis counts for each stream by itself.
        for offer in offers[count:]:
            await self.give_back(offer)
        return offers[:count]

    async def give_back(self, offer: Offer) -> None:
        """Hand a job out again."""
        await self._run("give_back", str(offer.job), offer.message)

    async def take(self, worker: str, offer: Offer, quiet: float = 0.0) -> Taken | None:
        """Become the owner of a job."""
        job = offer.job
        answer = await self._run("take", worker, offer.message, str(job), job.agent, quiet)
        if not answer:
            return None
        epoch, room, agent, peer, data, peers, saved, asked, failures, queued = answer
        return Taken(
            JobKey(room, agent, peer or None),
            epoch,
            tuple(filter(None, peers.split(","))),
            data,
            saved,
            float(asked),
            int(failures),
            float(queued),
        )

    async def record(
        self,
        job: JobKey,
        epoch: str,
        *,
        peers: Sequence[str] | None = None,
        saved: str | None = None,
    ) -> bool:
        """Write down peers, or what was saved."""
        name, value = ("saved", saved) if peers is None else ("peers", ",".join(peers))
        return bool(await self._run("record", str(job), epoch, name, value or ""))

    async def finish(self, job: JobKey, epoch: str) -> bool:
        """Say that a job is done."""
        return bool(await self._run("finish", str(job), epoch))

    async def offer(
        self, job: JobKey, epoch: str, *, failure: str | None = None, delay: float = 0.0
    ) -> bool:
        """Give a job to others."""
        # An empty reason stands for a drain.
        reason = "" if failure is None else failure or "failed"
        return bool(await self._run("offer", str(job), epoch, delay, MAX_FAILURES, reason))

    async def stop(self, job: JobKey, before: float | None = None) -> bool:
        """End a job."""
        moment = "" if before is None else f"{before:.6f}"
        return bool(await self._run("stop", str(job), moment))

    async def forget(self, job: JobKey) -> bool:
        """Drop a job."""
        return bool(await self._run("forget", str(job)))

    async def now(self) -> float:
        """Return the time of Redis."""
        # Not the client's own call, which loses the microseconds (coredis 6.9).
        return float(await self._run("now"))

    async def beat(self, worker: str, lease: float, info: str = "") -> Beat:
        """Give a sign of life."""
        answer = await self._run("beat", worker, lease, info)
        known, age, now, run_id, stops, owned, is_to_drain = answer
        return Beat(
            bool(known),
            float(age),
            float(now),
            run_id,
            tuple(map(JobKey.parse, stops)),
            tuple(map(JobKey.parse, owned)),
            bool(is_to_drain),
        )

    async def keep(self, worker: str, taken: Taken) -> bool:
        """Write a job down once more."""
        job = taken.job
        answer = await self._run(
            "keep",
            worker,
            str(job),
            taken.epoch,
            job.room_id,
            job.agent,
            job.peer_id or "",
            taken.data,
            ",".join(taken.peers),
            taken.saved,
            f"{taken.asked:.6f}",
        )
        return bool(answer)

    async def disown(self, worker: str, job: JobKey) -> bool:
        """Hand out what is not the worker's."""
        return bool(await self._run("disown", worker, str(job)))

    async def reap(self, pending: float = PENDING, dead: str = "") -> list[JobKey]:
        """Hand out the jobs of the dead."""
        return [JobKey.parse(job) for job in await self._run("reap", int(pending * 1000), dead)]

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
        epoch, server, heard = answer
        return Leadership(name, id_, epoch, server, float(heard))

    async def resign(self, name: str, id_: str) -> bool:
        """Let somebody else lead."""
        return bool(await self._run("resign", name, id_))

    async def attend(self, name: str, id_: str, seconds: float) -> list[str]:
        """Be a member, or stay one."""
        return list(await self._run("attend", name, id_, seconds))

    async def publish(
        self,
        leadership: Leadership,
        batch: int,
        events: Sequence[tuple[int, str]],
        age: float | None = None,
    ) -> bool:
        """Write events."""
        lead = leadership
        who = (lead.name, lead.id, lead.epoch, lead.server)
        flat = [part for event in events for part in event]
        answer = await self._run("publish", *who, batch, "" if age is None else age, *flat)
        return int(answer) >= 0

    async def heard(self, name: str) -> float:
        """Return until when a leader has written all that it heard."""
        return float(await self._run("heard", name))

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
        with _errors("reading"), anyio.fail_after(seconds + TIMEOUT):
            client = await self._get_client()
            answer: Any = await client.xread(streams, count=count, block=block)
        return [
            (int(str(name).rpartition(":")[2]), _stored(str(entry.identifier), entry.field_values))
            for name, entries in (answer or {}).items()
            for entry in entries
        ]

    async def acknowledge(self, leadership: Leadership, partition: int, event_id: str) -> bool:
        """Say that an event was handled."""
        answer = await self._run("ack", partition, leadership.id, leadership.epoch, event_id)
        return int(answer) >= 0

    async def peers_beside(self, job: JobKey) -> set[str]:
        """Return what other jobs of the room have written down."""
        fields = await self._fields_of(f"room:{job.room_id}")
        noted = [fields[name].get("peers", "") for name in fields if name != str(job)]
        return {peer for peers in noted if peers for peer in peers.split(",")}

    async def jobs(self, room_id: str | None = None) -> list[JobState]:
        """Return how jobs are."""
        fields = await self._fields_of("jobs" if room_id is None else f"room:{room_id}")
        return [_state(name, fields[name]) for name in sorted(fields)]

    async def _fields_of(self, name: str) -> dict[str, dict[str, str]]:
        """Return what is kept of the jobs whose names are in a set."""
        with _errors("reading the jobs"), anyio.fail_after(TIMEOUT):
            client = await self._get_client()
            names = [str(job) for job in await client.smembers(self._key(name))]
            fields = {job: await client.hgetall(self._key(f"job:{job}")) for job in names}
        # One may have been forgotten between the two.
        return {job: found for job, found in fields.items() if found}

    async def workers(self) -> dict[str, str]:
        """Return the workers that count as alive."""
        with _errors("listing the workers"), anyio.fail_after(TIMEOUT):
            client = await self._get_client()
            names = await client.zrange(self._key("workers"), 0, -1)
            return {str(name): await client.get(self._key(f"w:{name}")) or "" for name in names}

    async def backlog(self, agent: str) -> int:
        """Return how many jobs wait."""
        with _errors("asking for the backlog"), anyio.fail_after(TIMEOUT):
            client = await self._get_client()
            return int(await client.xlen(self._key(f"queue:{agent}")))

    def _key(self, name: str) -> str:
        return self._prefix + name

    async def _get_client(self) -> coredis.Redis[str]:
        # Again after each wake: the connection may be lost before this task has its turn.
        while self._client is None:
            await self._ready.wait()
        return self._client

    async def _run(self, name: str, *args: str | float) -> Any:
        with _errors(name), anyio.fail_after(TIMEOUT):
            await self._get_client()
            return await self._scripts[name](keys=[self._key("jobs")], args=[self._prefix, *args])

    async def _read(
        self, group: str, consumer: str, streams: dict[str, str], count: int, seconds: float
    ) -> list[tuple[str, dict[str, str]]]:
        # Zero would block for ever.
        block = max(1, int(seconds * 1000)) if seconds else None
        with _errors("reading"), anyio.fail_after(seconds + TIMEOUT):
            client = await self._get_client()
            read = partial(client.xreadgroup, group, consumer, streams, count=count, block=block)
            answer: Any
            try:
                answer = await read()
            except (StreamConsumerGroupError, ResponseError) as error:
                is_emptied = "no longer exists" in str(error)
                if not is_emptied and not isinstance(error, StreamConsumerGroupError):
                    raise
                await _make_groups(client, group, streams)
                answer = await read()
        return [
            (str(entry.identifier), dict(entry.field_values or {}))
            for entries in (answer or {}).values()
            for entry in entries
        ]


async def _make_groups(client: coredis.Redis[str], group: str, streams: dict[str, str]) -> None:
    for stream in streams:
        try:
            await client.xgroup_create(stream, group, "0", mkstream=True)
        # Another worker made it at the same moment.
        except StreamDuplicateConsumerGroupError:
            continue


def _stored(id_: str, fields: Mapping[str, str], is_repeated: bool = False) -> StoredEvent:
    # An entry without fields was handed out once, and has been trimmed away since.
    return StoredEvent(id_, fields.get("event", ""), is_repeated)


def _state(name: str, fields: dict[str, str]) -> JobState:
    return JobState(
        JobKey.parse(name),
        fields.get("state", ""),
        fields.get("worker"),
        float(fields.get("asked", 0)),
        int(fields.get("failures", 0)),
        fields.get("error"),
    )


@contextmanager
def _errors(what: str) -> Iterator[None]:
    """Turn the client's errors into ours, whose text holds no address and no password."""
    try:
        yield
    except FishjamError:
        raise
    except Exception as error:
        leaf = next(leaves_of(error))
        if not isinstance(leaf, (RedisError, OSError, *_BROKEN)):
            raise
        # Without a cause: the text of a client's error can hold the address.
        raise _ours(what, leaf) from None


def _ours(what: str, error: BaseException) -> FishjamError:
    kind = type(error).__name__
    if isinstance(error, (AuthenticationError, AuthorizationError)):
        return EngineRefusedError(f"{what}: Redis refused it ({kind}).")
    is_answer = isinstance(error, ResponseError) and not isinstance(
        error, (ReadOnlyError, NoScriptError)
    )
    if is_answer and not str(error).startswith(_NOT_NOW):
        return EngineRefusedError(f"{what}: Redis cannot do it: {error}")
    return EngineUnavailableError(f"{what}: Redis cannot be reached ({kind}).")


def redis_engine(url: str, namespace: str) -> RedisEngine:
    """Make an engine from a URL of Redis."""

    def connect() -> coredis.Redis[str]:
        return coredis.Redis.from_url(url, decode_responses=True, retry_policy=_RETRY)

    return RedisEngine(connect, namespace)
