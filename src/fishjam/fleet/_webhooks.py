"""Webhooks of Fishjam, written into the streams of a fleet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import partial

import anyio

from fishjam.fleet._engine import Engine, too_late
from fishjam.fleet._events import StreamMessage, partition_of, subject_of
from fishjam.fleet._patience import patiently
from fishjam.webhooks import receive_webhook

TOO_OLD = 10.0
"""Seconds after which a request is not written any more.

Fishjam sends it again by then, to another receiver perhaps, and after that the room's next one. A
first try that came later still would be out of order.
"""


async def submit_webhook(
    engine: Engine,
    partitions: int,
    headers: Mapping[str, str],
    body: bytes,
    secret: str | Iterable[str],
) -> bool:
    """Check a webhook and write its events; False if it repeats the last one of its rooms.

    Raises what `receive_webhook` raises, and `EngineUnavailableError` if it could not be written in
    time: answer 5xx then, so that Fishjam repeats it.
    """
    rooms: dict[str, list[str]] = {}
    for event in receive_webhook(headers, body, secret):
        payload = StreamMessage(event, is_from_webhook=True).to_payload()
        rooms.setdefault(subject_of(event), []).append(payload)
    digest = hashlib.sha256(body).hexdigest()
    with anyio.move_on_after(TOO_OLD):
        limit = anyio.current_time() + TOO_OLD
        now = await patiently(engine.now)
        # Counted from the beginning, so that the time until the engine could be asked counts too.
        before = now + limit - anyio.current_time()
        written = [
            await patiently(
                partial(
                    engine.webhook,
                    room,
                    digest,
                    partition_of(room, partitions),
                    payloads,
                    before=before,
                )
            )
            for room, payloads in rooms.items()
        ]
        return any(written)
    raise too_late()
