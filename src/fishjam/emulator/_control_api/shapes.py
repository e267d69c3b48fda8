"""What the control API shows, as JSON data."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from fishjam.emulator._activity import Activity
from fishjam.emulator._delivery.webhooks import WebhookDelivery, delivery_body
from fishjam.emulator._media.speech_log import Utterance
from fishjam.emulator._rest.request_log import RecordedRequest
from fishjam.emulator._virtual.peer import VirtualPeer
from fishjam.events import Notification

Json = dict[str, Any]
MAX_TEXT = 20_000
"""How many characters of a request's body are shown."""


def activity(item: Activity) -> Json:
    """Return something that happened."""
    data = _SHAPES[item.kind](item.value)
    return {"id": item.id, "time": item.time, "type": item.kind, "data": data}


def event(value: Notification) -> Json:
    """Return an event, with its name as `event`."""
    return {"event": type(value).__name__, **value.to_dict()}


def virtual_peer(peer: VirtualPeer) -> Json:
    """Return how a virtual peer is."""
    return {
        "id": peer.id,
        "roomId": peer.room_id,
        "connected": peer.connected,
        "closeCode": peer.close_code,
        "closeReason": peer.close_reason,
        "sampleRate": peer.sample_rate,
        "channels": peer.channels,
        "speechLeft": peer.speech_left,
    }


def _request(request: RecordedRequest) -> Json:
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "operation": request.operation,
        "status": request.status,
        "duration": request.duration,
        "body": _text(request.body),
    }


def _webhook(delivery: WebhookDelivery) -> Json:
    return {
        "id": delivery.id,
        "url": delivery.url,
        "events": [event(value) for value in delivery.events],
        "attempts": [
            {"status": answer.status, "answer": answer.text, "duration": answer.duration}
            for answer in delivery.answers
        ],
        "delivered": delivery.delivered,
        "body": base64.b64encode(delivery_body(delivery)).decode(),
    }


def _speech(utterance: Utterance) -> Json:
    return {
        "id": utterance.id,
        "roomId": utterance.room_id,
        "peerId": utterance.peer_id,
        "trackId": utterance.track_id,
        "time": utterance.time,
        "seconds": utterance.end - utterance.time,
        "finished": utterance.is_finished,
    }


def _text(body: bytes) -> str | None:
    """Return the beginning of a body, if it is text."""
    try:
        return body.decode()[:MAX_TEXT]
    except UnicodeDecodeError:
        return None


_SHAPES: Mapping[str, Callable[[Any], Json]] = {
    "event": event,
    "request": _request,
    "webhook": _webhook,
    "speech": _speech,
    "reset": lambda _value: {},
}
KINDS = frozenset(_SHAPES)
