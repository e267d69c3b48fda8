"""Webhooks: notifications posted to their addresses, signed, in order, with retries."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable

import anyio
import httpx
from attrs import define, field, frozen

from fishjam._core.annotations import resolve_annotations
from fishjam._core.backoff import growing_delay
from fishjam._network.tls import default_context_off_loop
from fishjam.emulator._clock import EmulatorClock
from fishjam.emulator._model.state_changes import StateChange, Topic
from fishjam.errors import ConfigurationError
from fishjam.events import Notification
from fishjam.webhooks import (
    SIGNATURE_HEADER,
    encode_notification,
    encode_notifications,
    sign_webhook,
)

KEPT = 1000
"""How many deliveries are remembered; the oldest ones are dropped."""
MAX_QUEUED = 10_000
"""How many events may be queued for one address; beyond that the oldest ones are dropped."""
MAX_BATCH = 100
"""How many events go in one request."""
MAX_ANSWER = 64 * 1024
"""How many bytes of an answer's body are read."""
MAX_TEXT = 2000
"""How many of them are kept."""
CONTENT_TYPE = "application/x-protobuf"

_logger = logging.getLogger("fishjam.emulator")


@frozen
class RetrySchedule:
    """When a webhook that failed is sent again.

    Attributes:
        max_attempts: how often it is sent at most.
        total: seconds after which it is given up.
        initial_delay: seconds before the second attempt; doubled before each one after it.
        jitter: returns a number between 0 and 1; waits are between half and all of the delay.
        patience: seconds that a receiver has to answer one attempt.
    """

    max_attempts: int = 8
    """How often it is sent at most."""
    total: float = 30.0
    """Seconds after which it is given up."""
    initial_delay: float = 0.25
    """Seconds before the second attempt; doubled before each one after it."""
    jitter: Callable[[], float] = random.random
    """Returns a number between 0 and 1; waits are between half and all of the delay."""
    patience: float = 10.0
    """Seconds that a receiver has to answer one attempt."""

    def delay(self, attempts: int, elapsed: float) -> float | None:
        """Return the seconds to wait after so many attempts and seconds, or None to give up."""
        delay = growing_delay(attempts, self.initial_delay, self.total, self.jitter)
        if attempts >= self.max_attempts or elapsed + delay > self.total:
            return None
        return delay


@frozen
class WebhookAnswer:
    """What the receiver of a webhook answered to one attempt.

    Attributes:
        status: the status; None if there was no answer.
        text: the beginning of the body, as text; what kept the answer from coming, if there is
            none.
        duration: how long it took, in seconds of real time.
    """

    __module__ = "fishjam.emulator"

    status: int | None
    """The status; None if there was no answer."""
    text: str
    """The beginning of the body, as text; what kept the answer from coming, if there is none."""
    duration: float
    """How long it took, in seconds of real time."""


@define(eq=False)
class WebhookDelivery:
    """One webhook request with its retries.

    Attributes:
        url: its address.
        events: the events in it, in order.
        id: its number, which rises.
        answers: what came back for each attempt so far.
        delivered: whether it was accepted; None while that is open, and if the emulator was
            stopped or reset meanwhile.
    """

    __module__ = "fishjam.emulator"

    url: str
    """Its address."""
    events: tuple[Notification, ...]
    """The events in it, in order."""
    id: int = 0
    """Its number, which rises."""
    answers: tuple[WebhookAnswer, ...] = ()
    """What came back for each attempt so far."""
    delivered: bool | None = None
    """Whether it was accepted; None while that is open, and if the emulator was stopped or reset
    meanwhile.
    """

    @property
    def statuses(self) -> tuple[int | None, ...]:
        """The status of each attempt so far; None where there was no answer."""
        return tuple(answer.status for answer in self.answers)

    @property
    def attempts(self) -> int:
        """How often it was sent."""
        return len(self.answers)


resolve_annotations(globals(), WebhookDelivery)


def delivery_body(delivery: WebhookDelivery) -> bytes:
    """Return the body of the request, which is signed."""
    events = delivery.events
    return encode_notification(events[0]) if len(events) == 1 else encode_notifications(events)


@define(eq=False)
class _Queue:
    """The events of one room or stream for one address."""

    url: str
    batch: bool
    events: deque[Notification] = field(factory=lambda: deque(maxlen=MAX_QUEUED))
    task: asyncio.Task[None] | None = None
    is_dropped: bool = False

    def take(self) -> tuple[Notification, ...]:
        """Take the events for one request."""
        count = min(len(self.events), MAX_BATCH if self.batch else 1)
        return tuple(self.events.popleft() for _ in range(count))


class Webhooks:
    """Delivers events while the server runs; other events are not delivered.

    The requests of one room or stream to one address are sent one after another. Redirects are not
    followed; an answer other than 2xx and 5xx is final.

    Args:
        lock: the emulator's lock.
        clock: the emulator's clock, by which the waits are measured.
        secret: the key of the signatures.
        url: an address that gets everything, or None.
        schedule: when a request is repeated.
        on_attempt: told of a delivery whenever it got an answer, or none.
    """

    def __init__(
        self,
        lock: threading.RLock,
        clock: EmulatorClock,
        secret: str,
        url: str | None = None,
        schedule: RetrySchedule | None = None,
        on_attempt: Callable[[WebhookDelivery], object] = lambda _delivery: None,
    ) -> None:
        self.schedule = schedule or RetrySchedule()
        self._lock = lock
        self._clock = clock
        self._secret = secret
        self._url = url
        self._on_attempt = on_attempt
        self._last_id = 0
        self._idle = threading.Condition(lock)
        self._queues: dict[tuple[str, Topic], _Queue] = {}
        self._deliveries: deque[WebhookDelivery] = deque(maxlen=KEPT)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: httpx.AsyncClient | None = None

    @property
    def deliveries(self) -> list[WebhookDelivery]:
        """The last deliveries, oldest first; a copy."""
        return list(self._deliveries)

    def put(self, change: StateChange) -> None:
        """Queue an event for the addresses that want it; the lock is held."""
        if self._loop is None:
            return
        # A dict, because both addresses may be the same.
        for url in dict.fromkeys([change.topic.webhook_url, self._url]):
            if url is not None:
                self._enqueue(self._loop, url, change)

    def wait_until_idle(self, timeout: float) -> bool:
        """Block until the queues are empty; return whether they are."""
        return self._idle.wait_for(lambda: not self._queues, timeout)

    def reset(self) -> None:
        """Forget all deliveries and queued events; the lock is held."""
        self._deliveries.clear()
        queues = self._empty()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(_cancel, queues)

    async def open(self) -> None:
        """Start delivering; called inside the server's loop."""
        with self._lock:
            self._loop = asyncio.get_running_loop()

    async def aclose(self) -> None:
        """Stop delivering; queued events are dropped."""
        with self._lock:
            self._loop = None
            queues = self._empty()
        # The tasks end with CancelledError, which would otherwise be raised here.
        await asyncio.gather(*_cancel(queues), return_exceptions=True)
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _empty(self) -> list[_Queue]:
        """Remove all queues, and return them, because their tasks have to be cancelled."""
        queues = list(self._queues.values())
        for queue in queues:
            queue.events.clear()
            queue.is_dropped = True
        self._queues.clear()
        self._idle.notify_all()
        return queues

    def _enqueue(self, loop: asyncio.AbstractEventLoop, url: str, change: StateChange) -> None:
        key = url, change.topic
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = _Queue(url, change.topic.batch)
            # Events come from any thread, and tasks are made in the loop.
            loop.call_soon_threadsafe(self._start, key, queue)
        queue.events.append(change.event)

    def _start(self, key: tuple[str, Topic], queue: _Queue) -> None:
        queue.task = asyncio.create_task(self._work(key, queue))

    async def _work(self, key: tuple[str, Topic], queue: _Queue) -> None:
        while (delivery := self._take(key, queue)) is not None:
            await self._deliver(queue, delivery)

    def _take(self, key: tuple[str, Topic], queue: _Queue) -> WebhookDelivery | None:
        """Take what goes in the next request, or None at the end of a queue."""
        with self._lock:
            if not queue.events:
                # A reset may have removed it already.
                self._queues.pop(key, None)
                self._idle.notify_all()
                return None
            # At once: a reset in between would not find a delivery that is remembered later.
            self._last_id += 1
            delivery = WebhookDelivery(queue.url, queue.take(), self._last_id)
            self._deliveries.append(delivery)
            return delivery

    async def _deliver(self, queue: _Queue, delivery: WebhookDelivery) -> None:
        body = delivery_body(delivery)
        begin = self._clock.now()
        while True:
            left = self.schedule.total - (self._clock.now() - begin)
            answer = await self._attempt(queue.url, body, min(self.schedule.patience, left))
            delivery.answers += (answer,)
            delay = self.schedule.delay(delivery.attempts, self._clock.now() - begin)
            if delay is None or not _may_repeat(answer.status):
                break
            self._report(queue, delivery)
            await self._clock.sleep_until(self._clock.now() + delay)
        delivery.delivered = answer.status is not None and 200 <= answer.status < 300
        self._report(queue, delivery)

    def _report(self, queue: _Queue, delivery: WebhookDelivery) -> None:
        with self._lock:
            # The answer may have come after a reset in another thread, before the cancellation.
            if not queue.is_dropped:
                self._on_attempt(delivery)

    async def _attempt(self, url: str, body: bytes, seconds: float) -> WebhookAnswer:
        """Send a request and return its answer, as far as it came in time."""
        signature = sign_webhook(body, self._secret)
        headers = {"content-type": CONTENT_TYPE, SIGNATURE_HEADER: signature}
        status, text, begin = None, f"no answer in {seconds:.1f} s", time.monotonic()
        with anyio.move_on_after(seconds):
            try:
                client = await self._http()
                async with client.stream("POST", url, content=body, headers=headers) as response:
                    status, text = response.status_code, ""
                    text = await _read(response)
            except ConfigurationError as error:
                text = f"webhooks cannot be sent: {error}"
                _logger.warning("%s", text)
            except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
                # The text may quote the address, which may have a password in it.
                text = text if status else f"no answer: {type(error).__name__}"
                _logger.debug("a webhook had no whole answer: %s", type(error).__name__)
        return WebhookAnswer(status, text, time.monotonic() - begin)

    async def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            context = await default_context_off_loop()
            # Another delivery may have made the client while this one waited.
            self._client = self._client or _new_client(context)
        return self._client


def _new_client(context: ssl.SSLContext) -> httpx.AsyncClient:
    # A receiver that hangs must not keep the others from theirs.
    limits = httpx.Limits(max_connections=None)
    # Nothing is to be unpacked of a body that is thrown away.
    headers = {"accept-encoding": "identity"}
    # Proxies of the environment are for the internet; receivers run beside the emulator.
    # How long a receiver may take is for the schedule to say; httpx would wait for 5 seconds.
    timeout = httpx.Timeout(None)
    return httpx.AsyncClient(
        verify=context, trust_env=False, limits=limits, headers=headers, timeout=timeout
    )


async def _read(response: httpx.Response) -> str:
    """Read the body of an answer, so that its connection can be used again; return its beginning.

    A long one is not worth that: the connection is closed instead.
    """
    kept = bytearray()
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        kept += chunk[: MAX_TEXT - len(kept)]
        if size > MAX_ANSWER:
            break
    return kept.decode(errors="replace")


def _may_repeat(status: int | None) -> bool:
    # A refusal or a redirect would only come again for the same request.
    return status is None or status >= 500


def _cancel(queues: list[_Queue]) -> list[asyncio.Task[None]]:
    """Cancel the tasks of queues, and return the tasks."""
    tasks = [queue.task for queue in queues if queue.task is not None]
    for task in tasks:
        task.cancel()
    return tasks
